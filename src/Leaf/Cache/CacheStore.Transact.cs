using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Cache;

/// <summary>Checks and writes of several paths as one step.</summary>
/// <remarks>
/// Blocks of large values are filled first. Then the gates of all partitions touched are taken in ascending order; what
/// is stored is compared; the segments that the writes will need are counted. If some are missing the gates are opened,
/// the segments claimed, and it begins again. Only then is written, which can't fail any more.
/// </remarks>
internal sealed unsafe partial class CacheStore
{
    /// <summary>Runs a transaction: all of its writes or none. Thread-safe.</summary>
    /// <param name="request">At most <see cref="TransactCodec.PathsMax"/> paths; of a path written twice the later
    /// counts.</param>
    /// <param name="isReplicated">Its owner has decided: no check is made, and what is older than the stored
    /// is passed over.</param>
    /// <param name="nowMs">Unix milliseconds.</param>
    /// <param name="output">Gets the reply's body.</param>
    /// <param name="version">The version written; when refused, the stored one that is in the way.</param>
    public StatusCode Transact(
        TransactReader request, bool isReplicated, long nowMs, IBufferWriter<byte> output, out ulong version)
    {
        var rows = ArrayPool<TransactionRow>.Shared.Rent(Math.Max(1, request.Writes));
        var stock = new SegmentStock(_pool);
        version = request.Version;
        var filled = 0;
        try
        {
            var status = Prepare(request, rows, ref filled, nowMs, out var touched);
            if (status != StatusCode.Ok) return status;
            for (var tries = 0; tries < TriesMax; tries++)
            {
                status = TryTransact(
                    request, isReplicated, rows, touched, stock, nowMs, output, ref version, out var missing);
                if (missing == 0) return status;
                if (!TryStock(stock, missing, touched, nowMs)) break;
            }

            return StatusCode.Overloaded;
        }
        finally
        {
            for (var i = 0; i < filled; i++)
                if (rows[i].Block != null) LargeBlock.Release(rows[i].Block, _pool);
            ArrayPool<TransactionRow>.Shared.Return(rows);
            stock.Return();
        }
    }

    private StatusCode Prepare(
        TransactReader request, TransactionRow[] rows, ref int filled, long nowMs, out ulong touched)
    {
        touched = 0;
        while (request.NextCheck()) touched |= 1UL << NumberOf(_hash.Of(request.CheckPath));
        while (request.NextWrite())
        {
            var write = request.Write;
            if (write.Value.Length > _options.ValueBytesMax) return StatusCode.TooLarge;
            if (write.Kind == EntryKind.Fields && !FieldMap.TryRead(write.Value, out _, out _))
                return StatusCode.BadRequest;
            var hash = _hash.Of(write.Path);
            touched |= 1UL << NumberOf(hash);
            var ticket = default(WriteTicket);
            var status = IsLarge(write) ? FillBlock(Trimmed(write), hash, nowMs, ref ticket) : StatusCode.Ok;
            rows[filled++] = new TransactionRow { Hash = hash, Block = ticket.Block };
            if (status != StatusCode.Ok) return status;
        }

        return StatusCode.Ok;
    }

    private StatusCode TryTransact(
        TransactReader request, bool isReplicated, TransactionRow[] rows, ulong touched, SegmentStock stock, long nowMs,
        IBufferWriter<byte> output, ref ulong version, out int missing)
    {
        _options.Transactions.Begin();
        EnterAll(touched);
        try
        {
            missing = 0;
            if (!isReplicated && !Holds(ref request, nowMs, output)) return StatusCode.VersionMismatch;
            var floor = FloorOf(request, rows, nowMs);
            if (request.Version == 0)
            {
                version = Stamp(touched, floor, nowMs);
            }
            else if (floor >= version && !isReplicated)
            {
                version = floor;
                return StatusCode.VersionTooOld;
            }

            missing = Math.Max(0, SegmentsFor(request, rows, stock, nowMs) - stock.Count);
            if (missing == 0) Apply(request, rows, version, stock, nowMs, output);
            return StatusCode.Ok;
        }
        finally
        {
            ExitAll(touched);
            _options.Transactions.End();
        }
    }

    /// <summary>Whether all checks hold; if not, the output has the index of the first that does not.</summary>
    private bool Holds(ref TransactReader request, long nowMs, IBufferWriter<byte> output)
    {
        for (ushort i = 0; request.NextCheck(); i++)
        {
            var hash = _hash.Of(request.CheckPath);
            if (PartitionOf(hash).LiveVersion(hash, request.CheckPath, nowMs) == request.CheckVersion) continue;
            BinaryPrimitives.WriteUInt16LittleEndian(output.GetSpan(sizeof(ushort)), i);
            output.Advance(sizeof(ushort));
            return false;
        }

        return true;
    }

    private ulong FloorOf(TransactReader writes, TransactionRow[] rows, long nowMs)
    {
        ulong floor = 0;
        for (var i = 0; writes.NextWrite(); i++)
            floor = Math.Max(floor, PartitionOf(rows[i].Hash).FloorOf(rows[i].Hash, writes.Write.Path, nowMs));
        return floor;
    }

    private ulong Stamp(ulong touched, ulong floor, long nowMs)
    {
        ulong version = floor;
        for (var rest = touched; rest != 0; rest &= rest - 1)
            version = Math.Max(version, _partitions[BitOperations.TrailingZeroCount(rest)].Stamp(floor, nowMs));
        for (var rest = touched; rest != 0; rest &= rest - 1)
            _partitions[BitOperations.TrailingZeroCount(rest)].Observe(version);
        return version;
    }

    private int SegmentsFor(TransactReader writes, TransactionRow[] rows, SegmentStock stock, long nowMs)
    {
        Span<TransactionRoom> rooms = stackalloc TransactionRoom[StoreSizes.PartitionsMax];
        rooms.Clear();
        var needed = 0;
        for (var i = 0; writes.NextWrite(); i++)
        {
            var partition = NumberOf(rows[i].Hash);
            needed += _partitions[partition].SegmentsFor(
                Trimmed(writes.Write), rows[i].Hash, rows[i].Block, nowMs, ref rooms[partition]);
        }

        stock.ForIndex = 0;
        foreach (ref readonly var room in rooms)
            if (room.NeedsIndex) stock.ForIndex++;
        return needed + stock.ForIndex;
    }

    private void Apply(
        TransactReader writes, TransactionRow[] rows, ulong version, SegmentStock stock, long nowMs,
        IBufferWriter<byte> output)
    {
        TransactCodec.BeginReply(output, writes.Writes);
        for (var i = 0; writes.NextWrite(); i++)
        {
            ref var row = ref rows[i];
            var partition = PartitionOf(row.Hash);
            var isLate = partition.FloorOf(row.Hash, writes.Write.Path, nowMs) > version;
            var status = isLate
                ? StatusCode.VersionTooOld
                : partition.Apply(Trimmed(writes.Write), row.Hash, version, nowMs, ref row.Block, stock);
            TransactCodec.WriteResult(output, status);
        }
    }

    /// <summary>Claims segments outside every gate. False when nothing can be evicted any more.</summary>
    private bool TryStock(SegmentStock stock, int missing, ulong touched, long nowMs)
    {
        var own = _partitions[BitOperations.TrailingZeroCount(touched)];
        for (; missing > 0; missing--)
        {
            var ticket = new WriteTicket { SegmentBytes = _pool.SegmentBytes };
            if (!TryTakeSegment(own, nowMs, ref ticket)) return false;
            stock.Add(ticket.Segment);
        }

        return true;
    }

    private void EnterAll(ulong touched)
    {
        for (var rest = touched; rest != 0; rest &= rest - 1)
            _partitions[BitOperations.TrailingZeroCount(rest)].Gate.Enter();
    }

    private void ExitAll(ulong touched)
    {
        LargeBlock* doomed = null;
        for (var rest = touched; rest != 0; rest &= rest - 1)
        {
            var partition = _partitions[BitOperations.TrailingZeroCount(rest)];
            var first = partition.Table.TakeDoomed();
            for (var block = first; block != null;)
            {
                var next = block->Next;
                block->Next = doomed;
                doomed = block;
                block = next;
            }

            partition.Gate.Exit();
        }

        LargeBlock.ReleaseAll(doomed, _pool);
    }

    internal int NumberOf(ulong hash) => (int)(hash >> 32) & (_partitions.Length - 1);

    /// <summary>A map without what filled its pages elsewhere. It was checked.</summary>
    private static CacheCommand Trimmed(in CacheCommand write) => write.Kind == EntryKind.Fields
        ? write with { Value = write.Value[..FieldMap.Over(write.Value).Bytes] }
        : write;

    /// <summary>One write: where its path lies, and the block of a large value.</summary>
    private struct TransactionRow
    {
        public ulong Hash;
        public LargeBlock* Block;
    }
}

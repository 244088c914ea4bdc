using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using Hedgerow.Leaf.Cache;
using Hedgerow.Leaf.Scheduling;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Shards;

/// <summary>
/// Cache operations: served on the thread that read them, answered before it goes on, without an allocation.
/// Thread-safe.
/// </summary>
internal sealed class CacheRequests(LeafCore core, TransactionMarks transactions)
{
    /// <summary>Tries to read between two transactions before they are held up for it.</summary>
    private const int ReadsTogetherMax = 16;

    /// <summary>Bytes a reply may have: what fits one message with its rows. Rows beyond it are TooLarge.</summary>
    private static readonly int ReplyBytesMax = ProtocolLimits.Default.MessageBytesMax - 1_024;

    private readonly Replier _replier = core.Replier;
    private readonly LeafClock _clock = core.Clock;

    /// <summary>Serves one operation. Writes to documents go to their shard's lane and are answered later.</summary>
    public void Serve(in Request request, ShardEngine shard, ReadOnlySpan<byte> body)
    {
        var status = CacheCommand.TryRead(request.Header.Opcode, body, out var command, out var error);
        if (status != StatusCode.Ok)
        {
            _replier.Refuse(request, status, error!);
            return;
        }

        if (!core.Collections.TryResolve(command.Path, out var ordinal)) ServeEntry(request, shard, command);
        else if (command.Opcode is Opcode.Get or Opcode.Head) ServeDocument(request, shard, command, ordinal);
        else if (command.Opcode == Opcode.FieldGet && IsHash(ordinal)) ServeFields(request, shard, command, ordinal);
        else BeginWrite(request, shard, command, body, ordinal);
    }

    private void ServeEntry(in Request request, ShardEngine shard, in CacheCommand command)
    {
        var output = ReplyScratch.Begin(EntryBody.PrefixLength);
        var nowMs = _clock.UnixMs(request.ReceivedTicks);
        var hash = request.Header.PathHash != 0 ? request.Header.PathHash : PathHash.OfPath(command.Path);
        var wantsEntry = (request.Header.Flags & FrameFlags.ReturnEntry) != 0;
        var status = shard.Cache.Execute(
            wantsEntry ? command with { ReturnEntry = true } : command, hash, nowMs, output, out var meta);
        if (status == StatusCode.Ok) SendDone(request, command.Opcode, output, meta);
        else SendRefusal(request, status, command, meta.Version);
    }

    private void ServeDocument(in Request request, ShardEngine shard, in CacheCommand get, int ordinal)
    {
        var output = ReplyScratch.Begin(EntryBody.PrefixLength);
        var status = shard.Read(get, ordinal, 0, 0, output, out var meta);
        if (status == StatusCode.Ok && get.Opcode == Opcode.Head)
        {
            var length = output.Length - EntryBody.PrefixLength;
            output.Rewind(EntryBody.PrefixLength);
            BinaryPrimitives.WriteInt32LittleEndian(output.GetSpan(sizeof(int)), length);
            output.Advance(sizeof(int));
        }

        if (status == StatusCode.Ok) SendDone(request, Opcode.Get, output, meta);
        else SendRefusal(request, status, get, meta.Version);
    }

    private bool IsHash(int ordinal) => core.Collections.Places[ordinal].Schema.Shape == DocumentShape.Hash;

    /// <summary>Fields of a document that is a hash.</summary>
    private void ServeFields(in Request request, ShardEngine shard, in CacheCommand fields, int ordinal)
    {
        var output = ReplyScratch.Begin();
        var get = new CacheCommand { Opcode = Opcode.Get, Path = fields.Path, Version = fields.Version };
        var status = shard.Read(get, ordinal, 0, 0, output, out var meta);
        var map = new ArrayBufferWriter<byte>();
        if (status == StatusCode.Ok && !FlatDocument.TryWriteMap(output.Written, map)) status = StatusCode.WrongKind;
        output.Rewind(0);
        if (status == StatusCode.Ok) status = Partition.EmitFields(FieldMap.Over(map.WrittenSpan), fields, output);
        if (status == StatusCode.Ok) _replier.Send(request, status, meta.Version, output.Written);
        else SendRefusal(request, status, fields, meta.Version);
    }

    private void BeginWrite(
        in Request request, ShardEngine shard, in CacheCommand command, ReadOnlySpan<byte> body, int ordinal)
    {
        if (DocumentWrite.Problem(command, IsHash(ordinal)) is { } problem)
        {
            _replier.Refuse(request, StatusCode.BadRequest, problem);
            return;
        }

        var write = new DocumentWrite(request, body, core, shard, shard.Collections[ordinal]);
        if (!shard.Lane.TryEnqueue(write)) write.Reject(StatusCode.Overloaded, WriteLane.FullText);
    }

    /// <summary>Reads many paths of one shard, entries and documents, in the order asked.</summary>
    public void ServeMany(in Request request, ShardEngine shard, ReadOnlySpan<byte> body)
    {
        var status = GetManyCodec.TryReadRequest(body, out var paths, out var error);
        if (status != StatusCode.Ok)
        {
            _replier.Refuse(request, status, error!);
            return;
        }

        var output = ReplyScratch.Begin();
        var nowMs = _clock.UnixMs(request.ReceivedTicks);
        WriteRowsTogether(shard, paths, nowMs, output);
        _replier.Send(request, StatusCode.Ok, 0, output.Written);
    }

    /// <summary>Writes the rows as they were at a moment at which no transaction was half done.</summary>
    private void WriteRowsTogether(ShardEngine shard, GetManyRequestReader paths, long nowMs, ReplyScratch output)
    {
        for (var tries = 0; tries < ReadsTogetherMax; tries++)
        {
            var seen = transactions.Now;
            WriteRows(shard, paths, nowMs, output);
            if (paths.Count < 2 || transactions.StandsSince(seen)) return;
            output.Rewind(0);
        }

        transactions.Hold();
        try
        {
            WriteRows(shard, paths, nowMs, output);
        }
        finally
        {
            transactions.LetGo();
        }
    }

    private void WriteRows(ShardEngine shard, GetManyRequestReader paths, long nowMs, ReplyScratch output)
    {
        GetManyCodec.WriteCount(output, paths.Count);
        while (paths.MoveNext()) WriteRow(shard, paths.Path, paths.PathHash, nowMs, output);
    }

    private void WriteRow(
        ShardEngine shard, ReadOnlySpan<byte> path, ulong pathHash, long nowMs, ReplyScratch output)
    {
        const int RowBytes = sizeof(byte) + sizeof(ulong) + sizeof(uint);
        var begin = output.Length;
        output.GetSpan(RowBytes + EntryBody.PrefixLength);
        output.Advance(RowBytes + EntryBody.PrefixLength);
        var get = new CacheCommand { Opcode = Opcode.Get, Path = path };
        var hash = pathHash != 0 ? pathHash : PathHash.OfPath(path);
        var isDocument = core.Collections.TryResolve(path, out var ordinal);
        var status = shard.Read(get, isDocument ? ordinal : -1, hash, nowMs, output, out var meta);
        if (status == StatusCode.Ok && output.Length > ReplyBytesMax) status = StatusCode.TooLarge;
        if (status != StatusCode.Ok) output.Rewind(begin + RowBytes);
        var row = output.Written[begin..];
        row[0] = (byte)status;
        BinaryPrimitives.WriteUInt64LittleEndian(row[1..], meta.Version);
        BinaryPrimitives.WriteUInt32LittleEndian(row[9..], (uint)(row.Length - RowBytes));
        if (status == StatusCode.Ok)
            EntryBody.WritePrefix(row[RowBytes..], meta.EntryFlags, meta.ExpiresAtMs, meta.Kind, meta.Mark);
    }

    private void SendDone(in Request request, Opcode opcode, ReplyScratch output, in EntryMeta meta)
    {
        var written = output.Written;
        var returnsEntry = (request.Header.Flags & FrameFlags.ReturnEntry) != 0;
        if (opcode is Opcode.Get or Opcode.Head || (returnsEntry && ReturnsEntry(opcode)))
        {
            EntryBody.WritePrefix(written, meta.EntryFlags, meta.ExpiresAtMs, meta.Kind, meta.Mark);
            _replier.Send(request, StatusCode.Ok, meta.Version, written);
        }
        else if (opcode == Opcode.Increment)
        {
            Span<byte> sum = stackalloc byte[sizeof(long)];
            // The store wrote it, so it is a number.
            _ = Utf8Parser.TryParse(written[EntryBody.PrefixLength..], out long number, out _);
            BinaryPrimitives.WriteInt64LittleEndian(sum, number);
            _replier.Send(request, StatusCode.Ok, meta.Version, sum);
        }
        else if (written.Length > EntryBody.PrefixLength + sizeof(long) && returnsEntry && opcode != Opcode.FieldGet)
        {
            // The store wrote the number and then the map; on the wire the entry's prefix stands between them.
            written.Slice(EntryBody.PrefixLength, sizeof(long)).CopyTo(written);
            EntryBody.WritePrefix(
                written[sizeof(long)..], meta.EntryFlags, meta.ExpiresAtMs, meta.Kind, meta.Mark);
            _replier.Send(request, StatusCode.Ok, meta.Version, written);
        }
        else
        {
            _replier.Send(request, StatusCode.Ok, meta.Version, written[EntryBody.PrefixLength..]);
        }
    }

    /// <summary>
    /// Expected outcomes need no text: their status and version say all. The others explain themselves.
    /// </summary>
    private void SendRefusal(in Request request, StatusCode status, in CacheCommand command, ulong version)
    {
        switch (status)
        {
            case StatusCode.NotANumber:
                _replier.Send(request, status, version,
                    "The value is not a decimal 64-bit number, or the sum would leave its range."u8);
                break;
            case StatusCode.TooLarge when command.Opcode == Opcode.FieldGet:
                _replier.Refuse(request, status,
                    "The fields asked for have together more bytes than the entry has, and more than a message may.");
                break;
            case StatusCode.TooLarge:
                _replier.Refuse(request, status,
                    $"The value would have more than {core.Options.ValueBytesMax} bytes, or more than this shard's " +
                    $"memory can hold; {command.Value.Length} bytes were sent.", version);
                break;
            case StatusCode.BadRequest:
                _replier.Refuse(request, status,
                    command.Kind == EntryKind.Fields
                        ? $"{command.Opcode}: the header's path hash is not the path's, or the map of fields is broken."
                        : $"{command.Opcode}: the header's path hash {request.Header.PathHash:X16} is not the path's.");
                break;
            case StatusCode.Corrupt:
                _replier.Refuse(request, status,
                    "The document's collection needs repair in this shard; the leaf's log names the damaged file.");
                break;
            case StatusCode.WrongKind:
                _replier.Send(request, status, version, CacheCommand.IsOnFields(command.Opcode)
                    ? "The entry is a plain value and has no fields."u8
                    : "The entry is a map of fields; this operation is for plain values."u8);
                break;
            default:
                _replier.Send(request, status, version, []);
                break;
        }
    }

    private static bool ReturnsEntry(Opcode opcode) => opcode
        is Opcode.Add or Opcode.Replace or Opcode.Append or Opcode.Prepend
        or Opcode.CompareAndSet or Opcode.Increment or Opcode.Touch;
}

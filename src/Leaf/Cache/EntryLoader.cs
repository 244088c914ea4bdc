using System.Diagnostics;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Cache;

/// <summary>
/// Takes up the rows of a walk many at a time, with what eviction knew of them: a warm start. Several may fill one
/// store, each on a thread of its own, also while the store serves.
/// </summary>
/// <remarks>
/// A batch's rows are hashed once and sorted by partition. Each partition's gate is then held for at most
/// <see cref="CacheStore.WalkRecordsMax"/> rows, the buckets and counters of which were asked for while those before
/// were taken up: so what would be one cache miss after the other is many at once. Loaders begin at partitions far from
/// each other's, or they would follow each other from gate to gate. Entries go straight to the queue they stood in.
/// What is rare goes the way of any write, when the gate is open: large values, maps, and paths that the store has
/// already.
/// </remarks>
/// <param name="store">Where to.</param>
/// <param name="number">Of this one among those that fill it together, from 0.</param>
/// <param name="loaders">How many they are.</param>
internal sealed unsafe class EntryLoader(CacheStore store, int number, int loaders)
{
    private const int BatchRows = 8_192;
    private readonly Place[] _places = new Place[BatchRows];
    private readonly Place[] _sorted = new Place[BatchRows];
    private readonly int[] _ends = new int[store.PartitionCount];
    private readonly Stack<int> _again = new();

    /// <summary>Entries taken up so far.</summary>
    public long Taken { get; private set; }

    /// <summary>
    /// Takes up a block of rows; of a path that is stored already, or twice among them, the newest version stays.
    /// False when they are not the rows that they are said to be; those before the fault have been taken up.
    /// </summary>
    /// <param name="rows">As <see cref="EntryWalk"/> gave them.</param>
    /// <param name="count">How many they are.</param>
    /// <param name="nowMs">Unix milliseconds. What has expired by then is left out.</param>
    public bool TryLoad(ReadOnlySpan<byte> rows, int count, long nowMs)
    {
        while (rows.Length != 0)
        {
            var batch = rows;
            var taken = Sort(ref rows, nowMs, out var places);
            count -= taken;
            Fill(batch, places, nowMs);
            if (taken == 0) return false;
        }

        return count == 0;
    }

    /// <summary>Takes rows off, sorts those that go the short way by partition, and deals with the others.</summary>
    private int Sort(ref ReadOnlySpan<byte> rows, long nowMs, out int places)
    {
        var bytes = rows.Length;
        var taken = 0;
        places = 0;
        Array.Clear(_ends);
        for (; places < BatchRows && TakeNext(ref rows, out var offset, out var row); taken++)
        {
            if (row.ExpiresAtMs != 0 && row.ExpiresAtMs <= nowMs) continue;
            if (!store.IsPlain(row))
            {
                RestoreAlone(row, nowMs);
                continue;
            }

            var hash = store.PlaceOf(row.Path);
            _places[places++] = new Place(hash, offset);
            _ends[store.NumberOf(hash)]++;
        }

        var start = 0;
        for (var i = 0; i < _ends.Length; i++)
        {
            (start, _ends[i]) = (start + _ends[i], start);
        }

        for (var i = 0; i < places; i++) _sorted[_ends[store.NumberOf(_places[i].Hash)]++] = _places[i];
        return taken;

        bool TakeNext(ref ReadOnlySpan<byte> rest, out int offset, out EntryRow row)
        {
            offset = bytes - rest.Length;
            return EntryRow.TryTake(ref rest, out row);
        }
    }

    private void Fill(ReadOnlySpan<byte> batch, int places, long nowMs)
    {
        var first = _ends.Length * number / loaders;
        for (var i = 0; i < _ends.Length; i++)
        {
            var at = (first + i) % _ends.Length;
            Debug.Assert(_ends[at] <= places, "ends have been moved to the ends");
            Fill(store.PartitionAt(at), batch, at == 0 ? 0 : _ends[at - 1], _ends[at], nowMs);
        }
    }

    /// <summary>Takes up all rows of a partition.</summary>
    private void Fill(Partition partition, ReadOnlySpan<byte> batch, int start, int end, long nowMs)
    {
        Prefetch(partition, start, end);
        for (; start < end; start += CacheStore.WalkRecordsMax)
        {
            var next = Math.Min(end, start + CacheStore.WalkRecordsMax);
            Prefetch(partition, next, end);
            FillFew(partition, batch, start, next, nowMs);
        }
    }

    private void Prefetch(Partition partition, int start, int end)
    {
        end = Math.Min(end, start + CacheStore.WalkRecordsMax);
        for (var i = start; i < end; i++)
        {
            partition.Table.Index.PrefetchBoth(_sorted[i].Hash);
            partition.Table.Admission.Prefetch(_sorted[i].Hash);
        }
    }

    private void FillFew(Partition partition, ReadOnlySpan<byte> batch, int start, int end, long nowMs)
    {
        var ticket = default(WriteTicket);
        while (start < end)
        {
            partition.Gate.Enter();
            var outcome = Restored.Taken;
            for (; start < end; start++)
            {
                outcome = partition.Restore(RowAt(batch, start), _sorted[start].Hash, ref ticket);
                if (outcome == Restored.NeedsSegment) break;
                if (outcome == Restored.Taken) Taken++;
                else if (outcome == Restored.IsStored) _again.Push(start);
            }

            var doomed = partition.Table.TakeDoomed();
            partition.Gate.Exit();
            store.Release(doomed);
            if (outcome == Restored.NeedsSegment && !store.TryTakeSegment(partition, nowMs, ref ticket)) start++;
        }

        while (_again.TryPop(out var i)) RestoreAlone(RowAt(batch, i), nowMs);
    }

    private EntryRow RowAt(ReadOnlySpan<byte> batch, int place)
    {
        var rest = batch[_sorted[place].Offset..];
        var isRow = EntryRow.TryTake(ref rest, out var row);
        Debug.Assert(isRow, "it was one a moment ago");
        return row;
    }

    private void RestoreAlone(in EntryRow row, long nowMs)
    {
        if (store.Restore(row, PathHash.OfPath(row.Path), nowMs)) Taken++;
    }

    /// <param name="Hash">Of the path, inside this store.</param>
    /// <param name="Offset">Where the row begins in its batch.</param>
    private readonly record struct Place(ulong Hash, int Offset);
}

/// <summary>What came of a row.</summary>
internal enum Restored
{
    Taken,

    /// <summary>A flush came after it.</summary>
    Refused,

    /// <summary>The path is there already: versions decide.</summary>
    IsStored,
    NeedsSegment,
}

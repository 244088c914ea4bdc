using Hedgerow.Leaf.Durability;
using Hedgerow.Leaf.Scheduling;

namespace Hedgerow.Leaf.Shards;

/// <summary>
/// When documents are to be deleted that were entries with a time to live, before a collection was declared over them
/// (<see cref="EntryTakeover"/>). One that was written since stays. Kept in a file for each collection, so that they
/// outlive the process; each replica keeps its own and deletes under the same version. Thread-safe.
/// </summary>
internal sealed class TakenExpiries(ShardEngine shard, ShardContext context) : ILaneWork
{
    /// <summary>Deletes in one turn on the lane: other writes wait for so many.</summary>
    private const int TurnDeletes = 64;

    private readonly Lock _gate = new();
    private readonly PriorityQueue<(string Collection, TakenExpiry Row), long> _waiting = new();
    private readonly Dictionary<string, int> _left = new(StringComparer.Ordinal);
    private int _isQueued;

    public int BodyLength => 0;

    /// <summary>Takes up what the file of a collection says. While the shard is opened.</summary>
    /// <exception cref="CorruptLogException">It is damaged.</exception>
    public void Load(string collection)
    {
        if (context.Directory is not { } root) return;
        Add(collection, ExpiriesFile.Read(root.Expiries(shard.Id, collection), context.Files));
    }

    /// <summary>Notes when documents are to be deleted, durably, before they are made. Maintenance.</summary>
    public void Keep(string collection, IReadOnlyList<TakenExpiry> rows)
    {
        if (rows.Count == 0) return;
        if (context.Directory is { } root)
            ExpiriesFile.Write(root.Expiries(shard.Id, collection), rows, context.Files);
        Add(collection, rows);
    }

    /// <summary>Forgets those of a collection that is no more, or whose file is damaged. Maintenance.</summary>
    public void Forget(string collection)
    {
        lock (_gate)
        {
            _left.Remove(collection);
            var others = _waiting.UnorderedItems.Where(item => item.Element.Collection != collection).ToArray();
            _waiting.Clear();
            _waiting.EnqueueRange(others);
        }

        RemoveFile(collection);
    }

    /// <summary>Has the lane delete those whose time is over. Any thread.</summary>
    public void Sweep(long nowMs)
    {
        lock (_gate)
        {
            if (!_waiting.TryPeek(out _, out var first) || first > nowMs) return;
        }

        if (Interlocked.Exchange(ref _isQueued, 1) == 0) shard.Lane.EnqueueAlways(this);
    }

    /// <summary>Lane.</summary>
    public void Run()
    {
        Volatile.Write(ref _isQueued, 0);
        var nowMs = context.Time.GetUtcNow().ToUnixTimeMilliseconds();
        for (var turn = 0; turn < TurnDeletes && TryTake(nowMs, out var collection, out var row); turn++)
        {
            if (TryDelete(collection, row)) Done(collection);
            else Add(collection, [row], isNew: false);
        }
    }

    private bool TryTake(long nowMs, out string collection, out TakenExpiry row)
    {
        lock (_gate)
        {
            (collection, row) = ("", null!);
            if (!_waiting.TryPeek(out var first, out var at) || at > nowMs) return false;
            _waiting.Dequeue();
            (collection, row) = first;
            return true;
        }
    }

    /// <summary>False when it has to be tried again.</summary>
    private bool TryDelete(string name, TakenExpiry row)
    {
        var collection = shard.Collections.FirstOrDefault(
            c => c is { IsDropped: false, Reindexing: null } && c.Name == name);
        if (collection is null) return true;
        if (!collection.IsUsable || collection.IsRefilling) return false;
        if (collection.Index.StoredVersion(row.Path) != row.Version) return true;
        var delete = new DocumentChange { Path = row.Path, Version = row.Version + 1 };
        return shard.Writer.Write(collection, delete).Error is null;
    }

    private void Done(string collection)
    {
        lock (_gate)
        {
            if (!_left.TryGetValue(collection, out var left) || (_left[collection] = left - 1) > 0) return;
            _left.Remove(collection);
        }

        // Not before the deletes are on the disk.
        context.Maintenance.Post(() =>
        {
            if (shard.IsDisposed) return;
            shard.Log?.Sync();
            lock (_gate)
            {
                if (_left.ContainsKey(collection)) return;
            }

            RemoveFile(collection);
        });
    }

    private void Add(string collection, IReadOnlyList<TakenExpiry> rows, bool isNew = true)
    {
        if (rows.Count == 0) return;
        lock (_gate)
        {
            foreach (var row in rows) _waiting.Enqueue((collection, row), isNew ? row.ExpiresAtMs : RetryAt());
            if (isNew) _left[collection] = _left.GetValueOrDefault(collection) + rows.Count;
        }
    }

    private long RetryAt() => context.Time.GetUtcNow().ToUnixTimeMilliseconds() + 1_000;

    private void RemoveFile(string collection)
    {
        if (context.Directory is not { } root) return;
        var path = root.Expiries(shard.Id, collection);
        if (context.Files.Exists(path)) context.Files.Delete(path);
    }
}

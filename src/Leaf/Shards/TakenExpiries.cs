using System.Diagnostics.CodeAnalysis;
using Hedgerow.Leaf.Durability;
using Hedgerow.Leaf.Scheduling;
using Hedgerow.Leaf.Search.Indexing;
using Microsoft.Extensions.Logging;

namespace Hedgerow.Leaf.Shards;

/// <summary>
/// When documents are to be deleted that were entries with a time to live, before a collection was declared over them
/// (<see cref="EntryTakeover"/>). One that was written since stays. Kept in a file for each collection, so that they
/// outlive the process; each replica keeps its own and deletes under the same version. Thread-safe.
/// </summary>
internal sealed partial class TakenExpiries(ShardEngine shard, ShardContext context) : ILaneWork
{
    /// <summary>Deletes in one turn on the lane: other writes wait for so many, and have their turn before the next.
    /// </summary>
    private const int TurnDeletes = 64;

    /// <summary>Milliseconds until what could not be deleted is tried again.</summary>
    private const int RetryMs = 1_000;

    private readonly Lock _gate = new();
    private readonly PriorityQueue<(Kept Kept, TakenExpiry Row), long> _waiting = new();
    private readonly Dictionary<string, Kept> _kept = new(StringComparer.Ordinal);
    private readonly HashSet<string> _damaged = new(StringComparer.Ordinal);
    private int _isQueued;
    private volatile bool _isStopped;

    public int BodyLength => 0;

    /// <summary>Called between the look at a collection and the delete in it, on the lane; for tests.</summary>
    public Action? OnDue { get; set; }

    /// <summary>Takes up what the file of a collection says. While the shard is opened.</summary>
    /// <exception cref="CorruptLogException">It is damaged.</exception>
    public void Load(string collection)
    {
        if (context.Directory is not { } root) return;
        try
        {
            Add(collection, ExpiriesFile.Read(root.Expiries(shard.Id, collection), context.Files));
        }
        catch (CorruptLogException)
        {
            lock (_gate) _damaged.Add(collection);
            throw;
        }
    }

    /// <summary>Whether the file of a collection was found damaged, and nobody forgot it since.</summary>
    public bool IsDamaged(string collection)
    {
        lock (_gate) return _damaged.Contains(collection);
    }

    /// <summary>
    /// Notes when documents are to be deleted, durably, before they are made; beside those of the collection that were
    /// noted before. Maintenance, while the lane is paused.
    /// </summary>
    public void Keep(string collection, IReadOnlyList<TakenExpiry> rows)
    {
        if (rows.Count == 0) return;
        List<TakenExpiry> all;
        lock (_gate)
        {
            all = [.. _waiting.UnorderedItems
                .Where(item => item.Element.Kept.Collection == collection)
                .Select(item => item.Element.Row)];
        }

        // One that is noted twice is done twice: the second time it has another version.
        all.AddRange(rows);
        if (context.Directory is { } root)
            ExpiriesFile.Write(root.Expiries(shard.Id, collection), all, context.Files);
        Add(collection, rows);
    }

    /// <summary>Forgets those of a collection that is no more, or whose file is damaged. Maintenance.</summary>
    public void Forget(string collection)
    {
        lock (_gate)
        {
            _kept.Remove(collection);
            _damaged.Remove(collection);
            var others = _waiting.UnorderedItems.Where(item => item.Element.Kept.Collection != collection).ToArray();
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
        if (_isStopped) return;
        var nowMs = context.Time.GetUtcNow().ToUnixTimeMilliseconds();
        for (var turn = 0; turn < TurnDeletes && TryTake(nowMs, out var kept, out var row); turn++)
        {
            if (TryDelete(kept.Collection, row)) Done(kept);
            else PutBack(kept, row);
        }

        Sweep(nowMs);
    }

    /// <summary>Nothing is deleted from the lane's next turn on. Before the shard is closed.</summary>
    public void Stop() => _isStopped = true;

    private bool TryTake(long nowMs, [NotNullWhen(true)] out Kept? kept, [NotNullWhen(true)] out TakenExpiry? row)
    {
        lock (_gate)
        {
            (kept, row) = (null, null);
            if (!_waiting.TryPeek(out var first, out var at) || at > nowMs) return false;
            _waiting.Dequeue();
            (kept, row) = first;
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
        OnDue?.Invoke();
        try
        {
            if (collection.Index.StoredVersion(row.Path) != row.Version) return true;
            var delete = new DocumentChange { Path = row.Path, Version = row.Version + 1 };
            return shard.Writer.Write(collection, delete).Error is null;
        }
        catch (IndexCorruptException damage)
        {
            shard.MarkDamaged(collection, damage);
            return false;
        }
        catch (IOException failed)
        {
            // Found damaged by another thread since the look above, say. The lane has to live on.
            LogNotDeleted(context.Log, failed, name, shard.Id);
            return false;
        }
    }

    private void Done(Kept kept)
    {
        var collection = kept.Collection;
        lock (_gate)
        {
            if (!IsCurrent(kept) || --kept.Left > 0) return;
            _kept.Remove(collection);
        }

        // Not before the deletes are on the disk.
        context.Maintenance.Post(() =>
        {
            if (shard.IsDisposed) return;
            shard.Log?.Sync();
            lock (_gate)
            {
                if (_kept.ContainsKey(collection)) return;
            }

            RemoveFile(collection);
        });
    }

    private void Add(string collection, IReadOnlyList<TakenExpiry> rows)
    {
        if (rows.Count == 0) return;
        lock (_gate)
        {
            if (!_kept.TryGetValue(collection, out var kept)) _kept[collection] = kept = new Kept(collection);
            foreach (var row in rows) _waiting.Enqueue((kept, row), row.ExpiresAtMs);
            kept.Left += rows.Count;
        }
    }

    /// <summary>To be tried again, unless its collection was forgotten meanwhile.</summary>
    private void PutBack(Kept kept, TakenExpiry row)
    {
        var at = context.Time.GetUtcNow().ToUnixTimeMilliseconds() + RetryMs;
        lock (_gate)
        {
            if (IsCurrent(kept)) _waiting.Enqueue((kept, row), at);
        }
    }

    /// <summary>Whether its collection was not forgotten, and another of the name made. Under the gate.</summary>
    private bool IsCurrent(Kept kept) => ReferenceEquals(_kept.GetValueOrDefault(kept.Collection), kept);

    private void RemoveFile(string collection)
    {
        if (context.Directory is not { } root) return;
        var path = root.Expiries(shard.Id, collection);
        if (context.Files.Exists(path)) context.Files.Delete(path);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "A document of collection {Collection} in shard {Shard} is over and could not be deleted; it is tried again")]
    private static partial void LogNotDeleted(ILogger logger, Exception failed, string collection, ushort shard);

    /// <summary>The rows of one collection: one that is declared anew under the name has its own.</summary>
    private sealed class Kept(string collection)
    {
        public string Collection { get; } = collection;

        /// <summary>Rows that are not done. Under the gate.</summary>
        public int Left { get; set; }
    }
}

using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// Which paths are documents: the prefixes of the declared collections. Asked of the leaves before the first write and
/// again when it is older than <see cref="RouterOptions.CollectionsRefresh"/>, and told of each collection that is
/// declared through this router.
/// </summary>
/// <remarks>
/// It only decides how many replicas a write waits for: the leaves know their collections themselves. So a collection
/// that another router declared is, for at most that time, written with an entry's acknowledgements; nothing is stored
/// otherwise.
/// </remarks>
internal sealed class CollectionCatalog
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);
    private readonly CallServices _services;
    private readonly ShardCalls _shards;
    private readonly Lock _gate = new();
    private readonly List<TaskCompletionSource> _waiting = [];
    private volatile byte[][] _prefixes = [];
    private long _staleAt = long.MinValue;
    private bool _isLoading;

    public CollectionCatalog(CallServices services, ShardCalls shards)
    {
        _services = services;
        _shards = shards;
    }

    /// <summary>Whether the path lies under a declared collection. Allocates nothing.</summary>
    public bool IsDocument(ReadOnlySpan<byte> path)
    {
        foreach (var prefix in _prefixes)
            if (path.Length > prefix.Length && path.StartsWith(prefix)) return true;
        return false;
    }

    /// <summary>Whether there is a list; one that is merely old is renewed beside.</summary>
    public bool IsKnown(long now, long deadlineAt)
    {
        var staleAt = Volatile.Read(ref _staleAt);
        if (now < staleAt) return true;
        if (staleAt == long.MinValue) return false;
        lock (_gate)
        {
            if (_isLoading) return true;
            _isLoading = true;
        }

        _ = LoadAsync(deadlineAt);
        return true;
    }

    public void Learn(IEnumerable<CollectionSchema> schemas)
    {
        lock (_gate)
        {
            var known = _prefixes.Select(Encoding.UTF8.GetString).ToHashSet(StringComparer.Ordinal);
            foreach (var schema in schemas) known.Add(schema.PathPrefix);
            if (known.Count != _prefixes.Length) _prefixes = known.Select(Encoding.UTF8.GetBytes).ToArray();
        }
    }

    /// <summary>Waits for the first list; a list that is merely old is renewed beside.</summary>
    public ValueTask EnsureKnownAsync(long deadlineAt, CancellationToken cancel)
    {
        if (_services.Clock.Now < Volatile.Read(ref _staleAt)) return default;
        TaskCompletionSource? mine = null;
        lock (_gate)
        {
            if (_staleAt == long.MinValue) _waiting.Add(mine = new TaskCompletionSource());
            if (_isLoading) return mine is null ? default : new ValueTask(mine.Task.WaitAsync(cancel));
            _isLoading = true;
        }

        _ = LoadAsync(deadlineAt);
        return mine is null ? default : new ValueTask(mine.Task.WaitAsync(cancel));
    }

    private async Task LoadAsync(long deadlineAt)
    {
        // A list that can't be had now must not fail the write: it is asked for again soon.
        var good = false;
        try
        {
            using var reply = await _shards.ReadAsync(
                0, OperationClass.Unhedged, Opcode.CollectionGet, default, deadlineAt, CancellationToken.None)
                .ConfigureAwait(false);
            good = reply.Status == StatusCode.Ok && CollectionCodec.TryRead(reply.Body, out CollectionList? list, out _)
                && Learn(list);
        }
        finally
        {
            var goodFor = good ? _services.Options.CollectionsRefresh : RetryAfter;
            foreach (var waiting in Finish(goodFor)) waiting.SetResult();
        }
    }

    /// <summary>
    /// Those who waited for the first list. Each has a task of its own, because a task with several waiters resumes but
    /// one of them in place, and the simulation lives in one thread.
    /// </summary>
    private TaskCompletionSource[] Finish(TimeSpan goodFor)
    {
        lock (_gate)
        {
            Volatile.Write(ref _staleAt, _services.Clock.Now + _services.Clock.Ticks(goodFor));
            _isLoading = false;
            TaskCompletionSource[] waiting = [.. _waiting];
            _waiting.Clear();
            return waiting;
        }
    }

    private bool Learn(CollectionList list)
    {
        Learn(list.Collections.Select(c => c.Schema));
        return true;
    }
}

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
    private readonly Lock _adding = new();
    private volatile byte[][] _prefixes = [];
    private long _staleAt = long.MinValue;
    private Task? _loading;

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

    public void Learn(IEnumerable<CollectionSchema> schemas)
    {
        lock (_adding)
        {
            var known = _prefixes.Select(Encoding.UTF8.GetString).ToHashSet(StringComparer.Ordinal);
            foreach (var schema in schemas) known.Add(schema.PathPrefix);
            if (known.Count != _prefixes.Length) _prefixes = known.Select(Encoding.UTF8.GetBytes).ToArray();
        }
    }

    /// <summary>Waits for the first list; a list that is merely old is renewed beside.</summary>
    public ValueTask EnsureKnownAsync(long deadlineAt, CancellationToken cancel)
    {
        var now = _services.Clock.Now;
        var staleAt = Volatile.Read(ref _staleAt);
        if (now < staleAt) return default;
        var isFirst = staleAt == long.MinValue;
        var mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var running = Interlocked.CompareExchange(ref _loading, mine.Task, null);
        if (running is null) _ = LoadAsync(deadlineAt, mine);
        return isFirst ? new ValueTask((running ?? mine.Task).WaitAsync(cancel)) : default;
    }

    private async Task LoadAsync(long deadlineAt, TaskCompletionSource done)
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
            var wait = good ? _services.Options.CollectionsRefresh : RetryAfter;
            Volatile.Write(ref _staleAt, _services.Clock.Now + _services.Clock.Ticks(wait));
            Volatile.Write(ref _loading, null);
            done.SetResult();
        }
    }

    private bool Learn(CollectionList list)
    {
        Learn(list.Collections.Select(c => c.Schema));
        return true;
    }
}

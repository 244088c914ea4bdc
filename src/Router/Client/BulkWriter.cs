using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// Streams documents into a collection: groups them by shard, keeps a bounded number of batches in flight, and waits in
/// <see cref="AddAsync(string, ReadOnlyMemory{byte}, CancellationToken)"/> while that bound is reached. One writer at a
/// time; the properties may be read from any thread.
/// </summary>
/// <remarks>
/// A shard has one batch in flight, so documents of one path are written in the order they were added; shards go side
/// by side. A batch, or what of it was not taken, is sent again with growing pauses while its shard can't be reached,
/// for as long as <see cref="RouterOptions.BulkTimeout"/>. Bounds: 1,000 documents or 1 MiB a batch, 16 MiB not sent
/// yet, 8 batches in flight, and of their documents with a condition, which are written one by one, 64.
/// </remarks>
public sealed class BulkWriter : IAsyncDisposable
{
    internal const int BatchDocumentsMax = 1_000;
    internal const int BatchBytesMax = 1024 * 1024;
    internal const int FailuresKept = 1_000;
    private const int BufferedBytesMax = 16 * 1024 * 1024;
    private const int BatchesInFlightMax = 8;

    private readonly string _collection;
    private readonly PathLocator _locator;
    private readonly BatchSender _sender;
    private readonly ConditionalSender _conditional;
    private readonly Dictionary<int, ShardBatches> _shards = [];
    private readonly SemaphoreSlim _inFlight = new(BatchesInFlightMax);
    private readonly CancellationTokenSource _disposed = new();
    private readonly BulkTally _tally = new();
    private long _added;
    private long _bufferedBytes;

    internal BulkWriter(
        string collection, ClientCalls calls, PathLocator locator,
        Func<CancellationToken, ValueTask<IReadOnlyList<CollectionStatus>>> list)
    {
        ArgumentException.ThrowIfNullOrEmpty(collection);
        _collection = collection;
        _locator = locator;
        _sender = new BatchSender(collection, calls);
        _conditional = new ConditionalSender(collection, calls, list);
    }

    /// <summary>Documents acknowledged as durable by a majority of their shard's replicas.</summary>
    public long Acknowledged => _tally.Acknowledged;

    /// <summary>Documents refused so far, for good.</summary>
    public long Failed => _tally.Failed;

    /// <summary>
    /// Highest n such that the first n documents added are all acknowledged or reported as failed: a safe place to
    /// resume.
    /// </summary>
    public long SettledUpTo => _tally.SettledUpTo;

    /// <summary>Documents refused so far, each with its index in the order added; at most 1,000 are kept.</summary>
    public IReadOnlyList<BulkFailure> Failures => _tally.Failures;

    /// <summary>Adds one document; the JSON is copied. Empty JSON deletes.</summary>
    /// <exception cref="HedgerowException">The path or the document is over its limit: nothing was added.</exception>
    public ValueTask AddAsync(string path, ReadOnlyMemory<byte> json, CancellationToken cancel = default) =>
        AddAsync(path, json, condition: default, cancel);

    /// <summary>
    /// Adds one document that is written only on a condition; where that does not hold, it is among the
    /// <see cref="Failures"/> (VersionMismatch, Exists) and the others go on. It is sent once: one that fails otherwise
    /// (Unavailable, DeadlineExceeded, …) may have been written.
    /// </summary>
    /// <exception cref="HedgerowException">The path or the document is over its limit: nothing was added.</exception>
    /// <exception cref="ArgumentException">A deletion on the condition that nothing is stored.</exception>
    public async ValueTask AddAsync(
        string path, ReadOnlyMemory<byte> json, WriteCondition condition, CancellationToken cancel = default)
    {
        if (json.IsEmpty && condition.Kind == WriteConditionKind.Absent)
            throw new ArgumentException("What is not stored can't be deleted.", nameof(condition));
        ObjectDisposedException.ThrowIf(_disposed.IsCancellationRequested, this);
        var bytes = System.Text.Encoding.UTF8.GetBytes(path);
        ClientCalls.Checked(new EntryPath(bytes));
        var most = ProtocolLimits.Default.MessageBytesMax - (2 * ProtocolLimits.PathBytesMax);
        if (json.Length > most)
            throw new HedgerowException(
                StatusCode.TooLarge, $"{path}: the document has {json.Length} bytes; at most {most} are allowed.");
        var shard = _locator.ShardOf(bytes);
        if (!_shards.TryGetValue(shard, out var batches)) _shards.Add(shard, batches = new ShardBatches());
        if (!batches.HasRoom(path, json.Length, condition.Kind != WriteConditionKind.None))
            await SendAsync(batches, cancel).ConfigureAwait(false);
        batches.Add(_added++, path, json.ToArray(), condition);
        _bufferedBytes += json.Length + path.Length;
        if (batches.IsFull) await SendAsync(batches, cancel).ConfigureAwait(false);
        while (_bufferedBytes > BufferedBytesMax)
            await SendAsync(_shards.Values.MaxBy(b => b.Bytes)!, cancel).ConfigureAwait(false);
    }

    /// <summary>Sends what is left and waits until all is settled.</summary>
    public async ValueTask CompleteAsync(CancellationToken cancel = default)
    {
        foreach (var batches in _shards.Values.Where(b => b.Count > 0))
            await SendAsync(batches, cancel).ConfigureAwait(false);
        foreach (var batches in _shards.Values)
            await batches.Sending.WaitAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>Gives up what is not settled: batches in flight are cancelled, what was not sent is dropped.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed.IsCancellationRequested) return;
        await _disposed.CancelAsync().ConfigureAwait(false);
        foreach (var batches in _shards.Values)
            await batches.Sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _inFlight.Dispose();
        _conditional.Dispose();
        _disposed.Dispose();
    }

    /// <summary>Puts the shard's batch in flight, once its last one is settled and there is room.</summary>
    private async ValueTask SendAsync(ShardBatches batches, CancellationToken cancel)
    {
        await batches.Sending.WaitAsync(cancel).ConfigureAwait(false);
        await _inFlight.WaitAsync(cancel).ConfigureAwait(false);
        _bufferedBytes -= batches.Bytes;
        batches.Sending = FlyAsync(batches.Take());
    }

    private async Task FlyAsync(Batch batch)
    {
        try
        {
            var conditional = _conditional.SendAsync(batch.Conditional, _tally, _disposed.Token);
            await Task.WhenAll(_sender.SendAsync(batch, _tally, _disposed.Token), conditional).ConfigureAwait(false);
        }
        finally
        {
            _inFlight.Release();
        }
    }
}

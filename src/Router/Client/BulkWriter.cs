using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// Streams documents into a collection: groups them by shard, keeps a bounded number of batches in flight, and waits in
/// <see cref="AddAsync"/> while that bound is reached. One writer at a time.
/// </summary>
public sealed class BulkWriter : IAsyncDisposable
{
    internal BulkWriter()
    {
    }

    /// <summary>Documents acknowledged as durable by a majority of their shard's replicas.</summary>
    public long Acknowledged => throw new NotImplementedException();

    /// <summary>
    /// Highest n such that the first n documents added are all acknowledged or reported as failed: a safe place to resume.
    /// </summary>
    public long SettledUpTo => throw new NotImplementedException();

    /// <summary>Documents refused so far, each with its index in the order added; at most 1,000 are kept.</summary>
    public IReadOnlyList<BulkFailure> Failures => throw new NotImplementedException();

    /// <summary>Adds one document; the JSON is copied. Empty JSON deletes.</summary>
    public ValueTask AddAsync(string path, ReadOnlyMemory<byte> json, CancellationToken cancel = default) =>
        throw new NotImplementedException();

    /// <summary>Sends what is left and waits until all is settled.</summary>
    public ValueTask CompleteAsync(CancellationToken cancel = default) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}

using Hedgerow.Protocol;
using Microsoft.Extensions.Logging;

namespace Hedgerow.Leaf;

/// <summary>
/// A leaf without sockets: the shards it holds, their caches, collections and logs, behind one request handler.
/// Sockets, in-process transports and the simulator all speak to it through <see cref="IRequestHandler"/>.
/// </summary>
public sealed class LeafService : IRequestHandler, IAsyncDisposable
{
    private LeafService()
    {
    }

    /// <summary>Where it is in its life: not ready while recovering or draining.</summary>
    public LeafState State => throw new NotImplementedException();

    /// <summary>Opens the data directory, recovers, and is ready when it returns.</summary>
    /// <exception cref="IOException">The directory is of another version, locked by a process, or not writable.</exception>
    public static ValueTask<LeafService> OpenAsync(
        LeafOptions options, uint epoch, IReadOnlyCollection<ushort> shards, TimeProvider time, ILoggerFactory logs,
        CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>Works by a new topology: shards that are new start empty, shards no longer held are refused.</summary>
    public void Reassign(uint epoch, IReadOnlyCollection<ushort> shards) => throw new NotImplementedException();

    /// <summary>Refuses new requests, finishes those in flight, flushes; then the state is Stopped.</summary>
    public ValueTask DrainAsync(CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>A reading of its sizes and counters.</summary>
    public StatsReply Stats() => throw new NotImplementedException();

    /// <inheritdoc/>
    public void OnRequest(in RequestHeader header, ReadOnlySpan<byte> body, IReplySink replies) =>
        throw new NotImplementedException();

    /// <inheritdoc/>
    public void OnCancel(uint requestId, IReplySink replies) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void OnClosed(IReplySink replies) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}

/// <summary>A leaf's life.</summary>
public enum LeafState
{
    /// <summary>Reading its log.</summary>
    Recovering,

    /// <summary>Serving.</summary>
    Ready,

    /// <summary>Finishing what it took.</summary>
    Draining,

    /// <summary>Done.</summary>
    Stopped,
}

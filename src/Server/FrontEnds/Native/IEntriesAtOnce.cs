using System.Buffers;
using Hedgerow.Leaf;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Native;

/// <summary>What serves entries of native frames at once: a leaf, or a router over leaves of its process.</summary>
internal interface IEntriesAtOnce
{
    /// <summary>Unix milliseconds, for a batch.</summary>
    long UtcNowMs { get; }

    /// <summary>Requests that wait, for the answers' report.</summary>
    int Waiting { get; }

    /// <summary>Executes; false, and nothing was done, when it has to wait or is none of its kind.</summary>
    bool TryExecute(
        in RequestHeader header, in CacheCommand command, long nowMs, IBufferWriter<byte> output,
        out CommandOutcome outcome);
}

/// <summary>A leaf.</summary>
internal sealed class LeafEntries(LeafService leaf) : IEntriesAtOnce
{
    /// <inheritdoc/>
    public long UtcNowMs => leaf.UtcNowMs;

    /// <inheritdoc/>
    public int Waiting => leaf.Waiting;

    /// <inheritdoc/>
    public bool TryExecute(
        in RequestHeader header, in CacheCommand command, long nowMs, IBufferWriter<byte> output,
        out CommandOutcome outcome) =>
        leaf.TryExecute(command, header.PathHash, header.Shard, header.Epoch, nowMs, output, out outcome);
}

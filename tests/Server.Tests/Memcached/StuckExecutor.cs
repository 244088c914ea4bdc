using System.Buffers;
using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Commands;

namespace Hedgerow.Server.Tests.Memcached;

/// <summary>A cluster that takes every request and answers none.</summary>
internal sealed class StuckExecutor : ICommandExecutor
{
    /// <summary>Requests so far.</summary>
    public List<Opcode> Asked { get; } = [];

    public int Shards => 4;

    public long UtcNowMs => 1_000_000;

    public bool TryExecute(
        in CacheCommand command, ulong pathHash, IBufferWriter<byte> output, out CommandOutcome outcome)
    {
        outcome = default;
        return false;
    }

    public ValueTask<Reply> ExecuteAsync(RequestHeader header, ReadOnlyMemory<byte> body, CancellationToken cancel)
    {
        Asked.Add(header.Opcode);
        return new ValueTask<Reply>(new TaskCompletionSource<Reply>().Task);
    }

    public int ShardOf(ReadOnlySpan<byte> path) => 0;

    public void Prefetch(ReadOnlySpan<byte> path)
    {
    }

    public void BeginBatch()
    {
    }

    public void EndBatch()
    {
    }
}

using System.Buffers;
using System.Text;
using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Commands;

namespace Hedgerow.Server.Tests.Resp;

/// <summary>Refuses the requests that a test says, as a shard that is away would; the others pass.</summary>
internal sealed class RefusingExecutor(ICommandExecutor inner) : ICommandExecutor
{
    /// <summary>Requests of this opcode are refused, where their body has <see cref="Part"/>.</summary>
    public Opcode? Refused { get; set; }

    /// <summary>What they are answered.</summary>
    public StatusCode Status { get; set; } = StatusCode.Unavailable;

    /// <summary>How many more are refused.</summary>
    public int Left { get; set; } = int.MaxValue;

    /// <summary>What stands in the bodies that are refused.</summary>
    public string Part { get; set; } = "";

    public int Shards => inner.Shards;

    public long UtcNowMs => inner.UtcNowMs;

    public bool TryExecute(
        in CacheCommand command, ulong pathHash, IBufferWriter<byte> output, out CommandOutcome outcome)
    {
        outcome = default;
        return !IsRefused(command.Opcode, command.Path) && inner.TryExecute(command, pathHash, output, out outcome);
    }

    public ValueTask<Reply> ExecuteAsync(RequestHeader header, ReadOnlyMemory<byte> body, CancellationToken cancel) =>
        IsRefused(header.Opcode, body.Span)
            ? new ValueTask<Reply>(Reply.Copy(new ReplyHeader { Status = Status }, "away"u8))
            : inner.ExecuteAsync(header, body, cancel);

    public int ShardOf(ReadOnlySpan<byte> path) => inner.ShardOf(path);

    public void Prefetch(ReadOnlySpan<byte> path) => inner.Prefetch(path);

    public void BeginBatch() => inner.BeginBatch();

    public void EndBatch() => inner.EndBatch();

    private bool IsRefused(Opcode opcode, ReadOnlySpan<byte> body) =>
        opcode == Refused && Left > 0 && body.IndexOf(Encoding.ASCII.GetBytes(Part)) >= 0 && Left-- > 0;
}

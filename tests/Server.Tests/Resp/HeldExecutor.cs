using System.Buffers;
using System.Text;
using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Commands;

namespace Hedgerow.Server.Tests.Resp;

/// <summary>A cluster whose answers come when the test says so, in the order it says.</summary>
internal sealed class HeldExecutor : ICommandExecutor
{
    private readonly List<Held> _held = [];

    public int Shards => 4;

    public long UtcNowMs => 1_000_000;

    /// <summary>Requests so far, as "opcode path".</summary>
    public List<string> Asked { get; } = [];

    /// <summary>The flags of each.</summary>
    public List<FrameFlags> Flags { get; } = [];

    /// <summary>Batches begun and not ended.</summary>
    public int OpenBatches { get; private set; }

    public bool TryExecute(
        in CacheCommand command, ulong pathHash, IBufferWriter<byte> output, out CommandOutcome outcome)
    {
        outcome = default;
        return false;
    }

    public ValueTask<Reply> ExecuteAsync(
        RequestHeader header, ReadOnlyMemory<byte> body, CancellationToken cancel)
    {
        Assert.Equal(StatusCode.Ok, CacheCommand.TryRead(header.Opcode, body.Span, out var command, out _));
        Asked.Add($"{header.Opcode} {Encoding.ASCII.GetString(command.Path)}");
        Flags.Add(header.Flags);
        var held = new Held(header, new TaskCompletionSource<Reply>());
        _held.Add(held);
        return new ValueTask<Reply>(held.Source.Task);
    }

    public int ShardOf(ReadOnlySpan<byte> path) => path[0] % 4;

    public void Prefetch(ReadOnlySpan<byte> path)
    {
    }

    public void BeginBatch() => OpenBatches++;

    public void EndBatch() => OpenBatches--;

    /// <summary>Answers the request asked n-th (from 0) with a value, or with nothing for a write.</summary>
    public void Answer(int index, string value = "", StatusCode status = StatusCode.Ok)
    {
        var held = _held[index];
        var isRead = held.Header.Opcode == Opcode.Get && status == StatusCode.Ok;
        var body = new byte[(isRead ? EntryBody.PrefixLength : 0) + value.Length];
        if (isRead) EntryBody.WritePrefix(body, 0, 0);
        Encoding.Latin1.GetBytes(value).CopyTo(body, body.Length - value.Length);
        held.Source.SetResult(Reply.Copy(new ReplyHeader { Status = status, Version = 7 }, body));
    }

    private sealed record Held(RequestHeader Header, TaskCompletionSource<Reply> Source);
}

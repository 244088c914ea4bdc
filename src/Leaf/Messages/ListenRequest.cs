using System.Buffers;
using Hedgerow.Leaf.Scheduling;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Messages;

/// <summary>A Listen that waits for messages.</summary>
internal sealed class ListenRequest(in Request request, PendingContext pending, Mailbox mailbox, uint waitMs)
    : PendingRequest(request, [], pending, isQueued: false)
{
    /// <summary>When it is answered even with nothing, by the leaf's clock.</summary>
    public long EndsAt { get; } =
        request.ReceivedTicks + (long)(waitMs / 1e3 * pending.Clock.Time.TimestampFrequency);

    /// <summary>A drain does not wait for messages.</summary>
    public override void Hurry() => Run();

    protected override void Serve()
    {
        mailbox.Take(this, Clock.Ticks(), out var lost, out var rows);
        var reply = new ArrayBufferWriter<byte>(MessageCodec.HeadBytes + rows.Length);
        MessageCodec.WriteHead(reply, lost);
        reply.Write(rows.Span);
        Finish(StatusCode.Ok, 0, reply.WrittenSpan);
    }

    protected override void OnCancelWhileWaiting() => mailbox.Leave(this, Clock.Ticks());
}

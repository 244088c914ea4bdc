using System.Buffers;
using Hedgerow.Leaf;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Resp;

/// <summary>A leaf's own front end: what it publishes goes to the routers that listen at this leaf.</summary>
internal sealed class LeafMessages(LeafService leaf) : IMessageCarrier
{
    /// <inheritdoc/>
    public int LinksUp => leaf.MessageListeners;

    /// <inheritdoc/>
    public long Lost => leaf.MessagesLost;

    /// <inheritdoc/>
    public void Carry(MessageKind kind, ReadOnlySpan<byte> channel, ReadOnlySpan<byte> message)
    {
        if (leaf.MessageListeners == 0) return;
        var row = new ArrayBufferWriter<byte>(MessageCodec.RowHeadBytes + channel.Length + message.Length);
        MessageCodec.WriteRow(row, kind, channel, message);
        leaf.PassOn(row.WrittenSpan);
    }
}

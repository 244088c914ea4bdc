using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Resp;

/// <summary>
/// Takes messages of channels to the subscribers of other processes: at most once, and without a wait for them.
/// Thread-safe.
/// </summary>
internal interface IMessageCarrier
{
    /// <summary>Processes that messages come from and go to now.</summary>
    int LinksUp { get; }

    /// <summary>Messages that did not go out, or did not come in, because a queue was full or a process gone.</summary>
    long Lost { get; }

    /// <summary>Takes a message of at most <see cref="MessageCodec.RowBytesMax"/> with its channel.</summary>
    void Carry(MessageKind kind, ReadOnlySpan<byte> channel, ReadOnlySpan<byte> message);
}

using Hedgerow.Protocol;

namespace Hedgerow.Leaf;

/// <summary>Who is told of messages on channels that others published.</summary>
public interface IMessageListener
{
    /// <summary>Takes a message. Any thread; must not wait. The bytes hold until it returns.</summary>
    void Hear(MessageKind kind, ReadOnlySpan<byte> channel, ReadOnlySpan<byte> message);
}

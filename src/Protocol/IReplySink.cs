namespace Hedgerow.Protocol;

/// <summary>The way back to one peer. Thread-safe. Its identity is the identity of the connection.</summary>
public interface IReplySink
{
    /// <summary>
    /// Queues a reply: copies <paramref name="body"/> and returns; never blocks, never throws, and discards the reply
    /// when the peer is gone. The sink fills in protocol version, flags and length, and cuts a large body into chunks.
    /// </summary>
    void Reply(in ReplyHeader header, ReadOnlySpan<byte> body);
}

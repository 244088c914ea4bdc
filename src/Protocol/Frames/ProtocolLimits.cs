namespace Hedgerow.Protocol;

/// <summary>
/// Every bound of the wire, in one place. Both ends announce theirs in the hello; the smaller counts.
/// </summary>
public sealed record ProtocolLimits
{
    /// <summary>The protocol version this library speaks, and the only one so far.</summary>
    public const byte Version = 1;

    /// <summary>Bytes of a path: 8,192, as long as the longest URL that servers commonly take.</summary>
    public const int PathBytesMax = 8_192;

    /// <summary>Paths in one get-many frame: 4,096, so that its reply stays within one message.</summary>
    public const int GetManyPathsMax = 4_096;

    /// <summary>
    /// Bytes of a hello's body, which is never chunked: its longest fields and room for ones to come.
    /// </summary>
    public const int HelloBytesMax = 8_192;

    /// <summary>Smallest <see cref="ChunkBytesMax"/> that either end accepts: 256, so that headers stay a small share
    /// of the bytes.</summary>
    public const int ChunkBytesMin = 256;

    /// <summary>
    /// Smallest <see cref="MessageBytesMax"/> that either end accepts: 4 KiB, above every error's text.
    /// </summary>
    public const int MessageBytesMin = 4 * 1024;

    /// <summary>The limits of a server that was given none.</summary>
    public static ProtocolLimits Default { get; } = new();

    /// <summary>
    /// Bytes of one frame's body; longer messages travel as chunks of this size. 64 KiB: about 50 µs on a 10 Gbit/s
    /// link, the longest a small reply waits behind a chunk.
    /// </summary>
    public int ChunkBytesMax { get; init; } = 64 * 1024;

    /// <summary>Bytes of one whole message: 16 MiB of value and room for its path and fields.</summary>
    public int MessageBytesMax { get; init; } = (16 * 1024 * 1024) + (64 * 1024);

    /// <summary>Requests in flight on one connection; past it the sender waits.</summary>
    public int RequestsInFlightMax { get; init; } = 1_024;

    /// <summary>
    /// Bytes one connection holds for messages that are not complete yet, and for replies not sent yet; past it the
    /// sender waits. 64 MiB: four of the largest values.
    /// </summary>
    public long BytesInFlightMax { get; init; } = 64L * 1024 * 1024;

    /// <summary>How long a peer may take to say hello before the connection is closed.</summary>
    public TimeSpan HelloTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long the last replies may take to be taken by the peer before the connection closes without.
    /// </summary>
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a server that has ended a connection waits for the peer to close its side, so that the last replies are
    /// not lost to a reset. 500 ms: two round trips across the world.
    /// </summary>
    public TimeSpan LingerTimeout { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The smaller of both ends' bounds of the wire; the time-outs stay this end's own.</summary>
    public ProtocolLimits Narrow(ProtocolLimits peer) => this with
    {
        ChunkBytesMax = Math.Min(ChunkBytesMax, peer.ChunkBytesMax),
        MessageBytesMax = Math.Min(MessageBytesMax, peer.MessageBytesMax),
        RequestsInFlightMax = Math.Min(RequestsInFlightMax, peer.RequestsInFlightMax),
        BytesInFlightMax = Math.Min(BytesInFlightMax, peer.BytesInFlightMax),
    };

    internal void ThrowIfTooSmall()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(ChunkBytesMax, ChunkBytesMin);
        ArgumentOutOfRangeException.ThrowIfLessThan(MessageBytesMax, MessageBytesMin);
        ArgumentOutOfRangeException.ThrowIfLessThan(RequestsInFlightMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(BytesInFlightMax, 1);
    }
}

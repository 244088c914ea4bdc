namespace Hedgerow.Protocol;

/// <summary>
/// Bits of a frame header's flags field. Unknown bits are an error in requests and ignored in replies.
/// </summary>
[Flags]
public enum FrameFlags : ushort
{
    /// <summary>No flag.</summary>
    None = 0,

    /// <summary>The frame is a reply and has a <see cref="ReplyHeader"/>.</summary>
    Reply = 0x0001,

    /// <summary>More chunks of the same message follow.</summary>
    More = 0x0002,

    /// <summary>
    /// The frame continues a message. The first chunk lacks it and begins with the total length, a u32.
    /// </summary>
    Continuation = 0x0004,

    /// <summary>The reply to a conditional write carries the entry it produced, as a Get's reply would.</summary>
    ReturnEntry = 0x0010,

    /// <summary>The request is the second copy of one already sent to another replica; only metrics read it.</summary>
    Hedge = 0x0020,

    /// <summary>The write comes from a coordinator that applies the owner's decision to the other replicas.</summary>
    Replicated = 0x0040,

    /// <summary>
    /// The read must be answered by the shard's owner, which decides conditional writes: for a client that reads,
    /// computes and compares. Only routers look at it.
    /// </summary>
    FromOwner = 0x0080,

    /// <summary>
    /// The Refresh is answered when the interval's own refresh has come: dearer in time, free in work.
    /// </summary>
    Wait = 0x0100,

    /// <summary>
    /// On a request: it has a twin on another server, and its path hash is the tie's id; tell when work on it begins.
    /// On a reply: that has happened, the version is the tie's id, and the answer is still to come. Only between ends
    /// that both have <see cref="ProtocolFeatures.Ties"/>.
    /// </summary>
    Tied = 0x0200,

    /// <summary>
    /// The reply was kept by a router: <see cref="ReplyHeader.QueueMicros"/> is how old it is. Only in replies.
    /// </summary>
    Aged = 0x0400,
}

namespace Hedgerow.Server.FrontEnds.Memcached;

/// <summary>
/// The bounds of the memcached protocol, as memcached 1.6 has them, and of what one connection may hold.
/// </summary>
internal static class MemcachedLimits
{
    /// <summary>Bytes of a key; a base64 key counts before and after it is decoded.</summary>
    public const int KeyBytesMax = 250;

    /// <summary>
    /// Bytes of a command line that is not a retrieval; of those the keys are taken as they come, however many.
    /// </summary>
    public const int LineBytesMax = 2_048;

    /// <summary>Words that a line is cut into; more is left in one piece.</summary>
    public const int WordsMax = 23;

    /// <summary>Words of a meta command, its name and key included.</summary>
    public const int MetaWordsMax = 19;

    /// <summary>Bytes of an opaque flag, its letter included.</summary>
    public const int OpaqueBytesMax = 32;

    /// <summary>Relative times above this many seconds are absolute Unix times: 30 days.</summary>
    public const int RelativeSecondsMax = 60 * 60 * 24 * 30;

    /// <summary>Commands of one connection that are executed at once; past it the connection is not read.</summary>
    public const int InFlightMax = 128;

    /// <summary>Bytes of these commands from which the connection is not read either.</summary>
    public const int BytesInFlightMax = 32 * 1024 * 1024;

    /// <summary>Keys of one retrieval that are asked for in one request.</summary>
    public const int KeysAtOnceMax = 256;

    /// <summary>
    /// Times a command that reads, computes and compares starts over when others write the same key in between.
    /// </summary>
    public const int TriesMax = 64;

    /// <summary>How far above the present an explicit cas may be: past it, it would hold back every clock.</summary>
    public static readonly TimeSpan CasAheadMax = TimeSpan.FromMinutes(1);
}

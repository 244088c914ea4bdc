namespace Hedgerow.Server.FrontEnds.Resp;

/// <summary>Bounds of what a client may send, as Redis has them.</summary>
internal sealed record RespLimits
{
    /// <summary>Bytes of an inline command, or of the line before a bulk string.</summary>
    public const int LineBytesMax = 64 * 1024;

    /// <summary>Arguments before AUTH where one is asked for.</summary>
    public const int ArgumentsBeforeAuth = 10;

    /// <summary>Bytes of an argument before AUTH.</summary>
    public const int BulkBytesBeforeAuth = 16 * 1024;

    /// <summary>Arguments of a command.</summary>
    public int ArgumentsMax { get; init; } = 1024 * 1024;

    /// <summary>Bytes of an argument; more is a protocol error.</summary>
    public int BulkBytesMax { get; init; } = 512 * 1024 * 1024;

    /// <summary>
    /// Bytes of all arguments of a command, from which it is not kept: it is read to its end and answered with an
    /// error. Room for one value of the largest size and its key, and no less than Redis's clients send at once.
    /// </summary>
    public long CommandBytesMax { get; init; } = 64 * 1024 * 1024;
}

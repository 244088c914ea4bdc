namespace Hedgerow.Server.FrontEnds.Memcached;

/// <summary>The error lines, word for word as memcached 1.6 has them where it has them.</summary>
internal static class ErrorText
{
    public static ReadOnlySpan<byte> Unknown => "ERROR\r\n"u8;

    public static ReadOnlySpan<byte> BadFormat => "CLIENT_ERROR bad command line format\r\n"u8;

    public static ReadOnlySpan<byte> BadLine => "CLIENT_ERROR bad command line\r\n"u8;

    public static ReadOnlySpan<byte> BadToken => "CLIENT_ERROR bad token in command line format\r\n"u8;

    public static ReadOnlySpan<byte> BadChunk => "CLIENT_ERROR bad data chunk\r\n"u8;

    public static ReadOnlySpan<byte> BadDelta => "CLIENT_ERROR invalid numeric delta argument\r\n"u8;

    public static ReadOnlySpan<byte> BadExptime => "CLIENT_ERROR invalid exptime argument\r\n"u8;

    public static ReadOnlySpan<byte> BadDelete =>
        "CLIENT_ERROR bad command line format.  Usage: delete <key> [noreply]\r\n"u8;

    public static ReadOnlySpan<byte> NotNumeric =>
        "CLIENT_ERROR cannot increment or decrement non-numeric value\r\n"u8;

    public static ReadOnlySpan<byte> LineTooLong => "CLIENT_ERROR line too long\r\n"u8;

    public static ReadOnlySpan<byte> DuplicateFlag => "CLIENT_ERROR duplicate flag\r\n"u8;

    public static ReadOnlySpan<byte> InvalidFlag => "CLIENT_ERROR invalid flag\r\n"u8;

    public static ReadOnlySpan<byte> InvalidOrDuplicateFlag => "CLIENT_ERROR invalid or duplicate flag\r\n"u8;

    public static ReadOnlySpan<byte> FlagsTooLong => "CLIENT_ERROR options flags are too long\r\n"u8;

    public static ReadOnlySpan<byte> OpaqueTooLong => "CLIENT_ERROR opaque token too long\r\n"u8;

    public static ReadOnlySpan<byte> BadKey => "CLIENT_ERROR error decoding key\r\n"u8;

    public static ReadOnlySpan<byte> BadInitial => "CLIENT_ERROR invalid numeric initial value\r\n"u8;

    public static ReadOnlySpan<byte> BadMetaDelta => "CLIENT_ERROR invalid numeric delta value\r\n"u8;

    public static ReadOnlySpan<byte> BadModeLength => "CLIENT_ERROR incorrect length for M token\r\n"u8;

    public static ReadOnlySpan<byte> BadStoreMode => "CLIENT_ERROR invalid mode for ms M token\r\n"u8;

    public static ReadOnlySpan<byte> BadArithmeticMode => "CLIENT_ERROR invalid mode for ma M token\r\n"u8;

    public static ReadOnlySpan<byte> CasTooFarAhead =>
        "CLIENT_ERROR the E token is more than a minute ahead of the clock\r\n"u8;

    public static ReadOnlySpan<byte> TooLarge => "SERVER_ERROR object too large for cache\r\n"u8;

    public static ReadOnlySpan<byte> OutOfMemory => "SERVER_ERROR out of memory storing object\r\n"u8;

    public static ReadOnlySpan<byte> Busy => "SERVER_ERROR other writers of this key were faster\r\n"u8;

    public static ReadOnlySpan<byte> Internal => "SERVER_ERROR internal error\r\n"u8;

    public static ReadOnlySpan<byte> Unauthenticated => "CLIENT_ERROR unauthenticated\r\n"u8;

    public static ReadOnlySpan<byte> BadTermination => "CLIENT_ERROR bad command line termination\r\n"u8;

    public static ReadOnlySpan<byte> BadCredentials => "CLIENT_ERROR bad authentication token format\r\n"u8;

    public static ReadOnlySpan<byte> AuthenticationFailed => "CLIENT_ERROR authentication failure\r\n"u8;
}

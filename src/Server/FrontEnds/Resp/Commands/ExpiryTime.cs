using System.Text;

namespace Hedgerow.Server.FrontEnds.Resp.Commands;

/// <summary>The four ways to say when an entry expires.</summary>
internal enum ExpiryUnit : byte
{
    /// <summary>Nothing was said.</summary>
    None,

    /// <summary>EX: seconds from now.</summary>
    Seconds,

    /// <summary>PX: milliseconds from now.</summary>
    Milliseconds,

    /// <summary>EXAT: seconds since 1970.</summary>
    UnixSeconds,

    /// <summary>PXAT: milliseconds since 1970.</summary>
    UnixMilliseconds,
}

/// <summary>Turns what a client says about expiry into Unix milliseconds.</summary>
internal static class ExpiryTime
{
    /// <summary>Reads an option word of SET and GETEX; <see cref="ExpiryUnit.None"/> when it is none of them.</summary>
    public static ExpiryUnit ReadUnit(ReadOnlySpan<byte> word)
    {
        if (Ascii.EqualsIgnoreCase(word, "ex"u8)) return ExpiryUnit.Seconds;
        if (Ascii.EqualsIgnoreCase(word, "px"u8)) return ExpiryUnit.Milliseconds;
        if (Ascii.EqualsIgnoreCase(word, "exat"u8)) return ExpiryUnit.UnixSeconds;
        return Ascii.EqualsIgnoreCase(word, "pxat"u8) ? ExpiryUnit.UnixMilliseconds : ExpiryUnit.None;
    }

    /// <summary>The moment as Unix milliseconds; false when it leaves 64 bits. May lie in the past.</summary>
    public static bool TryResolve(ExpiryUnit unit, long amount, long nowMs, out long atMs)
    {
        atMs = amount;
        if (unit is ExpiryUnit.Seconds or ExpiryUnit.UnixSeconds)
        {
            if (amount is > long.MaxValue / 1000 or < long.MinValue / 1000) return false;
            atMs *= 1000;
        }

        if (unit is ExpiryUnit.UnixSeconds or ExpiryUnit.UnixMilliseconds) return true;
        if (atMs > long.MaxValue - nowMs) return false;
        atMs += nowMs;
        return true;
    }
}

namespace Hedgerow.Server.FrontEnds.Resp.Commands;

/// <summary>
/// Patterns of KEYS, SCAN, HSCAN and PSUBSCRIBE as Redis matches them: <c>*</c>, <c>?</c>, <c>[a-z]</c>, <c>[^a]</c>,
/// and a backslash before a symbol that stands for itself. Bytes, not characters.
/// </summary>
/// <remarks>
/// Everything but a star takes exactly one byte, so it is enough to go back to the last star: at most pattern × text
/// steps whatever the pattern, where a recursion takes exponential time for <c>a*a*a*a*b</c>.
/// </remarks>
internal static class GlobPattern
{
    /// <summary>
    /// Bytes of the longest pattern with a star or a set that clients may give: a match takes at most so many steps a
    /// byte. Others take one step a byte, and may be as long as any argument.
    /// </summary>
    public const int BytesMax = 1_024;

    /// <summary>Whether a pattern is short enough; else that is the answer.</summary>
    public static bool Takes(ReadOnlySpan<byte> pattern, RespReply reply)
    {
        if (pattern.Length <= BytesMax || pattern.IndexOfAny((byte)'*', (byte)'[') < 0) return true;
        reply.Error(
            $"ERR the pattern has {pattern.Length} bytes; at most {BytesMax} are allowed where it has a star or a set");
        return false;
    }

    /// <summary>
    /// Steps that a match may take for each byte of a text, so that it is known what many matches may cost.
    /// </summary>
    public static int StepsPerByte(ReadOnlySpan<byte> pattern)
    {
        var stars = pattern.Count((byte)'*');
        var goesBack = stars > 1 || (stars == 1 && pattern[^1] != '*') || pattern.Contains((byte)'[');
        return goesBack ? pattern.Length : 1;
    }

    /// <summary>Whether all of <paramref name="text"/> matches. Allocates nothing.</summary>
    public static bool Matches(ReadOnlySpan<byte> pattern, ReadOnlySpan<byte> text, bool ignoreCase = false)
    {
        var atPattern = 0;
        var atText = 0;
        var star = -1;
        var starText = 0;
        while (atText < text.Length)
        {
            if (atPattern < pattern.Length && pattern[atPattern] == '*')
            {
                star = ++atPattern;
                if (star == pattern.Length) return true;
                starText = atText;
            }
            else if (atPattern < pattern.Length && MatchOne(pattern, ref atPattern, text[atText], ignoreCase))
            {
                atText++;
            }
            else if (star >= 0)
            {
                atPattern = star;
                atText = ++starText;
            }
            else
            {
                return false;
            }
        }

        return pattern[atPattern..].TrimStart((byte)'*').IsEmpty;
    }

    /// <summary>Whether the pattern matches everything, so that matching can be left out.</summary>
    public static bool IsAll(ReadOnlySpan<byte> pattern) => pattern.Length == 1 && pattern[0] == '*';

    /// <summary>Matches one byte against the element at <paramref name="at"/>, and steps behind it.</summary>
    private static bool MatchOne(ReadOnlySpan<byte> pattern, ref int at, byte symbol, bool ignoreCase)
    {
        switch (pattern[at])
        {
            case (byte)'?':
                at++;
                return true;
            case (byte)'[':
                return MatchSet(pattern, ref at, symbol, ignoreCase);
            case (byte)'\\' when at + 1 < pattern.Length:
                at += 2;
                return Same(pattern[at - 1], symbol, ignoreCase);
            default:
                at++;
                return Same(pattern[at - 1], symbol, ignoreCase);
        }
    }

    /// <summary>A set ends at its bracket, or with the pattern when that is missing.</summary>
    private static bool MatchSet(ReadOnlySpan<byte> pattern, ref int at, byte symbol, bool ignoreCase)
    {
        at++;
        var negated = at < pattern.Length && pattern[at] == '^';
        if (negated) at++;
        var found = false;
        while (at < pattern.Length && pattern[at] != ']')
        {
            if (pattern[at] == '\\' && at + 1 < pattern.Length)
            {
                found |= pattern[at + 1] == symbol;
                at += 2;
            }
            else if (at + 2 < pattern.Length && pattern[at + 1] == '-')
            {
                found |= InRange(pattern[at], pattern[at + 2], symbol, ignoreCase);
                at += 3;
            }
            else
            {
                found |= Same(pattern[at], symbol, ignoreCase);
                at++;
            }
        }

        if (at < pattern.Length) at++;
        return found != negated;
    }

    private static bool InRange(byte from, byte to, byte symbol, bool ignoreCase)
    {
        if (from > to) (from, to) = (to, from);
        if (!ignoreCase) return symbol >= from && symbol <= to;
        return Lower(symbol) >= Lower(from) && Lower(symbol) <= Lower(to);
    }

    private static bool Same(byte left, byte right, bool ignoreCase) =>
        left == right || (ignoreCase && Lower(left) == Lower(right));

    private static byte Lower(byte symbol) =>
        symbol is >= (byte)'A' and <= (byte)'Z' ? (byte)(symbol | 0x20) : symbol;
}

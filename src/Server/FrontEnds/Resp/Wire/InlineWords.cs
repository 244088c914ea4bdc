using System.Globalization;

namespace Hedgerow.Server.FrontEnds.Resp;

/// <summary>
/// Splits a line into words as Redis does (<c>sdssplitargs</c>): blanks part them, double quotes take escapes (\n \r \t
/// \b \a \xHH and any other character as itself), single quotes take \' alone, and a closing quote ends its word.
/// </summary>
internal static class InlineWords
{
    /// <summary>Splits. False when a quote is not closed, or has something right behind it.</summary>
    /// <param name="line">Without its end; of a bounded length.</param>
    /// <param name="words">The words without their quotes, one behind the other.</param>
    /// <param name="spans">Where each stands in them.</param>
    public static bool TrySplit(ReadOnlySpan<byte> line, out byte[] words, out List<ArgSpan> spans)
    {
        words = new byte[line.Length];
        spans = [];
        var length = 0;
        var at = 0;
        while (true)
        {
            while (at < line.Length && IsBlank(line[at])) at++;
            if (at == line.Length) return true;
            var start = length;
            if (!TryWord(line, ref at, words, ref length)) return false;
            spans.Add(new ArgSpan(start, length - start));
        }
    }

    private static bool TryWord(ReadOnlySpan<byte> line, ref int at, byte[] words, ref int length)
    {
        while (at < line.Length && !IsBlank(line[at]))
        {
            var c = line[at];
            if (c is not ((byte)'"' or (byte)'\''))
            {
                words[length++] = c;
                at++;
                continue;
            }

            at++;
            var isClosed = c == '"'
                ? TryDouble(line, ref at, words, ref length)
                : TrySingle(line, ref at, words, ref length);
            return isClosed && (at == line.Length || IsBlank(line[at]));
        }

        return true;
    }

    private static bool TryDouble(ReadOnlySpan<byte> line, ref int at, byte[] words, ref int length)
    {
        while (at < line.Length)
        {
            var c = line[at++];
            if (c == '"') return true;
            if (c != '\\' || at == line.Length)
            {
                words[length++] = c;
                continue;
            }

            if (line[at] == 'x' && line.Length - at >= 3
                && byte.TryParse(line.Slice(at + 1, 2), NumberStyles.AllowHexSpecifier, null, out var value))
            {
                words[length++] = value;
                at += 3;
                continue;
            }

            words[length++] = Unescape(line[at++]);
        }

        return false;
    }

    private static bool TrySingle(ReadOnlySpan<byte> line, ref int at, byte[] words, ref int length)
    {
        while (at < line.Length)
        {
            var c = line[at++];
            if (c == '\'') return true;
            if (c == '\\' && at < line.Length && line[at] == '\'') c = line[at++];
            words[length++] = c;
        }

        return false;
    }

    private static byte Unescape(byte c) => (char)c switch
    {
        'n' => (byte)'\n',
        'r' => (byte)'\r',
        't' => (byte)'\t',
        'b' => (byte)'\b',
        'a' => (byte)'\a',
        _ => c,
    };

    // isspace of C, and the zero byte, at which Redis's line ends.
    private static bool IsBlank(byte c) => c is (byte)' ' or (>= 9 and <= 13) or 0;
}

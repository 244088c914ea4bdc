using System.Text;
using Hedgerow.Leaf.Search.Analysis;

namespace Hedgerow.Leaf.Search.Suggest;

/// <summary>
/// What completions are compared by: the text as the field's analyzer writes beginnings of words (lower case, without
/// accents; never stemmed), runs of white space and of control characters being one space.
/// </summary>
internal static class CompletionKey
{
    /// <summary>Between the key and the text in a term; no key has it.</summary>
    public const byte Separator = 0;

    /// <summary>
    /// Bytes of the longest key: compatibility forms may be written in eighteen characters. What is longer is cut, and
    /// found by what is left.
    /// </summary>
    public const int BytesMax = 4_096;

    /// <summary>The key of a text; of a prefix, which may end in a space.</summary>
    public static byte[] Of(IAnalyzer analyzer, string text, bool isPrefix)
    {
        var key = new StringBuilder(text.Length);
        foreach (var c in analyzer.Normalize(text))
        {
            var isBlank = char.IsWhiteSpace(c) || char.IsControl(c);
            if (!isBlank) key.Append(c);
            else if (key.Length > 0 && key[^1] != ' ') key.Append(' ');
        }

        if (!isPrefix && key.Length > 0 && key[^1] == ' ') key.Length--;
        var bytes = Encoding.UTF8.GetBytes(key.ToString());
        if (bytes.Length <= BytesMax) return bytes;
        var length = BytesMax;
        while ((bytes[length] & 0xC0) == 0x80) length--;
        return bytes[..length];
    }

    /// <summary>The term of a text: its key, the separator, and the text itself.</summary>
    public static byte[] Term(IAnalyzer analyzer, string text) =>
        [.. Of(analyzer, text, isPrefix: false), Separator, .. Encoding.UTF8.GetBytes(text)];

    /// <summary>The two parts of a term.</summary>
    public static (string Key, string Text) Split(ReadOnlySpan<byte> term)
    {
        var at = term.IndexOf(Separator);
        return (Encoding.UTF8.GetString(term[..at]), Encoding.UTF8.GetString(term[(at + 1)..]));
    }
}

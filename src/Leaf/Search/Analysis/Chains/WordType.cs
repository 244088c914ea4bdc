using System.Text;

namespace Hedgerow.Leaf.Search.Analysis;

/// <summary>What Lucene's tokenizers call a word, told from its first character.</summary>
internal static class WordType
{
    /// <summary>The type of a word.</summary>
    /// <param name="tokenizer">What cut it.</param>
    /// <param name="word">The word.</param>
    public static string Of(string tokenizer, ReadOnlySpan<char> word)
    {
        var isKnown = tokenizer is "standard" or "cjk";
        if (!isKnown || Rune.DecodeFromUtf16(word, out var first, out _) != 0) return "word";
        return first.Value switch
        {
            >= 0x3041 and <= 0x309F => "<HIRAGANA>",
            (>= 0x30A0 and <= 0x30FF) or (>= 0x31F0 and <= 0x31FF) or (>= 0xFF66 and <= 0xFF9F) => "<KATAKANA>",
            (>= 0x1100 and <= 0x11FF) or (>= 0xA960 and <= 0xA97F) or (>= 0xAC00 and <= 0xD7FF) => "<HANGUL>",
            (>= 0x2E80 and <= 0x2FDF) or 0x3005 or 0x3007 or (>= 0x3400 and <= 0x9FFF) or (>= 0xF900 and <= 0xFAFF)
                or (>= 0x20000 and <= 0x3FFFF) => "<IDEOGRAPHIC>",
            _ => IsNumber(word) ? "<NUM>" : "<ALPHANUM>",
        };
    }

    private static bool IsNumber(ReadOnlySpan<char> word)
    {
        foreach (var c in word)
            if (!char.IsDigit(c) && c is not ('.' or ',' or '_' or '\'' or ';')) return false;
        return true;
    }
}

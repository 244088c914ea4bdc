using System.Buffers;
using System.Numerics;
using System.Text;

namespace Hedgerow.Leaf.Search.Analysis;

/// <summary>Takes the words of a text as they are found.</summary>
internal interface IWordSink
{
    /// <summary>One word of at most <see cref="Analyzers.TermCharsMax"/> characters.</summary>
    /// <param name="start">Where it begins.</param>
    /// <param name="end">Where it ends, exclusive.</param>
    /// <param name="position">Its place among the words of the text, longer ones counted.</param>
    /// <param name="isAscii">Whether it is; then it stands in the lower-cased bytes too.</param>
    void Add(int start, int end, int position, bool isAscii);
}

/// <summary>
/// Cuts text into words by UAX #29, 64 characters at a time where it can: the boundaries of a block are arithmetic on
/// the bit masks of its character classes (the way simdjson finds the structure of JSON: Langdale and Lemire, Parsing
/// Gigabytes of JSON per Second, 2019). A character whose part in the rules is not simple makes everything between the
/// blanks around it go through <see cref="WordSegmenter"/>; a blank always parts words, so both give the same.
/// </summary>
internal static class WordScanner
{
    /// <summary>A hard character this near to the last one's blank goes with it.</summary>
    private const int HardGapChars = 64;

    private static readonly SearchValues<char> Blanks = SearchValues.Create(" \t\r\n");

    /// <summary>Finds all words.</summary>
    /// <param name="text">The text.</param>
    /// <param name="scratch">Rented; its <see cref="AnalysisScratch.Lower"/> receives the text in lower case.</param>
    /// <param name="sink">Is told of them in order.</param>
    public static void Scan<TSink>(ReadOnlySpan<char> text, AnalysisScratch scratch, ref TSink sink)
        where TSink : struct, IWordSink, allows ref struct
    {
        var lower = scratch.LowerOf(text.Length);
        var position = 0;
        for (var at = 0; at < text.Length;)
        {
            var hard = NextHard(text, at);
            var end = hard < 0 ? text.Length : at + text[at..hard].LastIndexOfAny(Blanks) + 1;
            if (end > at) position = ScanMasks(text[at..end], at, lower, position, ref sink);
            if (hard < 0) return;
            at = HardEnd(text, hard);
            position = ScanExact(text[end..at], end, scratch.Words, position, ref sink);
        }
    }

    /// <summary>The place of the first character that only the exact rules know, or -1.</summary>
    private static int NextHard(ReadOnlySpan<char> text, int at)
    {
        while (true)
        {
            var wide = text[at..].IndexOfAnyExceptInRange('\0', '\x7F');
            if (wide < 0) return -1;
            for (at += wide; text[at] > '\x7F'; at++)
            {
                if (WideClass.Of(text[at]) == WideKind.Hard) return at;
                if (at + 1 == text.Length) return -1;
            }
        }
    }

    /// <summary>The first blank behind a hard character that has no other one near behind it.</summary>
    private static int HardEnd(ReadOnlySpan<char> text, int hard)
    {
        while (true)
        {
            var blank = text[hard..].IndexOfAny(Blanks);
            if (blank < 0) return text.Length;
            var end = hard + blank;
            var more = NextHard(text[end..Math.Min(text.Length, end + HardGapChars)], 0);
            if (more < 0) return end;
            hard = end + more;
        }
    }

    private static int ScanMasks<TSink>(
        ReadOnlySpan<char> text, int offset, byte[] lower, int position, ref TSink sink)
        where TSink : struct, IWordSink, allows ref struct
    {
        ulong letterBefore = 0, digitBefore = 0, wordBefore = 0, wide = 0;
        var open = -1;
        var next = MasksAt(text, 0, offset, lower);
        for (var at = 0; at < text.Length; at += CharMasks.BlockChars)
        {
            var masks = next;
            next = MasksAt(text, at + CharMasks.BlockChars, offset, lower);
            wide |= masks.Wide;
            var letters = masks.Letters;
            var digits = masks.Digits;
            var joints =
                (masks.LetterJoints & ((letters << 1) | letterBefore) & ((letters >> 1) | (next.Letters << 63)))
                | (masks.DigitJoints & ((digits << 1) | digitBefore) & ((digits >> 1) | (next.Digits << 63)));
            var words = letters | digits | masks.Lines | joints;
            for (var edges = words ^ ((words << 1) | wordBefore); edges != 0; edges &= edges - 1)
            {
                var edge = at + BitOperations.TrailingZeroCount(edges);
                if (open < 0)
                {
                    open = edge;
                    continue;
                }

                Give(text[open..edge], offset + open, wide != 0, ref position, ref sink);
                open = -1;
            }

            letterBefore = letters >> 63;
            digitBefore = digits >> 63;
            wordBefore = words >> 63;
        }

        if (open >= 0) Give(text[open..], offset + open, wide != 0, ref position, ref sink);
        return position;
    }

    private static void Give<TSink>(
        ReadOnlySpan<char> word, int start, bool mayBeWide, ref int position, ref TSink sink)
        where TSink : struct, IWordSink, allows ref struct
    {
        // Underscores alone are no word.
        if (word[0] == '_' && !word.ContainsAnyExcept('_')) return;
        if (word.Length <= Analyzers.TermCharsMax)
            sink.Add(start, start + word.Length, position, !mayBeWide || Ascii.IsValid(word));
        position++;
    }

    private static CharMasks MasksAt(ReadOnlySpan<char> text, int at, int offset, byte[] lower)
    {
        if (at + CharMasks.BlockChars <= text.Length)
            return CharMasks.Of(text.Slice(at, CharMasks.BlockChars), lower.AsSpan(offset + at));
        if (at >= text.Length) return default;
        Span<char> block = stackalloc char[CharMasks.BlockChars];
        text[at..].CopyTo(block);
        block[(text.Length - at)..].Clear();
        return CharMasks.Of(block, lower.AsSpan(offset + at));
    }

    private static int ScanExact<TSink>(
        ReadOnlySpan<char> text, int offset, WordSegmenter words, int position, ref TSink sink)
        where TSink : struct, IWordSink, allows ref struct
    {
        words.Begin(text);
        while (words.MoveNext())
            sink.Add(offset + words.Start, offset + words.Stop, position + words.Position, false);
        return position + words.Count;
    }
}

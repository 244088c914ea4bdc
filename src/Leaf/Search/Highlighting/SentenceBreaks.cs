using System.Buffers;
using System.Globalization;
using System.Text;

namespace Hedgerow.Leaf.Search.Highlighting;

/// <summary>
/// Where sentences end, by the rules of UAX #29 (Unicode Text Segmentation, section 5): behind a paragraph separator,
/// and behind a terminator with its closing marks and spaces, unless what follows goes on: a comma and the like,
/// another terminator, and behind a full stop a digit, a capital of an abbreviation, or anything that leads to a
/// lower-case letter (<c>e.g. this</c>, <c>3.14</c>, <c>U.S.A</c>).
/// </summary>
/// <remarks>
/// Classes are general categories where these are what the Sentence_Break property is made from, and lists of its
/// members else. Each character is looked at twice at most: once by the rule that looks ahead (SB8), which ends at the
/// next letter, separator or terminator.
/// </remarks>
internal static class SentenceBreaks
{
    private static readonly SearchValues<char> FullStops = SearchValues.Create(".\u2024\uFE52\uFF0E");

    private static readonly SearchValues<char> Marks = SearchValues.Create(
        "!?\u0589\u061D\u061E\u061F\u06D4\u0700\u0701\u0702\u07F9\u0964\u0965\u104A\u104B\u1362\u1367\u1368\u166E"
        + "\u1803\u1809\u203C\u203D\u2047\u2048\u2049\u2E2E\u3002\uA4FF\uFE56\uFE57\uFF01\uFF1F\uFF61");

    private static readonly SearchValues<char> Commas = SearchValues.Create(
        ",-:;\u055D\u060C\u060D\u07F8\u1802\u1808\u2013\u2014\u3001\uFE10\uFE11\uFE13\uFE31\uFE32\uFE50\uFE51\uFE55"
        + "\uFE58\uFE63\uFF0C\uFF0D\uFF1A\uFF1B\uFF64");

    /// <summary>What a character is to the rules.</summary>
    private enum Kind
    {
        Other,
        Separator,
        Extending,
        Space,
        Lower,
        Upper,
        Letter,
        Digit,
        FullStop,
        Mark,
        Comma,
        Closing,
    }

    /// <summary>What stands before a character, back to a terminator.</summary>
    private enum Tail
    {
        None,
        Terminator,
        Closing,
        Spaces,
    }

    /// <summary>The end of the sentence that begins at a place: the beginning of the next, or the text's end.</summary>
    public static int Next(ReadOnlySpan<char> text, int start)
    {
        var passed = new Passed();
        for (var at = start; at < text.Length;)
        {
            var kind = KindAt(text, at, out var length);
            if (kind == Kind.Separator) return Behind(text, at);
            if (!passed.TryPass(kind, text[at..])) return at;
            at += length;
        }

        return text.Length;
    }

    /// <summary>Behind a separator; a carriage return keeps its line feed (SB3, SB4).</summary>
    private static int Behind(ReadOnlySpan<char> text, int at) =>
        text[at] == '\r' && at + 1 < text.Length && text[at + 1] == '\n' ? at + 2 : at + 1;

    private static Kind KindAt(ReadOnlySpan<char> text, int at, out int length)
    {
        length = 1;
        var c = text[at];
        if (char.IsAsciiLetterLower(c)) return Kind.Lower;
        if (c is '\n' or '\r' or '\u0085' or '\u2028' or '\u2029') return Kind.Separator;
        if (char.IsWhiteSpace(c)) return Kind.Space;
        if (FullStops.Contains(c)) return Kind.FullStop;
        if (Marks.Contains(c)) return Kind.Mark;
        if (Commas.Contains(c)) return Kind.Comma;
        if (c is '"' or '\'') return Kind.Closing;
        if (!char.IsSurrogate(c)) return KindOf(char.GetUnicodeCategory(c));
        if (Rune.DecodeFromUtf16(text[at..], out var rune, out length) == OperationStatus.Done)
            return KindOf(Rune.GetUnicodeCategory(rune));
        length = 1;
        return Kind.Other;
    }

    private static Kind KindOf(UnicodeCategory category) => category switch
    {
        UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.SpacingCombiningMark
            or UnicodeCategory.Format => Kind.Extending,
        UnicodeCategory.LowercaseLetter => Kind.Lower,
        UnicodeCategory.UppercaseLetter or UnicodeCategory.TitlecaseLetter => Kind.Upper,
        UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter or UnicodeCategory.LetterNumber => Kind.Letter,
        UnicodeCategory.DecimalDigitNumber => Kind.Digit,
        UnicodeCategory.OpenPunctuation or UnicodeCategory.ClosePunctuation or UnicodeCategory.InitialQuotePunctuation
            or UnicodeCategory.FinalQuotePunctuation => Kind.Closing,
        _ => Kind.Other,
    };

    /// <summary>What was passed of a sentence, as far as it tells where it ends.</summary>
    private struct Passed
    {
        private Kind _last;
        private Kind _beforeStop;
        private Tail _tail;
        private bool _isFullStop;

        /// <summary>Goes on with a character; false when the sentence ends before it.</summary>
        /// <param name="kind">Its kind.</param>
        /// <param name="text">It, and what follows.</param>
        public bool TryPass(Kind kind, ReadOnlySpan<char> text)
        {
            // SB5: these belong to what they follow.
            if (kind == Kind.Extending) return true;
            if (kind is Kind.FullStop or Kind.Mark)
            {
                // SB8a, where there was one before.
                _beforeStop = _last;
                _isFullStop = kind == Kind.FullStop;
                _tail = Tail.Terminator;
            }
            else if (_tail != Tail.None)
            {
                if (kind == Kind.Closing && _tail != Tail.Spaces) _tail = Tail.Closing; // SB9
                else if (kind == Kind.Space) _tail = Tail.Spaces; // SB9, SB10
                else if (kind == Kind.Comma || (_isFullStop && GoesOn(kind, text))) _tail = Tail.None; // SB6 to SB8a
                else return false; // SB11
            }

            _last = kind;
            return true;
        }

        private readonly bool GoesOn(Kind kind, ReadOnlySpan<char> text)
        {
            var isBehindStop = _tail == Tail.Terminator;
            return (isBehindStop && kind == Kind.Digit)
                || (isBehindStop && kind == Kind.Upper && _beforeStop is Kind.Upper or Kind.Lower)
                || LeadsToLower(text);
        }

        /// <summary>SB8: whether the first letter before any separator or terminator is a lower-case one.</summary>
        private static bool LeadsToLower(ReadOnlySpan<char> text)
        {
            for (var at = 0; at < text.Length;)
            {
                var kind = KindAt(text, at, out var length);
                if (kind == Kind.Lower) return true;
                if (kind is Kind.Upper or Kind.Letter or Kind.Separator or Kind.FullStop or Kind.Mark) return false;
                at += length;
            }

            return false;
        }
    }
}

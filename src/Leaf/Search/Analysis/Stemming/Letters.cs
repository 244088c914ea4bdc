using System.Buffers;

namespace Hedgerow.Leaf.Search.Analysis.Stemming;

/// <summary>A set of letters, such as a language's vowels. Immutable.</summary>
internal sealed class Letters(string letters)
{
    private readonly SearchValues<char> _letters = SearchValues.Create(letters);

    /// <summary>Whether the letter is one of them.</summary>
    public bool Has(char letter) => _letters.Contains(letter);

    /// <summary>The first of them from here on, or -1.</summary>
    public int First(ReadOnlySpan<char> word, int from)
    {
        var at = from <= word.Length ? word[from..].IndexOfAny(_letters) : -1;
        return at < 0 ? -1 : from + at;
    }

    /// <summary>The last of them, or -1.</summary>
    public int Last(ReadOnlySpan<char> word) => word.LastIndexOfAny(_letters);

    /// <summary>The first letter that is none of them from here on, or -1.</summary>
    public int FirstOther(ReadOnlySpan<char> word, int from)
    {
        var at = from <= word.Length ? word[from..].IndexOfAnyExcept(_letters) : -1;
        return at < 0 ? -1 : from + at;
    }

    /// <summary>Where the first of them from here on ends, or -1.</summary>
    public int Past(ReadOnlySpan<char> word, int from) => First(word, from) is var at && at < 0 ? -1 : at + 1;

    /// <summary>Where the first letter that is none of them ends, or -1.</summary>
    public int PastOther(ReadOnlySpan<char> word, int from) =>
        FirstOther(word, from) is var at && at < 0 ? -1 : at + 1;

    /// <summary>
    /// Behind the first of them that another letter follows, that letter included: where Porter's region R1 begins when
    /// these are the vowels. The word's end when there is none.
    /// </summary>
    public int Region(ReadOnlySpan<char> word, int from)
    {
        var vowel = First(word, from);
        var past = vowel < 0 ? -1 : PastOther(word, vowel + 1);
        return past < 0 ? word.Length : past;
    }
}

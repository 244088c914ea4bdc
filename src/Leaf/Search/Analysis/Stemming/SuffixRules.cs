namespace Hedgerow.Leaf.Search.Analysis.Stemming;

/// <summary>
/// Suffixes, and what to do at each. The longest that the word ends with decides, and only it: when its rule says no,
/// no shorter one is tried. Immutable.
/// </summary>
internal sealed class SuffixRules
{
    private readonly (string Suffix, Func<StemWord, bool> Rule)[] _rows;

    /// <summary>Rows of suffixes with spaces between, and their rule.</summary>
    public SuffixRules(params ReadOnlySpan<(string Suffixes, Func<StemWord, bool> Rule)> rows)
    {
        var all = new List<(string Suffix, Func<StemWord, bool>)>();
        foreach (var (suffixes, rule) in rows)
        {
            foreach (var suffix in suffixes.Split(' ')) all.Add((suffix, rule));
        }

        _rows = [.. all.OrderByDescending(static row => row.Suffix.Length)];
    }

    /// <summary>Finds the longest suffix of the whole word and applies its rule: whether it did something.</summary>
    public bool Apply(StemWord word) => Apply(word, 0);

    /// <summary>The same among the suffixes that begin in a region; false when the word ends before it.</summary>
    public bool Apply(StemWord word, int region)
    {
        if (region > word.Length) return false;
        var text = word.Text[region..];
        foreach (ref readonly var row in _rows.AsSpan())
        {
            if (!text.EndsWith(row.Suffix)) continue;
            word.Suffix = row.Suffix.Length;
            return row.Rule(word);
        }

        return false;
    }
}

/// <summary>Endings, without rules. Immutable.</summary>
internal sealed class Endings
{
    private readonly string[] _longestFirst;

    /// <summary>Endings with spaces between.</summary>
    public Endings(string endings) =>
        _longestFirst = [.. endings.Split(' ').OrderByDescending(static ending => ending.Length)];

    /// <summary>Letters of the longest that the text ends with; 0 when there is none.</summary>
    public int Longest(ReadOnlySpan<char> text)
    {
        foreach (var ending in _longestFirst)
        {
            if (text.EndsWith(ending)) return ending.Length;
        }

        return 0;
    }
}

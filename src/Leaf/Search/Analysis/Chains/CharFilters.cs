using System.Collections.Frozen;

namespace Hedgerow.Leaf.Search.Analysis;

/// <summary>Changes a text before it is cut. Thread-safe.</summary>
internal abstract class CharFilter
{
    /// <summary>Whether its work has to be counted.</summary>
    public virtual bool IsCostly => false;

    /// <summary>What becomes of a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="length">Of the text before any filter.</param>
    /// <param name="work">Counts; where it is over, what was made so far.</param>
    public abstract TextMap Apply(ReadOnlySpan<char> text, int length, PatternWork work);
}

/// <summary>Puts texts in the place of others: of those that begin at a character, the longest.</summary>
internal sealed class MappingCharFilter : CharFilter
{
    private readonly FrozenDictionary<char, (string From, string To)[]> _byFirst;

    /// <param name="rules">None is empty on its left.</param>
    public MappingCharFilter(IEnumerable<(string From, string To)> rules) => _byFirst = rules
        .DistinctBy(rule => rule.From)
        .GroupBy(rule => rule.From[0])
        .ToFrozenDictionary(group => group.Key, group => group.OrderByDescending(rule => rule.From.Length).ToArray());

    /// <inheritdoc/>
    public override TextMap Apply(ReadOnlySpan<char> text, int length, PatternWork work)
    {
        var map = new TextMap(text.Length, length);
        var copied = 0;
        for (var at = 0; at < text.Length; at++)
        {
            if (!_byFirst.TryGetValue(text[at], out var rules)) continue;
            foreach (var (from, to) in rules)
            {
                if (!text[at..].StartsWith(from, StringComparison.Ordinal)) continue;
                map.Copy(text, copied, at);
                copied = at;
                if (!map.Replace(at, at + from.Length, to)) break;
                at += from.Length - 1;
                copied = at + 1;
                break;
            }
        }

        map.Copy(text, copied, text.Length);
        return map;
    }
}

/// <summary>Puts a text in the place of every match of a pattern, which may refer to its groups.</summary>
internal sealed class PatternCharFilter(CutPattern pattern, string replacement) : CharFilter
{
    /// <inheritdoc/>
    public override bool IsCostly => !pattern.IsLinear;

    /// <inheritdoc/>
    public override TextMap Apply(ReadOnlySpan<char> text, int length, PatternWork work)
    {
        var map = new TextMap(text.Length, length);
        var whole = text.ToString();
        var copied = 0;
        work.Search(pattern, whole.Length);
        for (var match = pattern.Regex.Match(whole); match.Success && !work.IsOver; match = match.NextMatch())
        {
            work.Search(pattern, whole.Length - match.Index - match.Length);
            map.Copy(text, copied, match.Index);
            copied = match.Index;
            // Before it is made: each group of the replacement may stand for all of the match.
            var most = replacement.Length + ((long)match.Length * replacement.AsSpan().Count('$'));
            if (most > map.CharsMax) break;
            if (!map.Replace(match.Index, match.Index + match.Length, match.Result(replacement))) break;
            copied = match.Index + match.Length;
        }

        map.Copy(text, copied, text.Length);
        return map;
    }
}

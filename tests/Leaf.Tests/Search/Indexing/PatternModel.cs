using System.Text.RegularExpressions;
using Hedgerow.Protocol;
using Hedgerow.Tests;

namespace Hedgerow.Leaf.Tests.Search.Indexing;

/// <summary>Patterns on one term, each in the plainest way there is.</summary>
internal static class PatternModel
{
    public static bool Wildcard(string pattern, string term)
    {
        if (pattern.Length == 0) return term.Length == 0;
        if (pattern[0] == '*')
            return Wildcard(pattern[1..], term) || (term.Length > 0 && Wildcard(pattern, term[Width(term)..]));
        if (pattern[0] == '?') return term.Length > 0 && Wildcard(pattern[1..], term[Width(term)..]);
        if (pattern[0] == '\\' && pattern.Length > 1) pattern = pattern[1..];
        return term.Length > 0 && term[0] == pattern[0] && Wildcard(pattern[1..], term[1..]);
    }

    public static bool Regexp(string pattern, string term) =>
        Regex.IsMatch(
            term,
            $"\\A(?:{pattern.Replace("\\w", "[0-9A-Za-z_]", StringComparison.Ordinal)})\\z",
            RegexOptions.Singleline | RegexOptions.NonBacktracking);

    /// <summary>Edits between two, swaps of neighbours being one; null when there are more than allowed.</summary>
    public static int? Distance(string word, string term, FuzzyQuery query)
    {
        var a = word.EnumerateRunes().ToArray();
        var b = term.EnumerateRunes().ToArray();
        if (query.PrefixLength > a.Length && word != term) return null;
        var prefix = Math.Min(query.PrefixLength, a.Length);
        if (!a.AsSpan(0, prefix).SequenceEqual(b.AsSpan(0, Math.Min(prefix, b.Length)))) return null;
        var edits = query.Edits >= 0 ? query.Edits : a.Length <= 2 ? 0 : a.Length <= 5 ? 1 : 2;
        var distance = NaiveEdits.Between(word, term);
        return distance <= edits ? distance : null;
    }

    private static int Width(string text) => char.IsHighSurrogate(text[0]) ? 2 : 1;
}

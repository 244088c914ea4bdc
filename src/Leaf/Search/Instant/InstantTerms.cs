using System.Text;
using Hedgerow.Leaf.Search.Queries;

namespace Hedgerow.Leaf.Search.Instant;

/// <summary>What to mark in a field: every word that the text found there, typos and all. One thread.</summary>
internal sealed class InstantTerms : IHighlightTerms
{
    private readonly List<(FieldWord Word, Rune[] Near)> _words = [];
    private byte[] _utf8 = [];

    public InstantTerms(InstantPlan plan, int field)
    {
        foreach (var word in plan.Words)
            if (word.Fields[field] is { } sought) _words.Add((sought, [.. sought.Near.EnumerateRunes()]));
    }

    /// <inheritdoc/>
    public bool IsEmpty => _words.Count == 0;

    /// <inheritdoc/>
    public IReadOnlyList<HighlightPhrase> Phrases => [];

    /// <inheritdoc/>
    public int Cost => _words.Count;

    /// <inheritdoc/>
    public bool Matches(ReadOnlySpan<char> term)
    {
        foreach (var (word, near) in _words)
        {
            if (term.SequenceEqual(word.Term)) return true;
            if (word.Prefix is { } prefix && term.StartsWith(prefix, StringComparison.Ordinal)) return true;
            if (word.Edits > 0 && IsNear(term, word, near)) return true;
        }

        return false;
    }

    /// <summary>Most terms are told apart by their length or first letter.</summary>
    private bool IsNear(ReadOnlySpan<char> term, FieldWord word, Rune[] near)
    {
        if (word.Edits < TermMatch.FirstLetterTypos && term[0] != word.Near[0]) return false;
        if (term.Length < near.Length - word.Edits) return false;
        if (word.Prefix is null && term.Length > 2 * (near.Length + word.Edits)) return false;
        var bound = Encoding.UTF8.GetMaxByteCount(term.Length);
        if (_utf8.Length < bound) _utf8 = new byte[bound];
        var utf8 = _utf8.AsSpan(0, Encoding.UTF8.GetBytes(term, _utf8));
        var typos = EditDistance.Within(near, utf8, 0, word.Prefix is not null, TermMatch.FirstLetterTypos);
        return typos <= word.Edits;
    }
}

using System.Text;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Instant;

/// <summary>A word as it is sought in one field.</summary>
/// <param name="Term">What the analyzer makes of it.</param>
/// <param name="Prefix">How terms begin that it may become; null where it is whole.</param>
/// <param name="Edits">Typos that are allowed, 0 to 2.</param>
internal sealed record FieldWord(string Term, string? Prefix, int Edits)
{
    /// <summary>What a typo is counted from.</summary>
    public string Near => Prefix ?? Term;
}

/// <summary>
/// The documents of a segment's field that have a word: without a typo, or with one or two. Immutable; shared by
/// searches through <see cref="MatchCache"/>.
/// </summary>
/// <param name="Documents">By typos; of one without, only [0] is filled, of one with, only [1] and [2].</param>
/// <param name="Whole">Those that have the term itself.</param>
/// <param name="Terms">Ordinals of the terms, as ranges that do not overlap in order.</param>
internal sealed record TermMatch(DocumentSet[] Documents, DocumentSet Whole, (int Low, int High)[] Terms)
{
    /// <summary>What a typo in the first letter counts.</summary>
    public const int FirstLetterTypos = 2;

    private const int ObjectBytes = 200;

    /// <summary>Memory held, about.</summary>
    public long Bytes => ObjectBytes + Documents.Sum(set => set.Bytes) + Whole.Bytes + (Terms.Length * 8L);

    /// <summary>The word as it is, and what begins with it. Of no use when the budget has run out.</summary>
    public static TermMatch Plain(SegmentField field, FieldWord word, int documents, SearchBudget budget)
    {
        var terms = field.Terms!;
        var whole = new PostingsUnion(field, documents, budget);
        var ranges = new List<(int, int)>(2);
        if (terms.TryFind(Encoding.UTF8.GetBytes(word.Term), out var entry))
        {
            whole.Add(entry);
            ranges.Add((entry.Ordinal, entry.Ordinal + 1));
        }

        var exact = DocumentSet.Of(whole.Words);
        if (word.Prefix is null)
            return new TermMatch([exact, DocumentSet.Empty, DocumentSet.Empty], exact, [.. ranges]);
        var prefix = Encoding.UTF8.GetBytes(word.Prefix);
        var all = new PostingsUnion(field, documents, budget);
        if (ranges.Count > 0) all.Add(entry);
        var cursor = terms.Cursor();
        var first = -1;
        for (var has = cursor.Seek(prefix); has && cursor.Term.StartsWith(prefix); has = cursor.MoveNext())
        {
            if (first < 0) first = cursor.Entry.Ordinal;
            if (!all.Add(cursor.Entry)) break;
            if (cursor.Entry.Ordinal % TermDictionary.BlockTerms == 0 && !budget.Spend()) break;
        }

        if (first >= 0) ranges.Add((first, LastOf(cursor, prefix) + 1));
        return new TermMatch([DocumentSet.Of(all.Words), DocumentSet.Empty, DocumentSet.Empty], exact, Joined(ranges));
    }

    /// <summary>What is so many typos off the word, or begins so, and is not it. Of no use without budget.</summary>
    public static TermMatch Mistyped(SegmentField field, FieldWord word, int documents, SearchBudget budget)
    {
        var unions = new PostingsUnion[FuzzyQuery.EditsMax + 1];
        for (var i = 1; i < unions.Length; i++) unions[i] = new PostingsUnion(field, documents, budget);
        Rune[] runes = [.. word.Near.EnumerateRunes()];
        var isPrefix = word.Prefix is not null;
        var automaton = EditDistance.Automaton(runes, word.Edits, 0, isPrefix, FirstLetterTypos);
        var ranges = new List<(int Low, int High)>();
        var walk = new TermWalk(field.Terms!, automaton, budget);
        while (walk.MoveNext())
        {
            var typos = EditDistance.Within(runes, walk.Term, 0, isPrefix, FirstLetterTypos);
            if (typos is 0 or > FuzzyQuery.EditsMax) continue;
            if (!unions[typos].Add(walk.Entry)) break;
            ranges.Add((walk.Entry.Ordinal, walk.Entry.Ordinal + 1));
        }

        return new TermMatch(
            [DocumentSet.Empty, DocumentSet.Of(unions[1].Words), DocumentSet.Of(unions[2].Words)], DocumentSet.Empty,
            Joined(ranges));
    }

    private static int LastOf(TermCursor cursor, byte[] prefix) =>
        cursor.Term.StartsWith(prefix) ? cursor.Entry.Ordinal : cursor.Entry.Ordinal - 1;

    private static (int Low, int High)[] Joined(List<(int Low, int High)> ranges)
    {
        ranges.Sort();
        var joined = new List<(int Low, int High)>();
        foreach (var range in ranges)
        {
            if (joined.Count > 0 && joined[^1].High >= range.Low)
                joined[^1] = (joined[^1].Low, Math.Max(joined[^1].High, range.High));
            else joined.Add(range);
        }

        return [.. joined];
    }
}

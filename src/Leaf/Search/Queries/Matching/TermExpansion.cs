using System.Text;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// Which terms of a text field a misspelt or unfinished word stands for: the best few of the whole collection. One
/// search; one thread.
/// </summary>
/// <remarks>
/// <para>Terms are ordered by what they are and not by how often they occur: near a word by their similarity, one less
/// the edits by the length of the shorter of both, as Lucene ranks them; behind a beginning, and among equals, by their
/// bytes. So the best k of a collection are among the best k of each shard that has them: a shard reports its best k
/// with the documents that have them, the sums of those rows hold the best k of all with exact counts, and every shard
/// chooses the same ones from the sums. A row of another clause can't disturb: it is a term of the collection, which is
/// a candidate as every other. Terms that only deleted documents have are none.</para>
/// <para>Memory is that of k terms, however many there are to choose from.</para>
/// </remarks>
internal sealed class TermExpansion
{
    private readonly TermAutomaton? _automaton;
    private readonly Rune[] _word;
    private readonly byte[] _prefix;

    private TermExpansion(TermAutomaton? automaton, Rune[] word, byte[] prefix, int most)
    {
        _automaton = automaton;
        _word = word;
        _prefix = prefix;
        Most = most;
    }

    /// <summary>How many it chooses.</summary>
    public int Most { get; }

    /// <summary>Terms at most so many edits from a word.</summary>
    public static TermExpansion Near(Rune[] word, int edits, int prefixLength, int most) =>
        new(EditDistance.Automaton(word, edits, prefixLength), word, [], most);

    /// <summary>Terms that begin so.</summary>
    public static TermExpansion Behind(byte[] prefix, int most) => new(null, [], prefix, most);

    /// <summary>Chooses from the sums over all shards.</summary>
    public ExpandedTerm[] Choose(IEnumerable<TermFrequency> rows)
    {
        var best = new Best(Most);
        foreach (var row in rows)
        {
            var utf8 = Encoding.UTF8.GetBytes(row.Term);
            if (row.Documents > 0 && Accepts(utf8) && Ranked(utf8) is { } term) best.Add(term);
        }

        return best.Terms();
    }

    /// <summary>Chooses from the terms of a snapshot.</summary>
    public ExpandedTerm[] Choose(string field, IndexSnapshot snapshot, QueryStatistics statistics, SearchBudget budget)
    {
        var best = new Best(Most);
        foreach (var view in snapshot.Views)
        {
            if (view.LiveCount == 0 || view.Segment.Field(field, FieldType.Text)?.Terms is not { } terms) continue;
            if (_automaton is null) TakeBehind(terms);
            else TakeNear(terms);
        }

        return best.Terms();

        void TakeBehind(TermDictionary terms)
        {
            var cursor = terms.Cursor();
            for (var more = cursor.Seek(_prefix); more && cursor.Term.StartsWith(_prefix); more = cursor.MoveNext())
                if (!budget.Spend() || !Take(cursor.Term)) return;
        }

        void TakeNear(TermDictionary terms)
        {
            var walk = new TermWalk(terms, _automaton!, budget);
            while (walk.MoveNext() && budget.Status == StatusCode.Ok) Take(walk.Term);
        }

        bool Take(ReadOnlySpan<byte> utf8)
        {
            if (Ranked(utf8) is not { } term) return true;
            if (!best.Takes(term)) return false;
            if (statistics.Documents(field, term.Text) > 0) best.Add(term);
            return true;
        }
    }

    private bool Accepts(ReadOnlySpan<byte> term) => _automaton?.Matches(term) ?? term.StartsWith(_prefix);

    /// <summary>An accepted term with what it is ordered by; null where nothing of the word is left in it.</summary>
    private ExpandedTerm? Ranked(ReadOnlySpan<byte> term)
    {
        if (_automaton is null) return new ExpandedTerm(term.ToArray(), 0, 1);
        var characters = 0;
        foreach (var value in term) characters += (value & 0xC0) != 0x80 ? 1 : 0;
        var shorter = Math.Min(characters, _word.Length);
        var edits = EditDistance.Between(_word, term);
        return edits == 0 || edits < shorter ? new ExpandedTerm(term.ToArray(), edits, Math.Max(1, shorter)) : null;
    }

    /// <summary>The best so far, each once.</summary>
    private sealed class Best(int most)
    {
        private readonly SortedSet<ExpandedTerm> _terms = new(ExpandedTerm.BestFirst);

        /// <summary>Whether there is room, or a worse one.</summary>
        public bool Takes(ExpandedTerm term) =>
            _terms.Count < most || ExpandedTerm.BestFirst.Compare(term, _terms.Max!) <= 0;

        public void Add(ExpandedTerm term)
        {
            if (Takes(term) && _terms.Add(term) && _terms.Count > most) _terms.Remove(_terms.Max!);
        }

        public ExpandedTerm[] Terms() => [.. _terms];
    }
}

/// <summary>One term that a word stands for.</summary>
/// <param name="utf8">The term.</param>
/// <param name="edits">How far it is from the word.</param>
/// <param name="characters">Of the shorter of both.</param>
internal sealed class ExpandedTerm(byte[] utf8, int edits, int characters)
{
    private string? _text;

    /// <summary>The most similar first, then by bytes.</summary>
    public static IComparer<ExpandedTerm> BestFirst { get; } = Comparer<ExpandedTerm>.Create(Compare);

    /// <summary>The term.</summary>
    public string Text => _text ??= Encoding.UTF8.GetString(Utf8);

    /// <summary>How much it is worth beside the word itself: above 0, at most 1.</summary>
    public float Similarity => 1 - ((float)Edits / Characters);

    private byte[] Utf8 { get; } = utf8;

    private int Edits { get; } = edits;

    private int Characters { get; } = characters;

    private static int Compare(ExpandedTerm one, ExpandedTerm other)
    {
        var order = ((long)one.Edits * other.Characters).CompareTo((long)other.Edits * one.Characters);
        return order != 0 ? order : one.Utf8.AsSpan().SequenceCompareTo(other.Utf8);
    }
}

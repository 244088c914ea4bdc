using System.Runtime.InteropServices;
using System.Text;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// The statistics that one query's scores are made of. Rows that were not given are counted here, so that a leaf can
/// also answer alone. One search.
/// </summary>
internal sealed class QueryStatistics
{
    /// <summary>Most entries that are kept; more are looked up twice.</summary>
    private const int FoundMax = 32;

    /// <summary>Rows of given statistics that cost about as much to look at as a block of postings.</summary>
    private const int RowsPerBlock = 64;

    private readonly IndexSnapshot _snapshot;
    private readonly SearchBudget _budget;
    private readonly Dictionary<string, FieldStatistics> _fields = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Field, string Term), long> _terms = [];
    private readonly Dictionary<string, float[]> _inverses = new(StringComparer.Ordinal);
    private readonly List<(SegmentField Field, string Term, TermEntry Entry)> _found = [];
    private readonly Dictionary<(string Field, TermExpansion Expansion), ExpandedTerm[]> _expanded = [];
    private readonly TermStatistics? _given;
    private ILookup<string, TermFrequency>? _givenRows;

    /// <param name="snapshot">Where to count.</param>
    /// <param name="budget">What counting spends.</param>
    /// <param name="given">The sum over all shards; null counts all here.</param>
    public QueryStatistics(IndexSnapshot snapshot, SearchBudget budget, TermStatistics? given)
    {
        _snapshot = snapshot;
        _budget = budget;
        _given = given;
        if (given is null) return;
        foreach (var field in given.Fields) _fields[field.Field] = field;
        foreach (var term in given.Terms) _terms[(term.Field, term.Term)] = term.Documents;
    }

    /// <summary>Length factors of a field.</summary>
    public float[] Inverses(string field)
    {
        if (_inverses.TryGetValue(field, out var inverses)) return inverses;
        var statistics = Field(field);
        inverses = Bm25.Inverses(statistics.Documents, statistics.Tokens);
        _inverses.Add(field, inverses);
        return inverses;
    }

    /// <summary>Totals of a text field over live documents.</summary>
    public FieldStatistics Field(string name)
    {
        if (_fields.TryGetValue(name, out var statistics)) return statistics;
        long documents = 0, tokens = 0;
        foreach (var view in _snapshot.Views)
        {
            if (view.Segment.Field(name, FieldType.Text) is not { } field) continue;
            var totals = view.Totals(field);
            documents += totals.Documents;
            tokens += totals.Tokens;
        }

        return _fields[name] = new FieldStatistics(name, documents, tokens);
    }

    /// <summary>Live documents that have a term.</summary>
    public long Documents(string field, string term)
    {
        if (_terms.TryGetValue((field, term), out var documents)) return documents;
        var utf8 = Encoding.UTF8.GetBytes(term);
        foreach (var view in _snapshot.Views) documents += LiveDocuments(view, field, term, utf8);
        _terms[(field, term)] = documents;
        return documents;
    }

    /// <summary>Finds a term in a segment; one that was counted there is not looked up again.</summary>
    /// <param name="field">The segment's field.</param>
    /// <param name="term">The same string as when it was counted.</param>
    /// <param name="utf8">Its bytes.</param>
    /// <param name="entry">Its postings.</param>
    public bool TryFind(SegmentField field, string term, ReadOnlySpan<byte> utf8, out TermEntry entry)
    {
        foreach (ref readonly var found in CollectionsMarshal.AsSpan(_found))
        {
            if (!ReferenceEquals(found.Field, field) || !ReferenceEquals(found.Term, term)) continue;
            entry = found.Entry;
            return true;
        }

        entry = default;
        if (field.Terms is not { } terms || !terms.TryFind(utf8, out entry)) return false;
        if (_found.Count < FoundMax) _found.Add((field, term, entry));
        return true;
    }

    /// <summary>The terms that a word stands for in the whole collection.</summary>
    public ExpandedTerm[] Expand(string field, TermExpansion expansion)
    {
        if (_expanded.TryGetValue((field, expansion), out var terms)) return terms;
        terms = _given is null
            ? expansion.Choose(field, _snapshot, this, _budget)
            : expansion.Choose(Given(field));
        return _expanded[(field, expansion)] = terms;
    }

    /// <summary>All that the scores of these clauses depend on, each row once.</summary>
    public TermStatistics Report(IReadOnlyList<IBoundWeight> bound)
    {
        var rows = new StatisticsRows(this);
        foreach (var weight in bound) weight.Count(rows);
        return new TermStatistics { Documents = _snapshot.LiveCount, Fields = rows.Fields, Terms = rows.Terms };
    }

    /// <summary>The rows of a field, paid for as blocks of postings are.</summary>
    private IEnumerable<TermFrequency> Given(string field)
    {
        _givenRows ??= _given!.Terms.ToLookup(row => row.Field, StringComparer.Ordinal);
        var passed = 0;
        foreach (var row in _givenRows[field])
        {
            if (passed++ % RowsPerBlock == 0 && !_budget.Spend()) yield break;
            yield return row;
        }
    }

    /// <summary>
    /// Documents of a term less its deleted ones, which are found by letting its postings and the deleted documents
    /// leap over each other: the rarer of the two sets the cost.
    /// </summary>
    private long LiveDocuments(SegmentView view, string name, string term, byte[] utf8)
    {
        var field = view.Segment.Field(name, FieldType.Text);
        if (field is null || !TryFind(field, term, utf8, out var entry)) return 0;
        return Live(view, field, entry, _budget);
    }

    /// <summary>The same of a term that was found.</summary>
    public static long Live(SegmentView view, SegmentField field, in TermEntry entry, SearchBudget budget)
    {
        if (view.Dead is not { } dead) return entry.Documents;
        var documents = entry.Documents;
        var postings = field.Postings(entry, budget);
        for (var document = BitWords.Next(dead, 0); document != PostingsCursor.End;)
        {
            var found = postings.Document < document ? postings.Advance(document) : postings.Document;
            if (found == PostingsCursor.End) break;
            if (found == document) documents--;
            document = BitWords.Next(dead, found == document ? document + 1 : found);
        }

        return documents;
    }
}

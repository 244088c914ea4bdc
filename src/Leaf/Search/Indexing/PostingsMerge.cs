using System.Runtime.InteropServices;
using Hedgerow.Leaf.Search.Queries;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>Merges the postings of one term after another from the sources that have it. One thread; reused.</summary>
internal sealed class PostingsMerge
{
    /// <summary>Behind every document.</summary>
    private const int NoDocument = int.MaxValue;

    private readonly SegmentField?[] _fields;
    private readonly int[][] _maps;
    private readonly int[] _standing;
    private readonly byte[] _norms;
    private readonly PostingsShape _shape;
    private readonly SegmentWriter _writer;
    private readonly SearchBudget _budget;
    private readonly PostingsCursor?[] _cursors;
    private readonly ByteSink _term = new();
    private readonly List<(int Source, int Ordinal)> _taken = [];
    private int[] _zeros = [];

    /// <param name="fields">The field in each source; null where it is not.</param>
    /// <param name="maps">New numbers by source and document.</param>
    /// <param name="norms">Length of the field by new number, as <see cref="FieldNorm"/>.</param>
    /// <param name="shape">What postings have.</param>
    /// <param name="writer">Where they go.</param>
    /// <param name="budget">What cursors spend.</param>
    public PostingsMerge(
        SegmentField?[] fields,
        int[][] maps,
        byte[] norms,
        PostingsShape shape,
        SegmentWriter writer,
        SearchBudget budget)
    {
        _fields = fields;
        _maps = maps;
        _standing = new int[fields.Length];
        _norms = norms;
        _shape = shape;
        _writer = writer;
        _budget = budget;
        _cursors = new PostingsCursor?[fields.Length];
    }

    /// <summary>The term that is being merged.</summary>
    public ReadOnlySpan<byte> Term => _term.Written;

    /// <summary>Its sources, and its ordinal in each.</summary>
    public ReadOnlySpan<(int Source, int Ordinal)> Taken => CollectionsMarshal.AsSpan(_taken);

    /// <summary>Begins a term.</summary>
    public void Begin(ReadOnlySpan<byte> term)
    {
        _term.Clear();
        _term.Put(term);
        _taken.Clear();
        _writer.BeginTerm(term, _shape);
    }

    /// <summary>Counts a source in.</summary>
    public void Take(int source, in TermEntry entry)
    {
        _taken.Add((source, entry.Ordinal));
        var field = _fields[source]!;
        if (_cursors[source] is { } cursor) field.Reset(cursor, entry);
        else _cursors[source] = field.Postings(entry, _budget);
    }

    /// <summary>Writes the postings in the order of their new numbers.</summary>
    /// <returns>The term's new ordinal; -1 when no document of it is left.</returns>
    public int End()
    {
        foreach (var (source, _) in Taken) Next(source);
        while (true)
        {
            // The lowest source goes on until the next lowest: often to its end, for neighbours were written together.
            int lowest = NoDocument, second = NoDocument, from = -1;
            foreach (var (source, _) in Taken)
            {
                var document = _standing[source];
                if (document < lowest)
                {
                    second = lowest;
                    lowest = document;
                    from = source;
                }
                else if (document < second)
                {
                    second = document;
                }
            }

            if (from < 0) return _writer.EndTerm();
            WriteUpTo(from, second);
        }
    }

    private void WriteUpTo(int source, int limit)
    {
        var cursor = _cursors[source]!;
        for (var document = _standing[source]; document < limit; document = Next(source))
            _writer.AddPosting(document, _norms[document], Positions(cursor));
    }

    /// <summary>Where the term occurs; as many zeros where only the number is known.</summary>
    private ReadOnlySpan<int> Positions(PostingsCursor cursor)
    {
        if (_shape.Positions) return cursor.Positions();
        if (!_shape.Frequencies) return [];
        if (_zeros.Length < cursor.Frequency) _zeros = new int[2 * cursor.Frequency];
        return _zeros.AsSpan(0, cursor.Frequency);
    }

    /// <summary>Goes to the next document that is not left out.</summary>
    /// <returns>Its new number, or <see cref="NoDocument"/>.</returns>
    private int Next(int source)
    {
        var cursor = _cursors[source]!;
        var map = _maps[source];
        while (cursor.Next() != PostingsCursor.End)
        {
            var document = map[cursor.Document];
            if (document >= 0) return _standing[source] = document;
            _writer.Worked(1);
        }

        return _standing[source] = NoDocument;
    }
}

using System.Runtime.InteropServices;
using Hedgerow.Leaf.Search.Queries;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>Merges the postings of one term after another from the sources that have it. One thread; reused.</summary>
internal sealed class PostingsMerge
{
    private readonly SegmentField?[] _fields;
    private readonly int[][] _maps;
    private readonly int[] _lengths;
    private readonly PostingsShape _shape;
    private readonly SegmentWriter _writer;
    private readonly SearchBudget _budget;
    private readonly PostingsCursor?[] _cursors;
    private readonly ByteSink _term = new();
    private readonly List<(int Source, int Ordinal)> _taken = [];

    /// <param name="fields">The field in each source; null where it is not.</param>
    /// <param name="maps">New numbers by source and document.</param>
    /// <param name="lengths">Length of the field by new number.</param>
    /// <param name="shape">What postings have.</param>
    /// <param name="writer">Where they go.</param>
    /// <param name="budget">What cursors spend.</param>
    public PostingsMerge(
        SegmentField?[] fields,
        int[][] maps,
        int[] lengths,
        PostingsShape shape,
        SegmentWriter writer,
        SearchBudget budget)
    {
        _fields = fields;
        _maps = maps;
        _lengths = lengths;
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
            int lowest = int.MaxValue, from = -1;
            foreach (var (source, _) in Taken)
            {
                if (_cursors[source]!.Document == PostingsCursor.End) continue;
                var document = _maps[source][_cursors[source]!.Document];
                if (document >= lowest) continue;
                lowest = document;
                from = source;
            }

            if (from < 0) return _writer.EndTerm();
            var positions = _shape.Positions ? _cursors[from]!.Positions() : [];
            _writer.AddPosting(lowest, FieldNorm.Encode(_lengths[lowest]), positions);
            Next(from);
        }
    }

    /// <summary>Goes to the next document that is not left out.</summary>
    private void Next(int source)
    {
        var cursor = _cursors[source]!;
        while (cursor.Next() != PostingsCursor.End && _maps[source][cursor.Document] < 0)
        {
        }
    }
}

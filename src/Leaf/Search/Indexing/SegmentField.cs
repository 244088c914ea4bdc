using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Leaf.Search.Suggest;
using Hedgerow.Leaf.Search.Vectors;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>One field of one segment. Immutable; many threads may read, each holding the segment.</summary>
internal sealed unsafe class SegmentField
{
    private readonly byte* _postings;
    private readonly byte* _norms;
    private readonly byte* _lengths;
    private readonly int _lengthWidth;
    private readonly int _documents;

    /// <summary>Reads from a segment's memory.</summary>
    /// <exception cref="IndexCorruptException">Its vectors are not as they should be.</exception>
    public SegmentField(
        string file,
        SegmentFieldTotals totals,
        ushort index,
        byte* start,
        Dictionary<(SectionKind, ushort), Section> sections,
        int documents)
    {
        Totals = totals;
        Index = index;
        _documents = documents;
        Shape = totals.Shape;
        var terms = At(SectionKind.Terms);
        if (terms != null) Terms = new TermDictionary(terms);
        _postings = At(SectionKind.Postings);
        _norms = At(SectionKind.Norms);
        var lengths = At(SectionKind.Lengths);
        if (lengths != null)
        {
            _lengthWidth = *(int*)lengths;
            _lengths = lengths + sizeof(ulong);
        }

        var column = At(SectionKind.Column);
        if (column != null) Column = new ValueColumn(column, documents);
        if (sections.TryGetValue((SectionKind.Vectors, index), out var vectors))
            Vectors = new VectorColumn(file, start + vectors.Offset, vectors.Length);
        if (sections.TryGetValue((SectionKind.VectorGraph, index), out var graph))
            Graph = new HnswGraph(file, start + graph.Offset, graph.Length);
        var points = At(SectionKind.Points);
        if (points != null) Points = new PointTable(points);
        Order = ColumnAt(SectionKind.WordOrder);
        Steps = ColumnAt(SectionKind.WordSteps);
        Weights = ColumnAt(SectionKind.CompletionWeights);
        var completions = At(SectionKind.Completions);
        if (completions != null) Completions = new CompletionTable(completions, Terms!.Count);

        ValueColumn ColumnAt(SectionKind kind)
        {
            var at = At(kind);
            return at == null ? default : new ValueColumn(at, documents);
        }

        byte* At(SectionKind kind) =>
            sections.TryGetValue((kind, index), out var section) ? start + section.Offset : null;
    }

    /// <summary>Its place among the segment's fields.</summary>
    public ushort Index { get; }

    /// <summary>Its name, type and totals, deleted documents included.</summary>
    public SegmentFieldTotals Totals { get; }

    /// <summary>How it was indexed.</summary>
    public FieldType Type => Totals.Type;

    /// <summary>What its postings have.</summary>
    public PostingsShape Shape { get; }

    /// <summary>Its terms; null for numbers and dates, and where no document has a term.</summary>
    public TermDictionary? Terms { get; }

    /// <summary>Its values; empty for text.</summary>
    public ValueColumn Column { get; }

    /// <summary>Its vectors, whose numbers are the values of its column; null for other fields.</summary>
    public VectorColumn? Vectors { get; }

    /// <summary>The graph over them, where they are many.</summary>
    public HnswGraph Graph { get; }

    /// <summary>Its words in order, as ordinals; empty unless it is declared instant.</summary>
    public ValueColumn Order { get; }

    /// <summary>How far each stands from the one before.</summary>
    public ValueColumn Steps { get; }

    /// <summary>Weights of a completion field, beside its column.</summary>
    public ValueColumn Weights { get; }

    /// <summary>Entries of a completion field; null elsewhere.</summary>
    public CompletionTable? Completions { get; }

    /// <summary>The same of a geo point field in their own order; empty for all others.</summary>
    public PointTable Points { get; }

    /// <summary>Length of a text field by document, as <see cref="FieldNorm"/>.</summary>
    public ReadOnlySpan<byte> Norms => new(_norms, _norms == null ? 0 : _documents);

    /// <summary>Tokens of a text field in a document, exactly.</summary>
    public int Length(int document)
    {
        if (_lengths == null) return 0;
        return _lengthWidth switch
        {
            1 => _lengths[document],
            2 => ((ushort*)_lengths)[document],
            _ => ((int*)_lengths)[document],
        };
    }

    /// <summary>A cursor over the postings of a term.</summary>
    public PostingsCursor Postings(in TermEntry entry, SearchBudget budget) =>
        new(_postings + entry.Offset, entry.Documents, Shape, budget);

    /// <summary>Puts a cursor of this field before the postings of another term.</summary>
    public void Reset(PostingsCursor cursor, in TermEntry entry) =>
        cursor.Reset(_postings + entry.Offset, entry.Documents);
}

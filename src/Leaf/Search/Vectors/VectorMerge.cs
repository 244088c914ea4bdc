using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Vectors;

/// <summary>The vectors of several segments as those of the one they are merged into.</summary>
internal readonly struct MergedRows(VectorColumn?[] sources, int[] source, int[] ordinal) : IVectorRows
{
    public VectorRow this[int merged] => sources[source[merged]]![ordinal[merged]];
}

/// <summary>
/// Merges the vectors of one field, and makes a graph of them if they are many: that of the largest source, to which
/// the others' are added (as Lucene does). Where too many of its nodes are gone, or no source has one, it is made anew.
/// </summary>
internal sealed class VectorMerge
{
    /// <summary>A graph of which a larger share of nodes is deleted is not carried over.</summary>
    private const double LostShareMax = 0.2;

    private readonly VectorColumn?[] _columns;
    private readonly SegmentField?[] _fields;
    private readonly int[][] _maps;
    private readonly int[] _documents;
    private readonly int[] _source;
    private readonly int[] _ordinal;
    private readonly VectorOptions _options;

    /// <param name="fields">The field in each source; null where it has none.</param>
    /// <param name="maps">For each source the new number of each document, -1 for those left out.</param>
    /// <param name="lengths">1 for each new document that has a vector, else 0.</param>
    public VectorMerge(SegmentField?[] fields, int[][] maps, int[] lengths)
    {
        _fields = fields;
        _columns = [.. fields.Select(field => field?.Vectors)];
        _maps = maps;
        _options = _columns.OfType<VectorColumn>().First().Options;
        Firsts = new int[lengths.Length + 1];
        for (var d = 0; d < lengths.Length; d++) Firsts[d + 1] = Firsts[d] + lengths[d];
        _documents = new int[Firsts[^1]];
        _source = new int[Firsts[^1]];
        _ordinal = new int[Firsts[^1]];
        for (var s = 0; s < _columns.Length; s++)
        {
            for (var i = 0; i < (_columns[s]?.Count ?? 0); i++)
            {
                var document = maps[s][_columns[s]!.Document(i)];
                if (document < 0) continue;
                var merged = Firsts[document];
                (_documents[merged], _source[merged], _ordinal[merged]) = (document, s, i);
            }
        }
    }

    /// <summary>The vector of each document, as boundaries of a value column of vectors' numbers.</summary>
    public int[] Firsts { get; }

    /// <summary>Writes the field.</summary>
    /// <param name="writer">In the field.</param>
    /// <param name="graphFrom">Vectors from which on there is a graph.</param>
    /// <param name="pace">Breathes while the graph is built.</param>
    public void Write(SegmentWriter writer, int graphFrom, MergePace pace)
    {
        writer.WriteColumn(Firsts, Numbers(_documents.Length));
        var rows = new MergedRows(_columns, _source, _ordinal);
        writer.WriteVectors(_options, _documents, Floats);
        if (!_options.Indexed || _documents.Length < graphFrom) return;
        var builder = Begin(rows, pace);
        writer.WriteGraph(builder.Build());
        GC.KeepAlive(builder);
    }

    /// <summary>0, 1, 2 and so on: what the value column of a field of vectors holds.</summary>
    public static long[] Numbers(int count)
    {
        var numbers = new long[count];
        for (var i = 0; i < count; i++) numbers[i] = i;
        return numbers;
    }

    private unsafe ReadOnlySpan<float> Floats(int merged) =>
        new((float*)_columns[_source[merged]]![_ordinal[merged]].Floats, _options.Dims);

    private HnswBuilder<MergedRows> Begin(MergedRows rows, MergePace pace)
    {
        var best = -1;
        for (var s = 0; s < _fields.Length; s++)
        {
            if (_fields[s] is not { Graph.IsNone: false } field) continue;
            if (best < 0 || field.Vectors!.Count > _fields[best]!.Vectors!.Count) best = s;
        }

        var nodes = _documents.Length;
        if (best < 0) return new HnswBuilder<MergedRows>(_options, rows, nodes, null, pace);
        var column = _columns[best]!;
        var map = new int[column.Count];
        var lost = 0;
        for (var i = 0; i < map.Length; i++)
        {
            var document = _maps[best][column.Document(i)];
            map[i] = document < 0 ? -1 : Firsts[document];
            if (document < 0) lost++;
        }

        if (lost > map.Length * LostShareMax)
            return new HnswBuilder<MergedRows>(_options, rows, nodes, null, pace);
        var graph = _fields[best]!.Graph;
        var levels = HnswBuilder<MergedRows>.LevelsOf(graph, map, nodes);
        var builder = new HnswBuilder<MergedRows>(_options, rows, nodes, levels, pace);
        builder.Adopt(graph, map);
        return builder;
    }
}

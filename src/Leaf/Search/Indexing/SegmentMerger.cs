using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Leaf.Search.Vectors;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>One input of a merge.</summary>
/// <param name="Segment">The segment; the caller holds it.</param>
/// <param name="Drop">Documents to leave out; null for none.</param>
internal sealed record MergeSource(Segment Segment, ulong[]? Drop);

/// <summary>
/// Writes one segment of several: documents in path order, each term's postings dealt into the new numbers. Every old
/// number maps to a new one in rising order, so all is merging of sorted streams and nothing is sorted. One thread.
/// </summary>
internal sealed class SegmentMerger
{
    private readonly IReadOnlyList<MergeSource> _sources;
    private readonly SegmentWriter _writer;
    private readonly MergePace _pace;
    private readonly SearchBudget _budget = SearchBudget.Unlimited();
    private readonly int[][] _maps;

    private SegmentMerger(IReadOnlyList<MergeSource> sources, SegmentWriter writer, MergePace pace, LentArrays lent)
    {
        _sources = sources;
        _writer = writer;
        _pace = pace;
        _maps = [.. sources.Select(s => lent.Take<int>(s.Segment.DocumentCount))];
    }

    /// <summary>Vectors of a field from which on the segment gets a graph; never where it is soon written again.
    /// </summary>
    private int GraphFrom { get; init; }

    /// <summary>Merges; a single image without deletes and tombstones is copied.</summary>
    /// <param name="output">Taken over.</param>
    /// <param name="compress">Whether stored JSON is compressed.</param>
    /// <param name="sources">No path lives in two of them.</param>
    /// <param name="tombstonesFrom">Tombstones of lower versions are forgotten.</param>
    /// <param name="graphFrom">Vectors of a field from which on it gets a graph.</param>
    /// <param name="pace">Breathes often; when it ends the merge, what was written is removed.</param>
    /// <param name="lent">Lends what is returned.</param>
    /// <exception cref="IndexCorruptException">A file is no longer what was written.</exception>
    /// <returns>For each source the new number of each document, -1 for those left out.</returns>
    public static int[][] Merge(
        IndexOutput output,
        bool compress,
        IReadOnlyList<MergeSource> sources,
        ulong tombstonesFrom,
        int graphFrom,
        MergePace pace,
        LentArrays lent)
    {
        using var writer = new SegmentWriter(output, compress, pace);
        // What is cancelled before it begins is not begun, however small.
        pace.Breathe();
        foreach (var source in sources)
        {
            // What was damaged since it was opened must not get a new checksum.
            if (source.Segment.IsFlushed) source.Segment.Verify(pace);
        }

        if (sources is [{ Drop: null, Segment: { IsFlushed: false, Tombstones.Count: 0 } } image]
            && !Array.Exists(image.Segment.Fields, field => field.Vectors?.Count >= graphFrom))
        {
            writer.Copy(image.Segment);
            return [[.. Enumerable.Range(0, image.Segment.DocumentCount)]];
        }

        var merger = new SegmentMerger(sources, writer, pace, lent) { GraphFrom = graphFrom };
        merger.MergeDocuments();
        merger.MergeTombstones(tombstonesFrom);
        writer.EndDocuments();
        foreach (var field in sources.SelectMany(s => s.Segment.Fields.Select(f => f.Totals))
            .DistinctBy(f => (f.Name, f.Type)))
        {
            merger.MergeField(field);
        }

        writer.Finish();
        return merger._maps;
    }

    private void MergeDocuments()
    {
        var cursors = _sources.Select(s => s.Segment.Paths.CursorAt(0)).ToArray();
        var readers = _sources.Select(s => new StoredReader(s.Segment.Stored)).ToArray();
        var heap = new SourceHeap((a, b) => cursors[a].Path.SequenceCompareTo(cursors[b].Path));
        for (var s = 0; s < cursors.Length; s++)
            if (MoveToKept(s)) heap.Push(s);
        while (heap.Count > 0)
        {
            var s = heap.Top;
            var number = cursors[s].Number;
            _maps[s][number] = _writer.Documents;
            _writer.AddDocument(cursors[s].Path, _sources[s].Segment.Version(number), readers[s].Read(number));
            heap.Moved(ended: !MoveToKept(s));
        }

        foreach (var reader in readers) reader.Release();

        bool MoveToKept(int s)
        {
            while (cursors[s].MoveNext())
            {
                if (!BitWords.Has(_sources[s].Drop, cursors[s].Number)) return true;
                _maps[s][cursors[s].Number] = -1;
                _writer.Worked(1);
            }

            return false;
        }
    }

    private void MergeTombstones(ulong from)
    {
        var cursors = _sources.Select(s => s.Segment.Tombstones.CursorAt(0)).ToArray();
        var heap = new SourceHeap((a, b) => cursors[a].Path.SequenceCompareTo(cursors[b].Path));
        for (var s = 0; s < cursors.Length; s++)
            if (cursors[s].MoveNext()) heap.Push(s);
        while (heap.Count > 0)
        {
            var path = cursors[heap.Top].Path.ToArray();
            ulong version = 0;
            while (heap.Count > 0 && cursors[heap.Top].Path.SequenceEqual(path))
            {
                var s = heap.Top;
                version = Math.Max(version, _sources[s].Segment.TombstoneVersion(cursors[s].Number));
                heap.Moved(ended: !cursors[s].MoveNext());
            }

            if (version >= from) _writer.AddTombstone(path, version);
        }
    }

    private void MergeField(SegmentFieldTotals totals)
    {
        using var lent = new LentArrays();
        var (name, type) = (totals.Name, totals.Type);
        var fields = _sources.Select(s => s.Segment.Field(name, type)).ToArray();
        var lengths = lent.Take<int>(_writer.Documents).AsSpan(0, _writer.Documents);
        long documents = 0, tokens = 0;
        for (var s = 0; s < fields.Length; s++)
        {
            if (fields[s] is not { } field) continue;
            var map = MapOf(s);
            for (var d = 0; d < map.Length; d++)
            {
                _writer.Worked(1);
                if (map[d] < 0) continue;
                var length = type == FieldType.Text ? field.Length(d) : field.Column.Count(d);
                lengths[map[d]] = length;
                tokens += length;
                if (length > 0) documents++;
            }
        }

        if (documents == 0) return;
        _writer.BeginField(totals with { Documents = documents, Tokens = type == FieldType.Text ? tokens : 0 });
        var ordinals = type is FieldType.Text or FieldType.Keyword or FieldType.Completion
            ? MergeTerms(fields, lengths, totals.Shape, lent)
            : null;
        if (type == FieldType.Text) _writer.WriteLengths(lengths);
        if (type == FieldType.Completion)
        {
            var firsts = Deal(fields, ordinals, static f => f.Column, lent, out var texts);
            Deal(fields, null, static f => f.Weights, lent, out var weights);
            _writer.WriteCompletions(firsts, texts, weights);
        }
        else if (type == FieldType.DenseVector)
        {
            new VectorMerge(fields, _maps, lengths.ToArray()).Write(_writer, GraphFrom, _pace);
        }
        else if (type != FieldType.Text)
        {
            MergeColumn(fields, ordinals, static f => f.Column, SectionKind.Column, lent);
        }
        else if (fields.Any(f => f is { Order.IsEmpty: false }))
        {
            MergeColumn(fields, ordinals, static f => f.Order, SectionKind.WordOrder, lent);
            MergeColumn(fields, null, static f => f.Steps, SectionKind.WordSteps, lent);
        }
    }

    /// <summary>Merges terms and postings.</summary>
    /// <returns>For each source the new ordinal of each of its terms.</returns>
    private int[][] MergeTerms(
        SegmentField?[] fields, ReadOnlySpan<int> lengths, PostingsShape shape, LentArrays lent)
    {
        var merge = new PostingsMerge(fields, _maps, Norms(lengths, shape, lent), shape, _writer, _budget);
        var cursors = fields.Select(f => f?.Terms?.Cursor()).ToArray();
        var ordinals = fields.Select(f => lent.Take<int>(f?.Terms?.Count ?? 0)).ToArray();
        var heap = new SourceHeap((a, b) => cursors[a]!.Term.SequenceCompareTo(cursors[b]!.Term));
        for (var s = 0; s < cursors.Length; s++)
            if (cursors[s] is { } cursor && cursor.MoveNext()) heap.Push(s);
        while (heap.Count > 0)
        {
            merge.Begin(cursors[heap.Top]!.Term);
            do
            {
                var s = heap.Top;
                merge.Take(s, cursors[s]!.Entry);
                heap.Moved(ended: !cursors[s]!.MoveNext());
            }
            while (heap.Count > 0 && cursors[heap.Top]!.Term.SequenceEqual(merge.Term));

            var ordinal = merge.End();
            foreach (var (s, old) in merge.Taken) ordinals[s][old] = ordinal;
        }

        _writer.EndTerms();
        return ordinals;
    }

    /// <summary>The new number of each document of a source.</summary>
    private ReadOnlySpan<int> MapOf(int source) => _maps[source].AsSpan(0, _sources[source].Segment.DocumentCount);

    private byte[] Norms(ReadOnlySpan<int> lengths, PostingsShape shape, LentArrays lent)
    {
        var norms = lent.Take<byte>(lengths.Length);
        if (!shape.Frequencies) return norms;
        for (var d = 0; d < lengths.Length; d++)
        {
            norms[d] = FieldNorm.Encode(lengths[d]);
            _writer.Worked(1);
        }

        return norms;
    }

    private void MergeColumn(
        SegmentField?[] fields, int[][]? ordinals, Func<SegmentField, ValueColumn> of, SectionKind kind,
        LentArrays lent)
    {
        var firsts = Deal(fields, ordinals, of, lent, out var values);
        _writer.WriteColumn(firsts, values, kind);
    }

    /// <summary>The values of a column under the new numbers of documents and terms.</summary>
    /// <returns>Where each document's begin, and where the last one's end.</returns>
    private ReadOnlySpan<int> Deal(
        SegmentField?[] fields, int[][]? ordinals, Func<SegmentField, ValueColumn> of, LentArrays lent,
        out ReadOnlySpan<long> values)
    {
        var firsts = lent.Take<int>(_writer.Documents + 1).AsSpan(0, _writer.Documents + 1);
        for (var s = 0; s < fields.Length; s++)
        {
            if (fields[s] is not { } field) continue;
            var column = of(field);
            var map = MapOf(s);
            for (var d = 0; d < map.Length; d++)
            {
                _writer.Worked(1);
                if (map[d] >= 0) firsts[map[d] + 1] = column.Count(d);
            }
        }

        for (var d = 1; d < firsts.Length; d++) firsts[d] += firsts[d - 1];
        var dealt = lent.Take<long>(firsts[^1]).AsSpan(0, firsts[^1]);
        for (var s = 0; s < fields.Length; s++)
        {
            if (fields[s] is not { } field) continue;
            var column = of(field);
            var map = MapOf(s);
            for (var d = 0; d < map.Length; d++)
            {
                if (map[d] < 0) continue;
                var at = firsts[map[d]];
                var count = column.Count(d);
                _writer.Worked(1 + count);
                for (var i = 0; i < count; i++)
                {
                    var value = column[d, i];
                    dealt[at++] = ordinals is null ? value : ordinals[s][value];
                }
            }
        }

        values = dealt;
        return firsts;
    }
}

using System.Runtime.InteropServices;
using System.Text;
using Hedgerow.Leaf.Search.Suggest;
using Hedgerow.Leaf.Search.Vectors;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>
/// Writes one segment front to back in one pass; only tables stay in memory meanwhile. Call in this order: every
/// document by path, every tombstone by path, EndDocuments, then field by field its terms and column, Finish. One
/// thread.
/// </summary>
internal sealed class SegmentWriter : IDisposable
{
    /// <summary>Postings between two looks at the pace: less than a tenth of a millisecond.</summary>
    private const int PostingsPerLook = 2_048;

    /// <summary>What a document, or a term apart from its postings, takes in postings.</summary>
    private const int PostingsPerDocument = 64;
    private const int PostingsPerTerm = 8;
    private const int CopyBytes = 1 << 20;

    private readonly IndexOutput _output;
    private readonly StoredWriter _stored;
    private readonly SegmentTables _tables = SegmentTables.Take();
    private readonly PathTableWriter _paths;
    private readonly PathTableWriter _tombstones;
    private readonly List<ulong> _versions;
    private readonly List<ulong> _tombstoneVersions;
    private readonly List<Section> _sections = [];
    private readonly List<SegmentFieldTotals> _fields = [];
    private readonly TermDictionaryWriter _terms;
    private readonly PostingsWriter _postings;
    private readonly ByteSink _term;
    private readonly ByteSink _bytes;
    private readonly long _storedStart;
    private readonly MergePace _pace;
    private int _worked;
    private bool _isDisposed;
    private long _postingsStart;

    /// <summary>Begins a segment.</summary>
    /// <param name="output">Taken over.</param>
    /// <param name="compress">Whether stored JSON is compressed: not where it is soon written again.</param>
    /// <param name="pace">Breathes often, and may end it.</param>
    public SegmentWriter(IndexOutput output, bool compress, MergePace pace)
    {
        _pace = pace;
        _output = output;
        _output.Pace = pace;
        _paths = _tables.Paths;
        _tombstones = _tables.Tombstones;
        _versions = _tables.Versions;
        _tombstoneVersions = _tables.TombstoneVersions;
        _terms = _tables.Terms;
        _postings = _tables.Postings;
        _term = _tables.Term;
        _bytes = _tables.Bytes;
        _stored = new StoredWriter(compress);
        FileFrame.Begin(output, FileKind.Segment);
        _storedStart = output.Position;
    }

    /// <summary>What it breathes by.</summary>
    public MergePace Pace => _pace;

    /// <summary>Counts work that the writer doesn't see, in postings, and breathes when there was enough of it.
    /// </summary>
    public void Worked(int postings)
    {
        if ((_worked += postings) < PostingsPerLook) return;
        _worked = 0;
        _pace.Breathe();
    }

    /// <summary>Documents so far.</summary>
    public int Documents => _paths.Count;

    /// <summary>Adds a document; its number is the count before.</summary>
    public void AddDocument(ReadOnlySpan<byte> path, ulong version, ReadOnlySpan<byte> json)
    {
        _paths.Add(path);
        _versions.Add(version);
        _stored.Add(_output, _storedStart, json);
        Worked(PostingsPerDocument);
    }

    /// <summary>Adds a tombstone.</summary>
    public void AddTombstone(ReadOnlySpan<byte> path, ulong version)
    {
        _tombstones.Add(path);
        _tombstoneVersions.Add(version);
        Worked(PostingsPerTerm);
    }

    /// <summary>All documents and tombstones are there.</summary>
    public void EndDocuments()
    {
        EndStored();
        var at = Begin();
        _output.Write(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_versions)));
        End(SectionKind.Versions, 0, at);
        at = Begin();
        _paths.Write(_output);
        End(SectionKind.Paths, 0, at);
        at = Begin();
        _tombstones.Write(_output);
        End(SectionKind.TombstonePaths, 0, at);
        at = Begin();
        _output.Write(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_tombstoneVersions)));
        End(SectionKind.TombstoneVersions, 0, at);
    }

    /// <summary>
    /// Writes a whole segment once more, its stored JSON packed anew and everything else byte for byte. Instead of all
    /// other calls.
    /// </summary>
    public void Copy(Segment segment)
    {
        var reader = new StoredReader(segment.Stored);
        for (var document = 0; document < segment.DocumentCount; document++)
        {
            _stored.Add(_output, _storedStart, reader.Read(document));
            Worked(PostingsPerDocument);
        }

        reader.Release();
        EndStored();
        foreach (var section in segment.Sections)
        {
            if (section.Kind is SectionKind.Stored or SectionKind.StoredTable) continue;
            var at = Begin(section.Kind >= SectionKind.Vectors ? VectorColumn.Alignment : sizeof(ulong));
            for (long done = 0; done < section.Length; done += CopyBytes)
                _output.Write(segment.BytesOf(section, done, (int)Math.Min(CopyBytes, section.Length - done)));
            End(section.Kind, section.Field, at);
        }

        FinishTable(segment.DocumentCount);
    }

    /// <summary>Begins a field.</summary>
    public void BeginField(SegmentFieldTotals field)
    {
        _fields.Add(field);
        _terms.Clear();
        _postings.BeginField(field.Documents, field.Tokens);
        _postingsStart = Begin();
    }

    /// <summary>Begins a term above the one before.</summary>
    public void BeginTerm(ReadOnlySpan<byte> term, PostingsShape shape)
    {
        _term.Clear();
        _term.Put(term);
        _postings.Begin(shape);
    }

    /// <summary>Adds a posting: see <see cref="PostingsWriter.Add"/>.</summary>
    public void AddPosting(int document, byte norm, ReadOnlySpan<int> positions)
    {
        _postings.Add(document, norm, positions);
        Worked(1);
    }

    /// <summary>Ends the term; one without postings leaves nothing behind.</summary>
    /// <returns>Its ordinal, or -1.</returns>
    public int EndTerm()
    {
        Worked(PostingsPerTerm);
        if (_postings.Documents == 0) return -1;
        _terms.Add(_term.Written, _postings.Documents, _postings.End(_output));
        return _terms.Count - 1;
    }

    /// <summary>Ends the terms of a text or keyword field.</summary>
    public void EndTerms()
    {
        if (_terms.Count == 0) return;
        End(SectionKind.Postings, FieldIndex, _postingsStart);
        var at = Begin();
        _terms.Write(_output);
        End(SectionKind.Terms, FieldIndex, at);
    }

    /// <summary>Writes a text field's lengths, one per document.</summary>
    public void WriteLengths(ReadOnlySpan<int> lengths)
    {
        var at = Begin();
        var max = 0;
        foreach (var length in lengths)
        {
            _bytes.PutByte(FieldNorm.Encode(length));
            max = Math.Max(max, length);
            Worked(1);
        }

        WriteBytes();
        End(SectionKind.Norms, FieldIndex, at);
        at = Begin();
        var width = max <= byte.MaxValue ? 1 : max <= ushort.MaxValue ? 2 : 4;
        _output.WriteU32((uint)width);
        _output.WriteU32(0);
        foreach (var length in lengths)
        {
            var bits = length;
            _bytes.Put(MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in bits))[..width]);
            Worked(1);
        }

        WriteBytes();
        End(SectionKind.Lengths, FieldIndex, at);
    }

    /// <summary>Writes the field's values: see <see cref="ValueColumn.Write"/>.</summary>
    public void WriteColumn(
        ReadOnlySpan<int> firsts, ReadOnlySpan<long> values, SectionKind kind = SectionKind.Column)
    {
        var at = Begin();
        ValueColumn.Write(_output, firsts, values);
        End(kind, FieldIndex, at);
        if (_fields[^1].Type != FieldType.GeoPoint) return;
        at = Begin();
        PointTable.Write(_output, firsts, values);
        End(SectionKind.Points, FieldIndex, at);
    }

    /// <summary>Writes a completion field's ordinals and weights, and what is found by them.</summary>
    public void WriteCompletions(ReadOnlySpan<int> firsts, ReadOnlySpan<long> ordinals, ReadOnlySpan<long> weights)
    {
        WriteColumn(firsts, ordinals);
        WriteColumn(firsts, weights, SectionKind.CompletionWeights);
        var at = Begin();
        CompletionTable.Write(_output, _terms.Count, firsts, ordinals, weights);
        End(SectionKind.Completions, FieldIndex, at);
    }

    /// <summary>Writes the field's vectors: see <see cref="VectorWriter.Write"/>.</summary>
    public void WriteVectors(VectorOptions options, int[] documents, FloatsOf floats)
    {
        var at = Begin(VectorColumn.Alignment);
        VectorWriter.Write(_output, options, documents, Documents, floats);
        End(SectionKind.Vectors, FieldIndex, at);
    }

    /// <summary>Writes the graph over the field's vectors.</summary>
    public void WriteGraph(HnswGraph graph)
    {
        var at = Begin(VectorColumn.Alignment);
        graph.Write(_output);
        End(SectionKind.VectorGraph, FieldIndex, at);
    }

    /// <summary>Writes the tables and makes the file durable.</summary>
    public void Finish()
    {
        WriteFields();
        FinishTable(Documents);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        _tables.Return();
        _stored.Dispose();
        _output.Dispose();
    }

    private ushort FieldIndex => (ushort)(_fields.Count - 1);

    private void EndStored()
    {
        _stored.End(_output);
        _sections.Add(new Section(SectionKind.Stored, 0, _storedStart, _output.Position - _storedStart));
        var at = Begin();
        _stored.WriteTable(_output);
        End(SectionKind.StoredTable, 0, at);
    }

    private void FinishTable(int documents)
    {
        var table = Begin();
        foreach (var section in _sections)
        {
            _output.WriteU32((uint)section.Kind | ((uint)section.Field << 16));
            _output.WriteU32(0);
            _output.WriteU64((ulong)section.Offset);
            _output.WriteU64((ulong)section.Length);
        }

        _output.WriteU64((ulong)table);
        _output.WriteU32((uint)_sections.Count);
        _output.WriteU32((uint)documents);
        FileFrame.End(_output);
    }

    private void WriteBytes()
    {
        _output.Write(_bytes.Written);
        _bytes.Clear();
    }

    private void WriteFields()
    {
        var at = Begin();
        var sink = new ByteSink();
        sink.PutU32((uint)_fields.Count);
        foreach (var field in _fields)
        {
            var name = Encoding.UTF8.GetBytes(field.Name);
            sink.PutVarint((uint)name.Length);
            sink.Put(name);
            sink.PutByte((byte)((byte)field.Type | (field.Positions ? 0 : SegmentFormat.NoPositionsFlag)));
            sink.PutU64((ulong)field.Documents);
            sink.PutU64((ulong)field.Tokens);
        }

        _output.Write(sink.Written);
        End(SectionKind.Fields, 0, at);
    }

    private long Begin(int multiple = sizeof(ulong))
    {
        _output.Align(multiple);
        return _output.Position;
    }

    private void End(SectionKind kind, ushort field, long start) =>
        _sections.Add(new Section(kind, field, start, _output.Position - start));
}

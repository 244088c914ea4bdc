using System.Runtime.Intrinsics.X86;
using System.Text;
using Hedgerow.Leaf.Search.Instant;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>
/// An immutable segment, open for reading by many threads. Its memory is released when the last reference is: every
/// snapshot holds one, and whoever reads holds a snapshot.
/// </summary>
internal sealed unsafe class Segment
{
    private const int TableRowBytes = 24;
    private const int TrailerBytes = 16;

    private readonly IndexRegion _region;
    private readonly Dictionary<string, SegmentField> _fields = new(StringComparer.Ordinal);
    private readonly ulong* _versions;
    private readonly ulong* _tombstoneVersions;
    private int _references = 1;

    private Segment(long id, bool isFlushed, IndexRegion region)
    {
        Id = id;
        IsFlushed = isFlushed;
        _region = region;
        Matches = new MatchCache(region.Length);
        var trailer = region.Start + region.Length - FileFrame.FooterBytes - TrailerBytes;
        DocumentCount = *(int*)(trailer + 12);
        var sections = ReadTable(region, *(long*)trailer, *(uint*)(trailer + 8));
        Sections = [.. sections.Values.OrderBy(section => section.Offset)];
        Paths = new PathTable(At(sections, SectionKind.Paths));
        Tombstones = new PathTable(At(sections, SectionKind.TombstonePaths));
        _versions = (ulong*)At(sections, SectionKind.Versions);
        _tombstoneVersions = (ulong*)At(sections, SectionKind.TombstoneVersions);
        Stored = new StoredDocuments(
            region.Name, At(sections, SectionKind.Stored), At(sections, SectionKind.StoredTable), DocumentCount);
        if (Paths.Count != DocumentCount)
            throw new IndexCorruptException(region.Name, $"{Paths.Count} paths for {DocumentCount} documents");
        ReadFields(sections);
    }

    /// <summary>Its number; rises with every segment that the index makes.</summary>
    public long Id { get; }

    /// <summary>
    /// Whether it is a file that a manifest may name, or a memory image that a flush has yet to write.
    /// </summary>
    public bool IsFlushed { get; }

    /// <summary>Name of its file.</summary>
    public string Name => _region.Name;

    /// <summary>Bytes of the file.</summary>
    public long Bytes => _region.Length;

    /// <summary>Documents, deleted ones included, numbered from 0 in path order.</summary>
    public int DocumentCount { get; }

    /// <summary>Paths of the documents.</summary>
    public PathTable Paths { get; }

    /// <summary>Paths of the tombstones.</summary>
    public PathTable Tombstones { get; }

    /// <summary>JSON of the documents.</summary>
    public StoredDocuments Stored { get; }

    /// <summary>Its fields in the order they were written.</summary>
    public SegmentField[] Fields { get; private set; } = [];

    /// <summary>Words that were sought in it as somebody typed.</summary>
    public MatchCache Matches { get; }

    /// <summary>Its sections as they lie in the file.</summary>
    public IReadOnlyList<Section> Sections { get; }

    /// <summary>The bytes of a section, of which no more than 2 GiB can be had at once.</summary>
    /// <param name="section">One of <see cref="Sections"/>.</param>
    /// <param name="from">Where to begin.</param>
    /// <param name="length">How many.</param>
    public ReadOnlySpan<byte> BytesOf(in Section section, long from, int length) =>
        new(_region.Start + section.Offset + from, length);

    /// <summary>Reads the whole file and compares it with its checksum.</summary>
    /// <param name="pace">Breathes often.</param>
    /// <exception cref="IndexCorruptException">It is no longer what was written.</exception>
    public void Verify(MergePace pace) => FileFrame.Verify(_region, FileKind.Segment, pace);

    /// <summary>Opens a file whose bytes have the right checksum, and takes the region over.</summary>
    /// <param name="id">Its number.</param>
    /// <param name="isFlushed">See <see cref="IsFlushed"/>.</param>
    /// <param name="region">Its bytes.</param>
    /// <param name="verify">Whether to read it once and compare checksums; not for what was just written.</param>
    /// <exception cref="IndexCorruptException">The bytes are not a whole segment.</exception>
    public static Segment Open(long id, bool isFlushed, IndexRegion region, bool verify)
    {
        try
        {
            if (verify) FileFrame.Verify(region, FileKind.Segment);
            return new Segment(id, isFlushed, region);
        }
        catch (IndexCorruptException)
        {
            region.Dispose();
            throw;
        }
    }

    /// <summary>A field by name and type; null where the segment has none such.</summary>
    public SegmentField? Field(string name, FieldType type) =>
        _fields.TryGetValue(name, out var field) && field.Type == type ? field : null;

    /// <summary>Version of a document.</summary>
    public ulong Version(int document) => _versions[document];

    /// <summary>
    /// Begins to fetch a document's version and where its path is; <see cref="PathTable.FetchBlock"/> then fetches the
    /// path. For documents that are about to be read, so that their misses of the caches overlap.
    /// </summary>
    public void Fetch(int document)
    {
        if (Sse.IsSupported) Sse.Prefetch0(_versions + document);
        Paths.FetchStart(document);
    }

    /// <summary>Version of a tombstone.</summary>
    public ulong TombstoneVersion(int tombstone) => _tombstoneVersions[tombstone];

    /// <summary>Takes another reference; the caller has one already, or the owner's lock.</summary>
    public void AddReference() => Interlocked.Increment(ref _references);

    /// <summary>Gives one back; with the last the memory is unmapped, soon and elsewhere.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0) ReturnedRegions.Add(_region);
    }

    /// <summary>Another has taken its place for good: nobody will open its file again.</summary>
    public void Retire() => _region.Retire();

    private static Dictionary<(SectionKind, ushort), Section> ReadTable(IndexRegion region, long at, uint count)
    {
        var end = region.Length - FileFrame.FooterBytes - TrailerBytes;
        if (at < FileFrame.HeaderBytes || at + (count * (long)TableRowBytes) != end)
            throw new IndexCorruptException(region.Name, "its section table is not where it should be");
        var sections = new Dictionary<(SectionKind, ushort), Section>();
        for (var row = region.Start + at; row < region.Start + end; row += TableRowBytes)
        {
            var section = new Section(
                (SectionKind)(*(ushort*)row), *(ushort*)(row + 2), *(long*)(row + 8), *(long*)(row + 16));
            if (section.Offset < 0 || section.Length < 0 || section.Offset + section.Length > at)
                throw new IndexCorruptException(region.Name, $"section {section.Kind} lies outside of the file");
            sections[(section.Kind, section.Field)] = section;
        }

        return sections;
    }

    private byte* At(Dictionary<(SectionKind, ushort), Section> sections, SectionKind kind) =>
        sections.TryGetValue((kind, 0), out var section)
            ? _region.Start + section.Offset
            : throw new IndexCorruptException(_region.Name, $"it has no section {kind}");

    private void ReadFields(Dictionary<(SectionKind, ushort), Section> sections)
    {
        var at = At(sections, SectionKind.Fields);
        var count = *(uint*)at;
        at += sizeof(uint);
        Fields = new SegmentField[count];
        for (ushort i = 0; i < count; i++)
        {
            var length = (int)Varint.Read(ref at);
            var name = Encoding.UTF8.GetString(at, length);
            at += length;
            var type = (FieldType)(*at & ~SegmentFormat.NoPositionsFlag);
            var positions = (*at++ & SegmentFormat.NoPositionsFlag) == 0;
            var totals = new SegmentFieldTotals(name, type, *(long*)at, *(long*)(at + sizeof(long)), positions);
            at += 2 * sizeof(long);
            Fields[i] = new SegmentField(_region.Name, totals, i, _region.Start, sections, DocumentCount);
            _fields[name] = Fields[i];
        }
    }
}

using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>A segment that the manifest names.</summary>
/// <param name="Id">Number of the segment.</param>
/// <param name="Documents">Documents in it, for comparison.</param>
/// <param name="Generation">Which file of deletes belongs to it; 0 when no document is deleted.</param>
internal sealed record ManifestSegment(long Id, int Documents, long Generation);

/// <summary>
/// The one file that says what an index is: everything it does not name is rubbish. It is replaced as a whole by
/// renaming a finished file over it.
/// </summary>
/// <remarks>
/// Body: position i64, next segment id i64, name of the collection, fields u32 (name, type u8, flags u8: 1
/// without stop words, 2 without positions, 4 without norms; analyzer), segments u32 (id i64, documents u32,
/// generation i64). Texts are a varint of their bytes and UTF-8.
/// </remarks>
internal sealed record Manifest
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "manifest";

    private const byte StopWordsFlag = 1;
    private const byte NoPositionsFlag = 2;
    private const byte NoNormsFlag = 4;
    private const byte InstantFlag = 8;
    private const string NewFileName = "manifest.new";

    /// <summary>Log position up to which every write is in the segments.</summary>
    public required long Position { get; init; }

    /// <summary>Number of the next segment.</summary>
    public required long NextId { get; init; }

    /// <summary>The schema when it was published.</summary>
    public required CollectionSchema Schema { get; init; }

    /// <summary>The segments.</summary>
    public required IReadOnlyList<ManifestSegment> Segments { get; init; }

    /// <summary>Name of a segment's file.</summary>
    public static string SegmentName(long id) => $"segment-{id:D8}";

    /// <summary>Name of a file of deletes.</summary>
    public static string DeletesName(long id, long generation) => $"segment-{id:D8}.deletes-{generation}";

    /// <summary>Writes it beside the published one; nothing has changed yet.</summary>
    public void Write(IndexDirectory directory)
    {
        var body = new ByteSink();
        body.PutU64((ulong)Position);
        body.PutU64((ulong)NextId);
        PutText(body, Schema.Name);
        body.PutU32((uint)Schema.Fields.Count);
        foreach (var field in Schema.Fields)
        {
            PutText(body, field.Name);
            body.PutByte((byte)field.Type);
            body.PutByte(FlagsOf(field));
            PutText(body, field.Analyzer);
            if (field.Vector is { } options) PutOptions(body, options);
        }

        body.PutU32((uint)Segments.Count);
        foreach (var segment in Segments)
        {
            body.PutU64((ulong)segment.Id);
            body.PutU32((uint)segment.Documents);
            body.PutU64((ulong)segment.Generation);
        }

        using var output = directory.Create(NewFileName);
        FileFrame.Begin(output, FileKind.Manifest);
        output.Write(body.Written);
        FileFrame.End(output);
    }

    /// <summary>Publishes the one just written. Durable when this returns.</summary>
    public static void Switch(IndexDirectory directory) => directory.Rename(NewFileName, FileName);

    /// <summary>Reads the published one.</summary>
    /// <exception cref="IndexCorruptException">It is not what was written.</exception>
    public static unsafe Manifest Read(IndexDirectory directory)
    {
        using var region = directory.Open(FileName);
        FileFrame.Verify(region, FileKind.Manifest);
        var at = region.Start + FileFrame.HeaderBytes;
        var position = TakeI64(ref at);
        var nextId = TakeI64(ref at);
        var name = TakeText(ref at);
        var fields = new FieldSchema[TakeI32(ref at)];
        for (var i = 0; i < fields.Length; i++)
        {
            var fieldName = TakeText(ref at);
            var type = (FieldType)(*at++);
            var flags = *at++;
            fields[i] = new FieldSchema
            {
                Name = fieldName,
                Type = type,
                StopWords = (flags & StopWordsFlag) != 0,
                Positions = (flags & NoPositionsFlag) == 0,
                Norms = (flags & NoNormsFlag) == 0,
                Instant = (flags & InstantFlag) != 0,
                Analyzer = TakeText(ref at),
                Vector = type == FieldType.DenseVector ? TakeOptions(ref at) : null,
            };
        }

        var segments = new ManifestSegment[TakeI32(ref at)];
        for (var i = 0; i < segments.Length; i++)
        {
            var id = TakeI64(ref at);
            var documents = TakeI32(ref at);
            segments[i] = new ManifestSegment(id, documents, TakeI64(ref at));
        }

        return new Manifest
        {
            Position = position,
            NextId = nextId,
            Schema = new CollectionSchema { Name = name, Fields = fields },
            Segments = segments,
        };
    }

    private static byte FlagsOf(FieldSchema field) => (byte)((field.StopWords ? StopWordsFlag : 0)
        | (field.Positions ? 0 : NoPositionsFlag) | (field.Norms ? 0 : NoNormsFlag)
        | (field.Instant ? InstantFlag : 0));

    private static void PutOptions(ByteSink sink, VectorOptions options)
    {
        sink.PutU32((uint)options.Dims);
        sink.PutU32((uint)options.M);
        sink.PutU32((uint)options.EfConstruction);
        sink.PutByte((byte)options.Similarity);
        sink.PutByte((byte)options.Quantization);
        sink.PutByte((byte)(options.Indexed ? 1 : 0));
    }

    private static unsafe VectorOptions TakeOptions(ref byte* at) => new()
    {
        Dims = TakeI32(ref at),
        M = TakeI32(ref at),
        EfConstruction = TakeI32(ref at),
        Similarity = (VectorSimilarity)(*at++),
        Quantization = (VectorQuantization)(*at++),
        Indexed = *at++ != 0,
    };

    private static void PutText(ByteSink sink, string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        sink.PutVarint((uint)utf8.Length);
        sink.Put(utf8);
    }

    private static unsafe string TakeText(ref byte* at)
    {
        var length = (int)Varint.Read(ref at);
        var text = Encoding.UTF8.GetString(at, length);
        at += length;
        return text;
    }

    private static unsafe int TakeI32(ref byte* at)
    {
        var value = *(int*)at;
        at += sizeof(int);
        return value;
    }

    private static unsafe long TakeI64(ref byte* at)
    {
        var value = *(long*)at;
        at += sizeof(long);
        return value;
    }
}

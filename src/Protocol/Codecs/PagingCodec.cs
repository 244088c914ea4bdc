using MessagePack;

namespace Hedgerow.Protocol;

/// <summary>
/// What a search says of its page beyond size and from, as one value at its end: a record of its own, whose fields may
/// grow. So does what its hits then carry.
/// </summary>
internal static class PagingCodec
{
    private const int FieldsBytesMax = 16 * 1024 * 1024;

    private static readonly LaterFields<SearchRequest>[] OfRequest =
    [
        new(4, static request => request.After is not null || request.PointInTime is not null, WritePlace),
        new(
            4,
            static request => request.Highlighting.Count > 0 || request.ValueFields.Count > 0 || !request.TrackScores
                || !request.WithVersion,
            WriteParts),
        new(1, static request => request.Collapse is not null, CollapseCodec.WriteOrNil),
    ];

    private static readonly LaterFields<SearchHit>[] OfHit =
    [
        new(1, static hit => !hit.Fields.IsEmpty, static (ref writer, hit) => writer.Write(hit.Fields.Span)),
        new(2, static hit => hit.Group is not null, CollapseCodec.WriteGroup),
    ];

    public static bool IsUsed(SearchRequest request) => Array.Exists(OfRequest, group => group.AreUsed(request));

    public static bool IsUsed(SearchHit hit) => Array.Exists(OfHit, group => group.AreUsed(hit));

    public static void Write(ref MessagePackWriter writer, SearchRequest request)
    {
        var used = LaterFields<SearchRequest>.Begin(ref writer, request, 0, OfRequest);
        LaterFields<SearchRequest>.WriteGroups(ref writer, request, OfRequest, used);
    }

    public static void Write(ref MessagePackWriter writer, SearchHit hit)
    {
        var used = LaterFields<SearchHit>.Begin(ref writer, hit, 0, OfHit);
        LaterFields<SearchHit>.WriteGroups(ref writer, hit, OfHit, used);
    }

    public static SearchRequest Read(ref BodyReader reader, SearchRequest request)
    {
        var fields = reader.BeginRecord("search.paging", 0);
        var known = 0;
        if (fields >= (known += 4)) request = ReadPlace(ref reader, request);
        if (fields >= known + 4)
        {
            known += 4;
            request = request with
            {
                Highlighting = reader.List(
                    "search.highlighting", CollectionSchema.FieldsMax, HighlightCodec.Read),
                ValueFields = reader.Texts(
                    "search.valueFields", CollectionSchema.FieldsMax, MessageLimits.FieldNameBytesMax),
                TrackScores = reader.Boolean("search.trackScores"),
                WithVersion = reader.Boolean("search.withVersion"),
            };
        }

        if (fields >= known + 1)
        {
            known++;
            request = request with { Collapse = CollapseCodec.ReadOrNull(ref reader) };
        }

        reader.EndRecord(fields, Math.Min(fields, known));
        return request;
    }

    public static SearchHit Read(ref BodyReader reader, SearchHit hit)
    {
        var fields = reader.BeginRecord("hit.parts", 0);
        if (fields >= 1) hit = hit with { Fields = Bounded(ref reader) };
        if (fields >= 3) hit = CollapseCodec.ReadGroup(ref reader, hit);
        reader.EndRecord(fields, fields >= 3 ? 3 : Math.Min(fields, 1));
        return hit;
    }

    private static ReadOnlyMemory<byte> Bounded(ref BodyReader reader)
    {
        var json = reader.Bytes("hit.fields");
        if (json.Length > FieldsBytesMax)
            BodyReader.Fail("hit.fields", $"{json.Length} bytes; at most {FieldsBytesMax} are allowed.");
        return json;
    }

    private static SearchRequest ReadPlace(ref BodyReader reader, SearchRequest request)
    {
        var values = reader.TryNil("search.after")
            ? null
            : reader.List("search.after", SortKey.KeysMax, SearchCodec.ReadSortValue);
        var path = reader.TextOrNull("search.afterPath", ProtocolLimits.PathBytesMax);
        return request with
        {
            After = values is null ? null : new SearchAfter(values, path),
            PointInTime = reader.TextOrNull("search.pointInTime", PointInTimeId.CharsMax),
            KeepAlive = reader.TryNil("search.keepAlive")
                ? null
                : PointInTimeCodec.KeepAlive(ref reader, "search.keepAlive"),
        };
    }

    private static void WritePlace(ref MessagePackWriter writer, SearchRequest request)
    {
        if (request.After is { } after)
        {
            writer.WriteArrayHeader(after.Values.Count);
            for (var i = 0; i < after.Values.Count; i++) SearchCodec.WriteSortValue(ref writer, after.Values[i]);
        }
        else
        {
            writer.WriteNil();
        }

        writer.Write(request.After?.Path);
        writer.Write(request.PointInTime);
        if (request.KeepAlive is { } keepAlive) writer.Write((long)keepAlive.TotalMilliseconds);
        else writer.WriteNil();
    }

    private static void WriteParts(ref MessagePackWriter writer, SearchRequest request)
    {
        writer.WriteArrayHeader(request.Highlighting.Count);
        for (var i = 0; i < request.Highlighting.Count; i++)
            HighlightCodec.Write(ref writer, request.Highlighting[i]);
        QueryNodeCodec.WriteTexts(ref writer, request.ValueFields);
        writer.Write(request.TrackScores);
        writer.Write(request.WithVersion);
    }
}

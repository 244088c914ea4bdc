using MessagePack;

namespace Hedgerow.Protocol;

/// <summary>
/// What a search says of its page beyond size and from, as one value at its end: a record of its own, whose fields may
/// grow.
/// </summary>
internal static class PagingCodec
{
    private static readonly LaterFields<SearchRequest>[] Groups =
    [
        new(4, static request => request.After is not null || request.PointInTime is not null, WritePlace),
    ];

    public static bool IsUsed(SearchRequest request) => Array.Exists(Groups, group => group.AreUsed(request));

    public static void Write(ref MessagePackWriter writer, SearchRequest request)
    {
        var used = LaterFields<SearchRequest>.Begin(ref writer, request, 0, Groups);
        LaterFields<SearchRequest>.WriteGroups(ref writer, request, Groups, used);
    }

    public static SearchRequest Read(ref BodyReader reader, SearchRequest request)
    {
        var fields = reader.BeginRecord("search.paging", 0);
        if (fields >= 4)
        {
            var values = reader.TryNil("search.after")
                ? null
                : reader.List("search.after", SortKey.KeysMax, SearchCodec.ReadSortValue);
            var path = reader.TextOrNull("search.afterPath", ProtocolLimits.PathBytesMax);
            request = request with
            {
                After = values is null ? null : new SearchAfter(values, path),
                PointInTime = reader.TextOrNull("search.pointInTime", PointInTimeId.CharsMax),
                KeepAlive = reader.TryNil("search.keepAlive")
                    ? null
                    : PointInTimeCodec.KeepAlive(ref reader, "search.keepAlive"),
            };
        }

        reader.EndRecord(fields, fields >= 4 ? 4 : 0);
        return request;
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
}

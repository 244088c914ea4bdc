using MessagePack;

namespace Hedgerow.Protocol;

/// <summary>
/// What a search lets count and what its <c>now</c> means: an array of the least score and the instant.
/// </summary>
internal static class ScoringCodec
{
    public static bool IsUsed(SearchRequest request) => request.MinScore is not null || request.NowMs is not null;

    public static void Write(ref MessagePackWriter writer, SearchRequest request)
    {
        if (!IsUsed(request))
        {
            writer.WriteNil();
            return;
        }

        writer.WriteArrayHeader(2);
        SearchCodec.WriteOrNil(ref writer, request.MinScore);
        if (request.NowMs is { } now) writer.Write(now);
        else writer.WriteNil();
    }

    public static SearchRequest Read(ref BodyReader reader, SearchRequest request)
    {
        if (reader.TryNil("search.scoring")) return request;
        var fields = reader.BeginRecord("search.scoring", 2);
        request = request with
        {
            MinScore = reader.TryNil("search.minScore") ? null : reader.Double("search.minScore"),
            NowMs = reader.TryNil("search.now") ? null : reader.Int64("search.now", long.MinValue),
        };
        reader.EndRecord(fields, 2);
        return request;
    }
}

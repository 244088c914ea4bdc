using System.Buffers;
using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// The documents that a search names to find others like them, read before it is scattered: each lies in one shard, and
/// every shard has to learn the same words from it.
/// </summary>
internal sealed class LikedDocuments(ManyReads many)
{
    /// <summary>The same search with the documents in it, or the reason why not.</summary>
    public async ValueTask<(SearchRequest? Request, Reply Refusal)> ReadAsync(
        SearchRequest request, long deadlineAt, CancellationToken cancel)
    {
        var paths = new List<string>();
        Collect(request.Query, paths);
        if (paths.Count == 0) return (request, default);
        if (Problem(paths, request.Collection) is { } problem)
            return (null, RouterReply.Error(StatusCode.BadQuery, problem));
        var reply = await many.GetManyAsync(BodyOf(paths), 0, deadlineAt, cancel).ConfigureAwait(false);
        if (reply.Status != StatusCode.Ok) return (null, reply);
        using (reply)
        {
            var documents = new Dictionary<string, string>(StringComparer.Ordinal);
            if (Read(reply, paths, documents) is { } unreadable)
                return (null, RouterReply.Error(StatusCode.Unavailable, unreadable));
            var bytes = documents.Values.Sum(Encoding.UTF8.GetByteCount);
            return bytes <= MoreLikeThisQuery.DocumentBytesMax
                ? (request with { Query = With(request.Query, documents) }, default)
                : (null, RouterReply.Error(StatusCode.BadQuery, TooLarge(bytes)));
        }
    }

    private static void Collect(QueryNode node, List<string> paths)
    {
        if (node is MoreLikeThisQuery query)
        {
            if (!query.Like.AreRead) paths.AddRange(query.Like.Paths);
            if (!query.Unlike.AreRead) paths.AddRange(query.Unlike.Paths);
            return;
        }

        foreach (var child in node.Children()) Collect(child, paths);
    }

    private static string? Problem(List<string> paths, string collection)
    {
        if (paths.Count > ProtocolLimits.GetManyPathsMax)
            return $"The query names {paths.Count} documents; at most {ProtocolLimits.GetManyPathsMax} are allowed.";
        var prefix = $"/{collection}/";
        var other = paths.Find(path => !path.StartsWith(prefix, StringComparison.Ordinal));
        return other is null ? null : $"'{other}' is no document of the collection: those begin with '{prefix}'.";
    }

    private static ReadOnlyMemory<byte> BodyOf(List<string> paths)
    {
        var body = new ArrayBufferWriter<byte>();
        GetManyCodec.WriteCount(body, paths.Count);
        foreach (var path in paths)
        {
            var utf8 = Encoding.UTF8.GetBytes(path);
            GetManyCodec.WritePath(body, PathHash.OfPath(utf8), utf8);
        }

        return body.WrittenMemory;
    }

    /// <summary>One that does not exist is empty; one that can't be read now is a reason to say so.</summary>
    private static string? Read(in Reply reply, List<string> paths, Dictionary<string, string> documents)
    {
        if (GetManyCodec.TryReadReply(reply.Body.Span, out var rows, out var error) != StatusCode.Ok) return error;
        for (var i = 0; rows.MoveNext(); i++)
        {
            if (rows.Status is not (StatusCode.Ok or StatusCode.NotFound))
                return $"{paths[i]}, which others should be like, could not be read: {rows.Status}.";
            var json = "";
            if (rows.Status == StatusCode.Ok && rows.TryReadEntry(out var entry))
                json = Encoding.UTF8.GetString(entry.Value);
            documents[paths[i]] = json;
        }

        return null;
    }

    private static string TooLarge(int bytes) =>
        $"The documents that others should be like have {bytes} bytes together; at most "
        + $"{MoreLikeThisQuery.DocumentBytesMax} are allowed.";

    private static QueryNode With(QueryNode node, Dictionary<string, string> documents)
    {
        if (node is MoreLikeThisQuery query)
            return query with { Like = With(query.Like, documents), Unlike = With(query.Unlike, documents) };
        var children = node.Children();
        return children.Count == 0 ? node : node.WithChildren([.. children.Select(child => With(child, documents))]);
    }

    private static MoreLikeThisExamples With(MoreLikeThisExamples examples, Dictionary<string, string> documents) =>
        examples.AreRead
            ? examples
            : examples with
            {
                Documents = [.. examples.Documents, .. examples.Paths.Select(path => documents[path])],
                AreRead = true,
            };
}

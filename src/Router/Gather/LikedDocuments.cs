using System.Buffers;
using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// The documents that a search names, to find others like them or to take values from them, read before it is
/// scattered: each lies in one shard, and every shard has to learn the same from it.
/// </summary>
internal sealed class LikedDocuments(ManyReads many)
{
    /// <summary>The same search with the documents in it, or the reason why not.</summary>
    public async ValueTask<(SearchRequest? Request, Reply Refusal)> ReadAsync(
        SearchRequest request, long deadlineAt, CancellationToken cancel)
    {
        var lookups = TermsLookups.Of(request);
        if (lookups.Count == 0) return await ReadLikedAsync(request, deadlineAt, cancel).ConfigureAwait(false);
        if (TermsLookups.Problem(lookups) is { } problem) return Refused(problem);
        var paths = lookups.Select(lookup => lookup.Document).Distinct().ToList();
        var (documents, bytes, refusal) = await ReadAsync(paths, deadlineAt, cancel).ConfigureAwait(false);
        if (documents is null) return (null, refusal);
        if (bytes > TermsLookupQuery.DocumentBytesMax)
        {
            return Refused(
                $"The documents that terms are looked up in have {bytes} bytes together; at most "
                + $"{TermsLookupQuery.DocumentBytesMax} are allowed.");
        }

        return TermsLookups.Resolved(request, documents, out var missing) is { } resolved
            ? await ReadLikedAsync(resolved, deadlineAt, cancel).ConfigureAwait(false)
            : Refused(missing!);
    }

    private async ValueTask<(SearchRequest? Request, Reply Refusal)> ReadLikedAsync(
        SearchRequest request, long deadlineAt, CancellationToken cancel)
    {
        var paths = new List<string>();
        Collect(request.Query, paths);
        foreach (var query in AggregationQueries.Of(request.Aggregations)) Collect(query, paths);
        if (paths.Count == 0) return (request, default);
        if (Problem(paths, request.Collection) is { } problem) return Refused(problem);
        var (documents, bytes, refusal) = await ReadAsync(paths, deadlineAt, cancel).ConfigureAwait(false);
        if (documents is null) return (null, refusal);
        if (bytes > MoreLikeThisQuery.DocumentBytesMax) return Refused(TooLarge(bytes));
        var read = request with
        {
            Query = With(request.Query, documents),
            Aggregations = AggregationQueries.With(request.Aggregations, query => With(query, documents)),
        };
        return (read, default);
    }

    private static (SearchRequest? Request, Reply Refusal) Refused(string problem) =>
        (null, RouterReply.Error(StatusCode.BadQuery, problem));

    /// <summary>Documents by path, and their bytes; or why they could not be read.</summary>
    private async ValueTask<(Dictionary<string, string>? Documents, int Bytes, Reply Refusal)> ReadAsync(
        List<string> paths, long deadlineAt, CancellationToken cancel)
    {
        var reply = await many.GetManyAsync(BodyOf(paths), 0, deadlineAt, cancel).ConfigureAwait(false);
        if (reply.Status != StatusCode.Ok) return (null, 0, reply);
        using (reply)
        {
            var documents = new Dictionary<string, string>(StringComparer.Ordinal);
            if (Read(reply, paths, documents) is { } unreadable)
                return (null, 0, RouterReply.Error(StatusCode.Unavailable, unreadable));
            return (documents, documents.Values.Sum(Encoding.UTF8.GetByteCount), default);
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
                return $"{paths[i]}, which the search is built on, could not be read: {rows.Status}.";
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

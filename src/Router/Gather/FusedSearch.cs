using System.Buffers;
using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// One search whose hits are those of several queries, joined by their ranks (<see cref="RankFusion"/>): each query's
/// best of all shards, in parallel; the sums of their reciprocal ranks; the hits of the page read in one more round.
/// Since each list is that of one big index, so is the answer; where they are of different ones, as one took the place
/// of the other meanwhile, all is done again in the later one (<see cref="IndexMoves"/>).
/// </summary>
internal sealed class FusedSearch(SearchGather gather, SearchRequest request, RankFusion rank, IndexMoves moves)
{
    /// <summary>Nodes of what a page is read by, around and beside the queries.</summary>
    private const int NodesAround = 2;

    private static readonly TermStatistics NoStatistics = new() { Documents = 0, Fields = [], Terms = [] };

    public async ValueTask<Reply> RunAsync(long deadlineAt, CancellationToken cancel)
    {
        if (Problem() is { } problem) return RouterReply.Error(StatusCode.BadRequest, problem);
        while (true)
        {
            var answer = await FuseAsync(deadlineAt, cancel).ConfigureAwait(false);
            if (answer is { } reply) return reply;
            if (moves.AreTooMany) return moves.Refusal();
        }
    }

    /// <summary>Null: begin anew, for the index was changed on the way.</summary>
    private async ValueTask<Reply?> FuseAsync(long deadlineAt, CancellationToken cancel)
    {
        QueryNode[] queries = [request.Query, .. rank.Queries];
        var pending = queries.Select(query => gather.SearchAdmittedAsync(ListOf(query), deadlineAt, cancel).AsTask());
        var replies = await ShardCalls.AllAsync([.. pending]).ConfigureAwait(false);
        var lists = new SearchReply[replies.Length];
        for (var i = 0; i < replies.Length; i++)
        {
            if (replies[i].Status == StatusCode.Ok
                && SearchCodec.TryRead(replies[i].Body, out SearchReply? list, out _))
            {
                lists[i] = list;
                continue;
            }

            var refusal = replies[i];
            foreach (var other in replies.Where((_, j) => j != i)) other.Dispose();
            if (!moves.GoesBack(refusal)) return refusal;
            refusal.Dispose();
            return null;
        }

        // Paths and scores are copied out of the bodies.
        foreach (var reply in replies) reply.Dispose();
        var served = lists.Select(list => list.Served).MaxBy(index => index?.Since ?? 0);
        if (Array.TrueForAll(lists, list => list.Served?.Name == served?.Name))
            return await ReadAsync(lists, served ?? moves.Followed, deadlineAt, cancel).ConfigureAwait(false);
        Follow([.. lists.Select(list => list.Served)]);
        return null;
    }

    private void Follow(ServedIndex?[] served) => moves.Follow(
        served.Select(index => index ?? moves.Followed ?? new ServedIndex("", 0)),
        served.MaxBy(index => index?.Since ?? 0), []);

    /// <summary>The sums of the reciprocal ranks, best first, ties by path.</summary>
    public static List<(string Path, float Score)> Fuse(IReadOnlyList<SearchReply> lists, int constant)
    {
        var sums = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var list in lists)
        {
            for (var i = 0; i < list.Hits.Count; i++)
            {
                var path = list.Hits[i].Path;
                sums[path] = sums.GetValueOrDefault(path) + (1.0 / (constant + i + 1));
            }
        }

        return
        [
            .. sums.Select(sum => (Path: sum.Key, Score: (float)sum.Value))
                .OrderByDescending(sum => sum.Score)
                .ThenBy(sum => sum.Path, PathOrder.Instance),
        ];
    }

    /// <summary>Whether snippets show what the joined queries find.</summary>
    private bool MarksQueries =>
        request.HighlightFields.Count > 0 || request.Highlighting.Any(static row => row.Query is null);

    /// <summary>Whether what snippets show depends on the statistics of the whole collection.</summary>
    private bool MarksByStatistics =>
        (MarksQueries && rank.Queries.Prepend(request.Query).Any(static query => query.MatchesByStatistics))
        || request.Highlighting.Any(static row => row.Query is { MatchesByStatistics: true });

    private string? Problem()
    {
        if (request.From + request.Size > rank.Window)
        {
            return $"from {request.From} + size {request.Size} reach beyond the window of {rank.Window} hits, which " +
                $"ranks are joined in; a window of up to {RankFusion.WindowMax} may be asked for.";
        }

        if (request.Aggregations.Count > 0)
            return "Aggregations are of what one query matches; send them with a search whose ranks are not joined.";
        if (request.Aggregations.Count > 0 || request.MinScore is not null)
            return "Joined ranks have neither aggregations nor a least score; ask for them in a search of one query.";
        if (MarksQueries && rank.Queries.Prepend(request.Query).Any(IsDeepest))
        {
            return $"Queries of which snippets are cut may be {QueryNode.DepthMax - 1} levels deep where ranks are "
                + $"joined; one has {QueryNode.DepthMax}.";
        }

        var nodes = rank.Queries.Prepend(request.Query)
            .Concat(request.Highlighting.Select(field => field.Query).OfType<QueryNode>()).Sum(query => query.Nodes());
        if (MarksQueries && nodes > QueryNode.RequestNodesMax - NodesAround)
        {
            return $"The queries have {nodes} nodes; where ranks are joined and snippets are cut, "
                + $"{QueryNode.RequestNodesMax - NodesAround} are allowed.";
        }

        return request.Sort.Count == 0 && request.After is null
            ? null
            : "Hits whose ranks are joined have no other order; leave sort and search_after out.";
    }

    private static bool IsDeepest(QueryNode query) => query.Depth() >= QueryNode.DepthMax;

    private ReadOnlyMemory<byte> ListOf(QueryNode query) => BodyOf(request with
    {
        Collection = moves.Name,
        Rank = null,
        Query = query,
        From = 0,
        Size = rank.Window,
        WithSource = false,
        HighlightFields = [],
        Highlighting = [],
        ValueFields = [],
        TotalUpTo = rank.Window,
        Explain = false,
        Profile = false,
    });

    private async ValueTask<Reply?> ReadAsync(
        SearchReply[] lists, ServedIndex? served, long deadlineAt, CancellationToken cancel)
    {
        var fused = Fuse(lists, rank.Constant);
        var page = fused.Skip(request.From).Take(request.Size).ToArray();
        var coverage = lists.Select(list => list.Coverage).Aggregate(LeastCoverage.Of);
        var answer = new SearchReply
        {
            Total = fused.Count,
            TotalIsExact = Array.TrueForAll(lists, list => list.TotalIsExact && list.Total <= rank.Window),
            Hits = [],
            Coverage = coverage,
        };
        if (page.Length == 0) return RouterReply.Of(answer, SearchCodec.Write);
        var body = BodyOf(request with
        {
            Rank = null,
            Collection = served?.Name ?? request.Collection,
            From = 0,
            Size = page.Length,
            Query = PageQuery(page),
            Statistics = MarksByStatistics ? null : NoStatistics,
            Explain = false,
        });
        var reply = await gather.SearchAdmittedAsync(body, deadlineAt, cancel).ConfigureAwait(false);
        if (reply.Status != StatusCode.Ok || !SearchCodec.TryRead(reply.Body, out SearchReply? read, out _))
            return reply;
        using (reply)
        {
            if (read.Served is { } index && index.Name != served?.Name)
            {
                Follow([served, index]);
                return null;
            }

            var byPath = read.Hits.ToDictionary(hit => hit.Path, StringComparer.Ordinal);
            var hits = new List<SearchHit>(page.Length);
            foreach (var (path, score) in page)
            {
                if (!byPath.TryGetValue(path, out var hit)) continue;
                var explanation = request.Explain ? Explain(lists, path, score) : null;
                hits.Add(hit with { Score = score, Explanation = explanation });
            }

            var least = LeastCoverage.Of(coverage, read.Coverage);
            return RouterReply.Of(
                answer with { Hits = hits, Coverage = least, Profile = read.Profile }, SearchCodec.Write);
        }
    }

    /// <summary>The page's documents; beside them what their snippets show.</summary>
    private QueryNode PageQuery((string Path, float Score)[] page)
    {
        var paths = new PathsQuery([.. page.Select(hit => hit.Path)]);
        if (!MarksQueries) return paths;
        QueryNode[] shown = [.. rank.Queries.Prepend(request.Query).Where(q => !NearestMerge.IsNeededFor(q))];
        return shown.Length == 0 ? paths : new BooleanQuery([], shown, [], [paths]);
    }

    private Explanation Explain(SearchReply[] lists, string path, float score)
    {
        var parts = new List<Explanation>();
        for (var i = 0; i < lists.Length; i++)
        {
            for (var at = 0; at < lists[i].Hits.Count; at++)
            {
                if (lists[i].Hits[at].Path != path) continue;
                parts.Add(new Explanation(
                    (float)(1.0 / (rank.Constant + at + 1)),
                    $"place {at + 1} of query {i + 1}: 1 / ({rank.Constant} + {at + 1})",
                    [new Explanation(lists[i].Hits[at].Score, "its score there", [])]));
            }
        }

        return new Explanation(score, "sum of the reciprocal ranks", parts);
    }

    private static ReadOnlyMemory<byte> BodyOf(SearchRequest of)
    {
        var output = new ArrayBufferWriter<byte>();
        SearchCodec.Write(output, of);
        return output.WrittenMemory;
    }
}

using System.Buffers;
using System.Globalization;
using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// Inner hits of a collapsed search: for each group a search of its own, for what the query matches and has the group's
/// value, under the same statistics, so that scores are the same. Some at a time. Where one of these searches is not of
/// all shards, the whole answer is of no more.
/// </summary>
internal sealed class GroupHits(SearchGather gather, SearchRequest request, Collapse collapse)
{
    private const int AtOnce = 8;

    /// <summary>Nodes of what a group is searched by, around and beside the query.</summary>
    private const int NodesAround = 4;

    /// <summary>Why there can be no inner hits of a search: its query has no room left; null when it has.</summary>
    public static string? Problem(SearchRequest request)
    {
        if (request.Collapse is not { InnerHits.Count: > 0 }) return null;
        if (request.Query.Depth() >= QueryNode.DepthMax)
        {
            return $"The query is {QueryNode.DepthMax} levels deep; with inner hits, each searched by it and a filter, "
                + $"{QueryNode.DepthMax - 1} are allowed.";
        }

        var nodes = request.Query.Nodes() + request.Highlighting.Sum(field => field.Query?.Nodes() ?? 0);
        return nodes <= QueryNode.RequestNodesMax - NodesAround
            ? null
            : $"The query has {nodes} nodes, with those that hits are marked by; with inner hits "
                + $"{QueryNode.RequestNodesMax - NodesAround} are allowed.";
    }

    /// <summary>Fills the groups in; or gives the error of the first search that failed.</summary>
    public async ValueTask<(SearchReply? Filled, Reply Refusal)> FillAsync(
        SearchReply reply, long deadlineAt, CancellationToken cancel)
    {
        var hits = new List<SearchHit>(reply.Hits.Count);
        var coverage = reply.Coverage;
        foreach (var chunk in reply.Hits.Chunk(AtOnce))
        {
            var pending = chunk.SelectMany(hit => collapse.InnerHits.Select(
                inner => gather.SearchAdmittedAsync(BodyOf(hit, inner), deadlineAt, cancel).AsTask())).ToArray();
            var replies = await ShardCalls.AllAsync(pending).ConfigureAwait(false);
            if (Array.FindIndex(replies, one => one.Status != StatusCode.Ok) is var failed and >= 0)
            {
                var refusal = replies[failed];
                for (var i = 0; i < replies.Length; i++)
                    if (i != failed) replies[i].Dispose();
                return (null, refusal);
            }

            // Copied: the answers go back to their pool before this one is written.
            var read = new SearchReply?[replies.Length];
            string? error = null;
            for (var i = 0; i < read.Length && error is null; i++)
                SearchCodec.TryRead(replies[i].Body.ToArray(), out read[i], out error);
            ShardCalls.Dispose(replies);
            if (error is not null) return (null, RouterReply.Error(StatusCode.Internal, error));
            foreach (var inner in read) coverage = LeastCoverage.Of(coverage, inner!.Coverage);
            for (var i = 0; i < chunk.Length; i++)
                hits.Add(chunk[i] with { InnerHits = GroupsOf(read.AsSpan(i * collapse.InnerHits.Count)) });
        }

        return (reply with { Hits = hits, Coverage = coverage }, default);
    }

    private InnerGroup[] GroupsOf(ReadOnlySpan<SearchReply?> read)
    {
        var groups = new InnerGroup[collapse.InnerHits.Count];
        for (var i = 0; i < groups.Length; i++)
            groups[i] = new InnerGroup(collapse.InnerHits[i].Name, read[i]!.Total, read[i]!.Hits);
        return groups;
    }

    private ReadOnlyMemory<byte> BodyOf(SearchHit hit, InnerHits inner)
    {
        var output = new ArrayBufferWriter<byte>();
        SearchCodec.Write(output, request with
        {
            Query = new BooleanQuery([request.Query], [], [], [FilterOf(hit.Group ?? default)]),
            From = 0,
            Size = inner.Size,
            Sort = inner.Sort,
            Collapse = null,
            Aggregations = [],
            After = null,
            ExactTotal = true,
            TotalUpTo = null,
            ReportStatistics = false,
            Profile = false,
        });
        return output.WrittenMemory;
    }

    private QueryNode FilterOf(SortValue value)
    {
        if (value.IsMissing)
            return new BooleanQuery([], [], [new ExistsQuery(collapse.Field)], [new MatchAllQuery()]);
        var text = value.Text ?? value.Whole?.ToString(CultureInfo.InvariantCulture)
            ?? value.Number!.Value.ToString("R", CultureInfo.InvariantCulture);
        return new TermQuery(collapse.Field, text);
    }
}

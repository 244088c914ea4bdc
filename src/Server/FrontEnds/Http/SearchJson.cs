using System.Globalization;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>Searches from their JSON, and answers to theirs: one for the HTTP API and the command line.</summary>
internal static class SearchJson
{
    /// <summary>The request of a body.</summary>
    /// <exception cref="ApiException">BadRequest or BadQuery: a member is not what is allowed.</exception>
    public static SearchRequest Request(string collection, SearchBody body)
    {
        var source = SourceJson.Read(body.Source);
        var sort = SortJson.Read(body.Sort);
        var request = new SearchRequest
        {
            Collection = collection,
            Query = new MatchAllQuery(),
            Size = Bounded("size", body.Size, SearchRequest.HitsMax),
            From = Bounded("from", body.From, SearchRequest.HitsMax - body.Size),
            WithSource = source.IsWanted,
            SourceFields = source.Includes,
            SourceExcludes = source.Excludes,
            Sort = sort,
            TotalUpTo = body.TotalUpTo is null or >= 0
                ? body.TotalUpTo
                : throw ApiException.BadRequest($"totalUpTo is {body.TotalUpTo}; allowed are 0 and more."),
            ValueFields =
            [
                .. ValueFieldsJson.Read(body.DocvalueFields),
                .. body.Q is null ? body.Fields : [], // those that q searches are of another kind
            ],
            TrackScores = body.TrackScores,
            WithVersion = body.Version,
            AllowPartial = body.AllowPartial,
            CoverageMin = body.CoverageMin is null or (>= 0 and <= 1)
                ? body.CoverageMin
                : throw ApiException.BadRequest($"coverageMin is {body.CoverageMin}; allowed are 0 to 1."),
            MinScore = body.MinScore,
            Explain = body.Explain,
            Profile = body.Profile,
            Collapse = CollapseJson.Read(body.Collapse),
            After = PageJson.Read(body.SearchAfter, sort),
            PointInTime = body.Pit?.Id,
            KeepAlive = PageJson.KeepAlive(body.Pit?.KeepAlive),
            Aggregations = AggregationJson.Read(body.Aggs),
        };
        request = HighlightJson.With(request, body.Highlight);
        return RankJson.Hybrid(request, body) ?? RankJson.With(request, body, QueryOf(body));
    }

    /// <summary>An answer as it is on the wire.</summary>
    public static SearchAnswer Answer(SearchRequest request, SearchReply reply, TimeSpan took)
    {
        return new SearchAnswer(
            Math.Round(took.TotalMilliseconds, 3), reply.Total, reply.TotalIsExact,
            Answer(reply.Coverage),
            [.. reply.Hits.Select(hit => Hit(request, hit))], reply.Profile)
        {
            Aggregations = ResultJson.Write(reply.Aggregations),
        };
    }

    /// <summary>What an answer stands for.</summary>
    public static CoverageAnswer Answer(Coverage coverage) => new(
        coverage.IsWhole, coverage.ShardsAnswered, coverage.ShardsTotal, coverage.DocumentsCovered,
        coverage.DocumentsTotal);

    /// <summary>One hit as it is on the wire. Of a paged search it says all that the next page begins behind.</summary>
    public static HitAnswer Hit(SearchRequest request, SearchHit hit)
    {
        var isPaged = request.PointInTime is not null || request.After is not null;
        var place = isPaged ? PageJson.Place(hit) : hit.SortValues;
        return Hit(hit, place, request.TellsScores, request.WithVersion) with
        {
            Group = hit.Group is { } group ? SortJson.Write(group) : null,
            InnerHits = CollapseJson.Write(request, hit),
        };
    }

    /// <summary>One hit with the values that it says it stands by.</summary>
    public static HitAnswer Hit(
        SearchHit hit, IReadOnlyList<SortValue> place, bool withScore = true, bool withVersion = true) => new(
        hit.Path, withScore ? hit.Score : null,
        withVersion ? hit.Version.ToString(CultureInfo.InvariantCulture) : null,
        hit.Source.IsEmpty ? null : new RawJson(hit.Source), Snippets(hit), HighlightJson.Write(hit),
        hit.Fields.IsEmpty ? null : new RawJson(hit.Fields), hit.Explanation, SortJson.Write(place));

    private static HighlightAnswer[]? Snippets(SearchHit hit)
    {
        HighlightAnswer[] snippets =
        [
            .. hit.Highlights.Where(highlight => highlight.Fragments.Count == 0)
                .Select(highlight => new HighlightAnswer(highlight.Field, highlight.Snippet)),
        ];
        return snippets.Length == 0 ? null : snippets;
    }

    /// <summary>What is said of a body that asks twice.</summary>
    public static ApiException TwoQueries() => ApiException.BadRequest(
        "Both q and query were sent; q is text, query is a tree: send one of them.");

    private static QueryNode? QueryOf(SearchBody body)
    {
        if (body.Q != null && body.Query != null) throw TwoQueries();
        if (body.Query is { } tree) return QueryJson.Read(tree);
        if (body.Q == null) return null;
        return body.Lenient
            ? QueryStringQuery.OfSearchBox(body.Q, body.Fields, AllWords(body.Operator))
            : new QueryStringQuery(body.Q, body.Fields, AllWords(body.Operator));
    }

    private static bool AllWords(string word) => word.ToLowerInvariant() switch
    {
        "or" => false,
        "and" => true,
        _ => throw ApiException.BadRequest($"operator is '{word}'; allowed are or, and."),
    };

    private static int Bounded(string name, int value, int max) =>
        value >= 0 && value <= max
            ? value
            : throw ApiException.BadRequest(
                $"{name} is {value}; allowed are 0 to {Math.Max(0, max)}, because from and size together reach at most "
                + $"{SearchRequest.HitsMax} hits.");
}

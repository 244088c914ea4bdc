using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>Answer to a search. Took is in milliseconds.</summary>
internal sealed record SearchAnswer(
    double Took, long Total, bool TotalIsExact, CoverageAnswer Coverage, IReadOnlyList<HitAnswer> Hits,
    SearchProfile? Profile)
{
    /// <summary>Suggestions, if they were asked for.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<SuggestedAnswer>>? Suggest { get; init; }

    /// <summary>Results of aggregations, if there were any; see <see cref="ResultJson"/>.</summary>
    public RawJson? Aggregations { get; init; }
}

/// <summary>What the answer stands for.</summary>
internal sealed record CoverageAnswer(
    bool Whole, int ShardsAnswered, int ShardsTotal, long DocumentsCovered, long DocumentsTotal);

/// <summary>One document found.</summary>
internal sealed record HitAnswer(
    string Path, float? Score, string? Version, RawJson? Source, IReadOnlyList<HighlightAnswer>? Highlights,
    RawJson? Highlight, RawJson? Fields, Explanation? Explanation, RawJson? Sort,
    RawJson? Group = null, IReadOnlyDictionary<string, InnerAnswer>? InnerHits = null);

/// <summary>More hits of a group.</summary>
internal sealed record InnerAnswer(long Total, IReadOnlyList<HitAnswer> Hits);

/// <summary>One snippet.</summary>
internal sealed record HighlightAnswer(string Field, string Snippet);

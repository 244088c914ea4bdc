using System.Globalization;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>Instant searches from their JSON, and answers to theirs.</summary>
internal static class InstantJson
{
    /// <summary>The request of a body.</summary>
    /// <exception cref="ApiException">A member is not what is allowed.</exception>
    public static InstantRequest Request(string collection, InstantBody body)
    {
        var source = SourceJson.Read(body.Source);
        if (source.Excludes.Count > 0)
            throw ApiException.BadRequest("source leaves fields out; an instant search takes those wanted only.");
        if (body.Size < 0 || body.From < 0 || (long)body.Size + body.From > InstantRequest.HitsMax)
        {
            throw ApiException.BadRequest(
                $"size is {body.Size} and from {body.From}; allowed are 0 and more, and together at most "
                + $"{InstantRequest.HitsMax}.");
        }

        var colon = body.Rank?.LastIndexOf(':') ?? -1;
        return new InstantRequest
        {
            Collection = collection,
            Text = body.Q,
            Fields = body.Fields,
            Size = body.Size,
            From = body.From,
            AllWords = IsAll(body.Matching),
            Typos = body.Typos,
            Filter = body.Filter is { } filter ? QueryJson.Read(filter) : null,
            RankField = colon < 0 ? body.Rank : body.Rank![..colon],
            RankDescending = colon < 0 || IsDescending(body.Rank![(colon + 1)..]),
            WithSource = source.IsWanted,
            SourceFields = source.Includes,
            HighlightFields = body.Highlight,
            ExactTotal = body.ExactTotal,
            AllowPartial = body.AllowPartial,
            CompletionField = body.Complete,
            DidYouMean = body.DidYouMean,
        };
    }

    /// <summary>An answer as it is on the wire.</summary>
    public static InstantAnswer Answer(InstantReply reply, TimeSpan took) => new(
        Math.Round(took.TotalMilliseconds, 3), reply.Words, reply.MatchedWords, reply.Total, reply.TotalIsExact,
        SearchJson.Answer(reply.Coverage), [.. reply.Hits.Select(Hit)],
        reply.Completions.Count == 0 ? null : [.. reply.Completions.Select(Completion)],
        reply.DidYouMean.Count == 0 ? null : [.. reply.DidYouMean.Select(Correction)]);

    /// <summary>One completion as it is on the wire.</summary>
    public static CompletionOptionAnswer Completion(CompletionOption option) =>
        new(option.Text, option.Weight, option.Edits, option.Path);

    /// <summary>One correction of a text as it is on the wire.</summary>
    public static PhraseOptionAnswer Correction(PhraseOption option) => new(
        option.Text, option.Highlighted, Math.Round(option.Score, 4), option.Documents < 0 ? null : option.Documents);

    private static InstantHitAnswer Hit(InstantHit hit) => new(
        hit.Path, hit.Version.ToString(CultureInfo.InvariantCulture),
        new RankingAnswer(
            hit.Ranking.Words, hit.Ranking.Typos, hit.Ranking.Proximity, hit.Ranking.Attribute,
            hit.Ranking.Exactness, hit.Ranking.Rank.IsMissing ? null : SortJson.Write(hit.Ranking.Rank)),
        hit.Source.IsEmpty ? null : new RawJson(hit.Source),
        hit.Highlights.Count == 0 ? null : [.. hit.Highlights.Select(h => new HighlightAnswer(h.Field, h.Snippet))]);

    private static bool IsAll(string matching) => matching switch
    {
        "last" => false,
        "all" => true,
        _ => throw ApiException.BadRequest($"matching is '{matching}'; allowed are last and all."),
    };

    private static bool IsDescending(string order) => order switch
    {
        "asc" => false,
        "desc" => true,
        _ => throw ApiException.BadRequest($"rank ends in ':{order}'; allowed are :asc and :desc."),
    };
}

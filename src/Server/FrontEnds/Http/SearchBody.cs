using System.Text.Json;
using System.Text.Json.Serialization;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>
/// Body of POST /v1/collections/NAME/search, and of <c>hedgerow search --body</c>. Either q or query. Members whose
/// name is another one in OpenSearch may be called as there too.
/// </summary>
/// <remarks>Set, not init: generated JSON code sets every init member, to nothing where the body has none.</remarks>
internal sealed record SearchBody
{
    public string? Q { get; set; }

    public JsonElement? Query { get; set; }

    /// <summary>One or several: see <see cref="RankJson"/>.</summary>
    public JsonElement? Knn { get; set; }

    /// <summary>See <see cref="RankJson"/>.</summary>
    public JsonElement? Rank { get; set; }

    public IReadOnlyList<string> Fields { get; set; } = [];

    public string Operator { get; set; } = "or";

    /// <summary>Whether q is read as a search box needs it: whatever the text, it is no error.</summary>
    public bool Lenient { get; set; }

    public int Size { get; set; } = 10;

    public int From { get; set; }

    /// <summary>See <see cref="SourceJson"/>.</summary>
    public JsonElement? Source { get; set; }

    /// <summary>See <see cref="HighlightJson"/>.</summary>
    public JsonElement? Highlight { get; set; }

    /// <summary>See <see cref="CollapseJson"/>.</summary>
    public JsonElement? Collapse { get; set; }

    /// <summary>See <see cref="ValueFieldsJson"/>.</summary>
    public JsonElement? DocvalueFields { get; set; }

    /// <summary>Whether hits have scores where they are ordered by keys.</summary>
    public bool TrackScores { get; set; } = true;

    /// <summary>Whether hits say their version.</summary>
    public bool Version { get; set; } = true;

    /// <summary><c>_none_</c>, as OpenSearch has it: no source.</summary>
    [JsonPropertyName("stored_fields")]
    public string? StoredFields
    {
        set => Source = value == "_none_"
            ? JsonSerializer.SerializeToElement(false, ApiJson.Wire.Boolean)
            : throw ApiException.BadRequest($"stored_fields is '{value}'; allowed is _none_.");
    }

    /// <summary>See <see cref="SortJson"/>.</summary>
    public JsonElement? Sort { get; set; }

    /// <summary>Up to how many the total has to be exact; always where it is missing.</summary>
    public int? TotalUpTo { get; set; }

    public bool AllowPartial { get; set; } = true;

    /// <summary>The share of shards that will do; the router's setting where it is missing.</summary>
    public double? CoverageMin { get; set; }

    /// <summary>See <see cref="PageJson"/>.</summary>
    public JsonElement? SearchAfter { get; set; }

    public PitBody? Pit { get; set; }

    /// <summary>What scores less is no hit.</summary>
    public double? MinScore { get; set; }

    public bool Explain { get; set; }

    public bool Profile { get; set; }

    /// <summary>See <see cref="SuggestJson"/>.</summary>
    public JsonElement? Suggest { get; set; }

    /// <summary>See <see cref="AggregationJson"/>.</summary>
    public JsonElement? Aggs { get; set; }

    [JsonPropertyName("aggregations")]
    public JsonElement? AggregationsSpelling { set => Aggs = value; }

    [JsonPropertyName("_source")]
    public JsonElement? SourceSpelling { set => Source = value; }

    [JsonPropertyName("allow_partial_search_results")]
    public bool AllowPartialSpelling { set => AllowPartial = value; }

    [JsonPropertyName("docvalue_fields")]
    public JsonElement? DocvalueFieldsSpelling { set => DocvalueFields = value; }

    [JsonPropertyName("track_scores")]
    public bool TrackScoresSpelling { set => TrackScores = value; }

    [JsonPropertyName("search_after")]
    public JsonElement? SearchAfterSpelling { set => SearchAfter = value; }

    [JsonPropertyName("min_score")]
    public double? MinScoreSpelling { set => MinScore = value; }

    /// <summary>True is all, false is none, a number is up to so many.</summary>
    [JsonPropertyName("track_total_hits")]
    public JsonElement? TrackTotalHits
    {
        set => TotalUpTo = value?.ValueKind switch
        {
            null or JsonValueKind.Null or JsonValueKind.True => null,
            JsonValueKind.False => 0,
            JsonValueKind.Number when value.Value.TryGetInt32(out var upTo) => upTo,
            _ => throw ApiException.BadRequest(
                $"track_total_hits is {value.Value.GetRawText()}; allowed are true, false and a whole number from 0."),
        };
    }
}

/// <summary>The point in time that a search is about, or that is closed.</summary>
internal sealed record PitBody
{
    public required string Id { get; set; }

    /// <summary>A duration, such as <c>1m</c>; as it was where it is missing.</summary>
    public string? KeepAlive { get; set; }

    [JsonPropertyName("keep_alive")]
    public string? KeepAliveSpelling { set => KeepAlive = value; }
}

/// <summary>Answer to the opening of a point in time.</summary>
internal sealed record PitAnswer(string Id, string KeepAlive);

/// <summary>Answer to the closing of one: how many shards still held it.</summary>
internal sealed record PitClosedAnswer(int Closed);

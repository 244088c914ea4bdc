using System.Text.Json;
using System.Text.Json.Serialization;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>Body of POST /v1/collections/NAME/instant.</summary>
/// <remarks>Set, not init: see <see cref="SearchBody"/>.</remarks>
internal sealed record InstantBody
{
    public string Q { get; set; } = "";

    public IReadOnlyList<string> Fields { get; set; } = [];

    public int Size { get; set; } = 10;

    public int From { get; set; }

    /// <summary>last drops words from the end while hits lack; all does not.</summary>
    public string Matching { get; set; } = "last";

    public bool Typos { get; set; } = true;

    /// <summary>A query in the DSL.</summary>
    public JsonElement? Filter { get; set; }

    /// <summary>A field, highest first; or field:asc.</summary>
    public string? Rank { get; set; }

    /// <summary>See <see cref="SourceJson"/>.</summary>
    public JsonElement? Source { get; set; }

    public IReadOnlyList<string> Highlight { get; set; } = [];

    public bool ExactTotal { get; set; }

    public bool AllowPartial { get; set; } = true;

    /// <summary>A completion field.</summary>
    public string? Complete { get; set; }

    public bool DidYouMean { get; set; }
}

/// <summary>Answer to an instant search. Took is in milliseconds.</summary>
internal sealed record InstantAnswer(
    double Took, int Words, int MatchedWords, long Total, bool TotalIsExact, CoverageAnswer Coverage,
    IReadOnlyList<InstantHitAnswer> Hits, IReadOnlyList<CompletionOptionAnswer>? Completions,
    IReadOnlyList<PhraseOptionAnswer>? DidYouMean);

/// <summary>One document found, and why it stands where it does.</summary>
internal sealed record InstantHitAnswer(
    string Path, string Version, RankingAnswer Ranking, RawJson? Source, IReadOnlyList<HighlightAnswer>? Highlights);

/// <summary>What hits are ordered by, one after another.</summary>
internal sealed record RankingAnswer(
    int Words, int Typos, int Proximity, int Attribute, int Exactness, RawJson? Rank);

/// <summary>Answer to POST /v1/collections/NAME/suggest, by the names of the request.</summary>
internal sealed record SuggestAnswer(
    double Took, CoverageAnswer Coverage, IReadOnlyDictionary<string, IReadOnlyList<SuggestedAnswer>> Suggest);

/// <summary>A prefix, a word of a text, or a text, with what is suggested for it.</summary>
internal sealed record SuggestedAnswer(string Text, int Offset, int Length, RawJson Options);

/// <summary>One completion.</summary>
internal sealed record CompletionOptionAnswer(string Text, int Score, int Edits, string Path);

/// <summary>One correction of a word.</summary>
internal sealed record WordOptionAnswer(string Text, double Score, int Edits, long Freq);

/// <summary>One correction of a text.</summary>
internal sealed record PhraseOptionAnswer(
    string Text, string Highlighted, double Score,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? Documents);

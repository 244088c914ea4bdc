using System.Text.Json;
using System.Text.Json.Serialization;
namespace Hedgerow.Server.FrontEnds.Http;

// The bodies of the HTTP API, member by member as they are on the wire in camel case. Versions are strings: they use
// all 64 bits, and a JavaScript number keeps 53.

/// <summary>Every error.</summary>
internal sealed record ErrorAnswer(ErrorDetail Error);

/// <summary>What was wrong, for machines and for people, and what to do.</summary>
internal sealed record ErrorDetail(string Code, string Message, string Hint);

/// <summary>Answer to a write of one entry.</summary>
internal sealed record WriteAnswer(string Path, string Version, int Replicas);

/// <summary>Body of PUT /v1/collections/NAME.</summary>
internal sealed record CollectionBody
{
    public required IReadOnlyList<FieldBody> Fields { get; init; }

    /// <summary>ignore, strict or dynamic; ignore where it is missing.</summary>
    public string? Mapping { get; init; }

    /// <summary>What paths begin with; /NAME/ where it is missing.</summary>
    public string? PathPrefix { get; init; }

    /// <summary>json or hash; json where it is missing.</summary>
    public string? Shape { get; init; }

    public bool? IgnoreMalformed { get; init; }

    public IReadOnlyList<string>? QueryStopWords { get; init; }

    /// <summary>See <see cref="AnalysisJson"/>.</summary>
    public JsonElement? Analysis { get; init; }
}

/// <summary>One field of a schema.</summary>
internal sealed record FieldBody
{
    /// <summary>Missing only in <see cref="Fields"/>, where the member is the name's end.</summary>
    public string? Name { get; init; }

    public required string Type { get; init; }

    public string? Analyzer { get; init; }

    public bool? StopWords { get; init; }

    public bool? Positions { get; init; }

    public bool? Norms { get; init; }

    public bool? Instant { get; init; }

    public string? Separator { get; init; }

    public bool? FoldCase { get; init; }

    public string? Alias { get; init; }

    public bool? LongitudeFirst { get; init; }

    public float? Weight { get; init; }

    public int? Dims { get; init; }

    public string? Similarity { get; init; }

    public string? Quantization { get; init; }

    public bool? Index { get; init; }

    public int? M { get; init; }

    public int? EfConstruction { get; init; }

    public string? SearchAnalyzer { get; set; }

    /// <summary>The same member indexed in other ways, as NAME.MEMBER.</summary>
    public IReadOnlyDictionary<string, FieldBody>? Fields { get; init; }

    /// <summary>A field, or a list of them, that this one's members feed too.</summary>
    public JsonElement? CopyTo { get; set; }

    /// <summary>The members that feed it; the one of its name where it is missing.</summary>
    public IReadOnlyList<string>? Sources { get; init; }

    [JsonPropertyName("search_analyzer")]
    public string? SearchAnalyzerSpelling { set => SearchAnalyzer = value; }

    [JsonPropertyName("copy_to")]
    public JsonElement? CopyToSpelling { set => CopyTo = value; }
}

/// <summary>A collection.</summary>
internal sealed record CollectionAnswer(
    string Name, string PathPrefix, long Documents, long Searchable, long Bytes, string Mapping,
    IReadOnlyList<FieldBody> Fields, string? Shape = null, bool? IgnoreMalformed = null,
    IReadOnlyList<string>? QueryStopWords = null, IReadOnlyList<string>? Aliases = null,
    ReindexAnswer? Reindex = null, JsonElement? Analysis = null);

/// <summary>How far a reindex is.</summary>
internal sealed record ReindexAnswer(long Copied, long Documents, bool Ready, string? Problem);

/// <summary>How the replicas of a collection are; and, over HTTP, how far its repair is.</summary>
internal sealed record RepairAnswer(IReadOnlyList<ReplicaConditionAnswer> Replicas)
{
    public bool? Running { get; init; }

    public long? Copied { get; init; }

    public int? Filled { get; init; }

    public string? Problem { get; init; }
}

/// <summary>How one replica is; problem is empty where there is none.</summary>
internal sealed record ReplicaConditionAnswer(int Shard, string Leaf, string State, long Documents, string Problem);

/// <summary>Body of PUT /v1/aliases/NAME.</summary>
internal sealed record AliasBody
{
    public required string Collection { get; init; }
}

/// <summary>A name that leads to a collection.</summary>
internal sealed record AliasAnswer(string Alias, string Collection);

/// <summary>All of them.</summary>
internal sealed record AliasesAnswer(IReadOnlyList<AliasAnswer> Aliases);

/// <summary>All collections.</summary>
internal sealed record CollectionsAnswer(IReadOnlyList<CollectionAnswer> Collections);

/// <summary>Body of PUT /v1/collections/NAME/synonyms/SET, and its answer.</summary>
internal sealed record SynonymsBody
{
    /// <summary>solr or wordnet; solr where it is missing.</summary>
    public string? Format { get; init; }

    public required IReadOnlyList<string> Rules { get; init; }
}

/// <summary>
/// Body of POST /v1/analyze and /v1/collections/NAME/analyze. An analyzer, or a field, or the parts of a chain.
/// </summary>
internal sealed record AnalyzeBody
{
    public required string Text { get; init; }

    public string? Analyzer { get; init; }

    public string? Field { get; init; }

    /// <summary>See <see cref="AnalysisJson"/>.</summary>
    public JsonElement? Tokenizer { get; init; }

    public JsonElement? Filter { get; init; }

    public JsonElement? CharFilter { get; set; }

    /// <summary>Whether as a query rather than as a document.</summary>
    public bool? AsQuery { get; init; }

    public bool? Explain { get; init; }

    [JsonPropertyName("char_filter")]
    public JsonElement? CharFilterSpelling { set => CharFilter = value; }
}

/// <summary>Answer to it.</summary>
internal sealed record AnalyzeAnswer(
    string? Analyzer, IReadOnlyList<TokenAnswer> Tokens, IReadOnlyList<StageAnswer>? Stages);

/// <summary>One term; its length in positions is told where it is not 1.</summary>
internal sealed record TokenAnswer(
    string Token, int Position, int? PositionLength, int StartOffset, int EndOffset, string Type);

/// <summary>What one part of the chain made: a text or terms.</summary>
internal sealed record StageAnswer(string Part, string? Text, IReadOnlyList<TokenAnswer>? Tokens);

/// <summary>Answer to a refresh.</summary>
internal sealed record RefreshAnswer(string Collection, long Took);

/// <summary>Answer to a bulk request. Took is in milliseconds.</summary>
internal sealed record BulkAnswer(
    double Took, long Accepted, long Failed, IReadOnlyList<BulkLineFailure> Failures);

/// <summary>Why one line was not stored; lines count from 1.</summary>
internal sealed record BulkLineFailure(long Line, string Code, string Message);

/// <summary>Answer to GET /v1/locate.</summary>
internal sealed record LocateAnswer(string Path, int Shard, IReadOnlyList<ReplicaAnswer> Replicas);

/// <summary>One replica; the first of a shard is its owner.</summary>
internal sealed record ReplicaAnswer(string Leaf, string Address, string Zone, bool Owner);

/// <summary>Answer to GET /v1/status.</summary>
internal sealed record StatusAnswer(
    string State, uint Epoch, RouterAnswer Router, IReadOnlyList<LeafAnswer> Leaves);

/// <summary>Counts of the router since its start.</summary>
internal sealed record RouterAnswer(
    long Requests, long HedgesSent, long HedgesWon, long HedgesCancelled, long HedgesDenied, long Retries);

/// <summary>One leaf; error says why the rest is missing.</summary>
internal sealed record LeafAnswer(
    string Leaf, string Address, string State, uint Epoch, IReadOnlyList<ShardAnswer> Shards,
    IReadOnlyDictionary<string, long> Counters, string? Error);

/// <summary>One shard replica.</summary>
internal sealed record ShardAnswer(int Shard, long Entries, long EntryBytes, long Documents);

/// <summary>Answer to /healthz and /readyz.</summary>
internal sealed record HealthAnswer(string State, string? Reason);

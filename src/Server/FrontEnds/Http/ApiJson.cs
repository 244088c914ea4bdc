using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>The JSON of the API, generated at build time. An unknown member of a request is an error.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    MaxDepth = 256)]
[JsonSerializable(typeof(ErrorAnswer))]
[JsonSerializable(typeof(WriteAnswer))]
[JsonSerializable(typeof(CollectionBody))]
[JsonSerializable(typeof(CollectionAnswer))]
[JsonSerializable(typeof(CollectionsAnswer))]
[JsonSerializable(typeof(SynonymsBody))]
[JsonSerializable(typeof(AnalyzeBody))]
[JsonSerializable(typeof(AnalyzeAnswer))]
[JsonSerializable(typeof(ReindexAnswer))]
[JsonSerializable(typeof(RepairAnswer))]
[JsonSerializable(typeof(AliasBody))]
[JsonSerializable(typeof(AliasAnswer))]
[JsonSerializable(typeof(AliasesAnswer))]
[JsonSerializable(typeof(RefreshAnswer))]
[JsonSerializable(typeof(SearchBody))]
[JsonSerializable(typeof(SearchAnswer))]
[JsonSerializable(typeof(PitBody))]
[JsonSerializable(typeof(PitAnswer))]
[JsonSerializable(typeof(PitClosedAnswer))]
[JsonSerializable(typeof(BulkAnswer))]
[JsonSerializable(typeof(LocateAnswer))]
[JsonSerializable(typeof(StatusAnswer))]
[JsonSerializable(typeof(HealthAnswer))]
[JsonSerializable(typeof(InstantBody))]
[JsonSerializable(typeof(InstantAnswer))]
[JsonSerializable(typeof(SuggestAnswer))]
[JsonSerializable(typeof(CompletionOptionAnswer[]))]
[JsonSerializable(typeof(WordOptionAnswer[]))]
[JsonSerializable(typeof(PhraseOptionAnswer[]))]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(string[]))]
internal sealed partial class ApiJson : JsonSerializerContext
{
    // Lazy, because the generated half's own static members must be there first.
    private static readonly Lazy<ApiJson> Relaxed = new(CreateRelaxed);

    /// <summary>
    /// The same, and quotation marks and letters of all languages are written as they are. Safe because every answer is
    /// application/json with nosniff, never a part of a page.
    /// </summary>
    public static ApiJson Wire => Relaxed.Value;

    private static ApiJson CreateRelaxed() => new(new JsonSerializerOptions(Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}

/// <summary>UTF-8 JSON that is passed on as it is; a leaf validated it when it was stored.</summary>
[JsonConverter(typeof(RawJsonConverter))]
internal readonly record struct RawJson(ReadOnlyMemory<byte> Utf8);

/// <summary>Writes a <see cref="RawJson"/> without parsing it again.</summary>
internal sealed class RawJsonConverter : JsonConverter<RawJson>
{
    /// <inheritdoc/>
    public override RawJson Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        return new RawJson(System.Text.Encoding.UTF8.GetBytes(document.RootElement.GetRawText()));
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, RawJson value, JsonSerializerOptions options) =>
        writer.WriteRawValue(value.Utf8.Span, skipInputValidation: true);
}

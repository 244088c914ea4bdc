using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>One suggestion.</summary>
internal sealed record Suggestion(string Text, double Score, string? Payload);

/// <summary>
/// Where suggestions are: documents of one collection, <c>/ft-suggestions/{KEY}/TEXT</c>, so that they are durable and
/// replicated, and those of a key in one shard. Stateless.
/// </summary>
internal static class SuggestionStore
{
    /// <summary>The collection; FT._LIST leaves it out.</summary>
    public const string Collection = "ft-suggestions";

    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Its schema.</summary>
    public static CollectionSchema Schema { get; } = new()
    {
        Name = Collection,
        Mapping = MappingMode.Ignore,
        Fields =
        [
            new FieldSchema { Name = "key", Type = FieldType.Keyword },
            new FieldSchema { Name = "text", Type = FieldType.Keyword, FoldCase = true },
            new FieldSchema { Name = "score", Type = FieldType.Number },
        ],
    };

    /// <summary>
    /// The path of a suggestion. What would end the key in it is <c>%</c> and two hexadecimal digits there, so that no
    /// two have the same.
    /// </summary>
    public static byte[] PathOf(string key, string text)
    {
        var name = key.Replace("%", "%25", StringComparison.Ordinal).Replace("{", "%7B", StringComparison.Ordinal)
            .Replace("}", "%7D", StringComparison.Ordinal).Replace("/", "%2F", StringComparison.Ordinal);
        return Encoding.UTF8.GetBytes($"/{Collection}/{{{name}}}/{text}");
    }

    /// <summary>The document of a suggestion.</summary>
    public static byte[] ToJson(string key, Suggestion suggestion)
    {
        var output = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(output, Json);
        writer.WriteStartObject();
        writer.WriteString("key", key);
        writer.WriteString("text", suggestion.Text);
        writer.WriteNumber("score", suggestion.Score);
        if (suggestion.Payload is { } payload) writer.WriteString("payload", payload);
        writer.WriteEndObject();
        writer.Flush();
        return output.WrittenSpan.ToArray();
    }

    /// <summary>The suggestion of a document; null where it is one that somebody else wrote.</summary>
    public static Suggestion? Read(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json);
        var root = document.RootElement;
        var isOurs = root.ValueKind == JsonValueKind.Object
            && root.TryGetProperty("text", out var text) && text.ValueKind == JsonValueKind.String
            && root.TryGetProperty("score", out var score) && score.ValueKind == JsonValueKind.Number;
        if (!isOurs) return null;
        var hasPayload = root.TryGetProperty("payload", out var payload) && payload.ValueKind == JsonValueKind.String;
        return new Suggestion(
            root.GetProperty("text").GetString()!, root.GetProperty("score").GetDouble(),
            hasPayload ? payload.GetString() : null);
    }

    /// <summary>All suggestions of a key, those of them that begin so, or nearly so.</summary>
    /// <param name="key">The dictionary.</param>
    /// <param name="prefix">The beginning; null for all.</param>
    /// <param name="isFuzzy">Whether one character may be another, missing or too many.</param>
    /// <param name="most">How many of the best.</param>
    public static SearchRequest Request(string key, string? prefix, bool isFuzzy, int most)
    {
        var filters = new List<QueryNode> { new TermQuery("key", key) };
        if (prefix is not null) filters.Add(isFuzzy ? Fuzzy(prefix) : new PrefixQuery("text", prefix));
        return new SearchRequest
        {
            Collection = Collection,
            Query = new BooleanQuery([], [], [], filters),
            Size = most,
            Sort = [new SortKey("score", true)],
            AllowPartial = false,
        };
    }

    /// <summary>Characters of the longest prefix that may be fuzzy: its pattern grows with their square.</summary>
    public const int FuzzyCharactersMax = 12;

    private static RegexpQuery Fuzzy(string prefix)
    {
        var characters = prefix.ToLowerInvariant().EnumerateRunes().Select(rune => Escaped(rune.ToString())).ToArray();
        var ways = new List<string> { string.Concat(characters) };
        for (var i = 0; i < characters.Length; i++)
        {
            var (before, behind) = (string.Concat(characters[..i]), string.Concat(characters[(i + 1)..]));
            ways.Add($"{before}.?{behind}");
            ways.Add($"{before}.{characters[i]}{behind}");
        }

        return new RegexpQuery("text", $"({string.Join('|', ways)}).*");
    }

    private static string Escaped(string character) =>
        char.IsLetterOrDigit(character, 0) || character[0] > '\x7F' ? character : "\\" + character;
}

using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>
/// Analyzers and synonyms from JSON and back, in the shape of OpenSearch's index settings: <c>analyzer</c>,
/// <c>tokenizer</c>, <c>filter</c> and <c>char_filter</c> by name, a part being a name or an object with its type. What
/// is answered has each part where it stands. Sets of synonyms are <c>synonyms</c>.
/// </summary>
internal sealed class AnalysisJson
{
    private static readonly string[] Sections = ["analyzer", "tokenizer", "filter", "char_filter", "synonyms"];

    private readonly JsonElement _json;

    private AnalysisJson(JsonElement json) => _json = json;

    /// <summary>Reads all of it.</summary>
    /// <exception cref="ApiException">BadRequest, with where.</exception>
    public static AnalysisSchema Read(JsonElement json)
    {
        Known(json, "analysis", Sections);
        return new AnalysisJson(json).Read();
    }

    /// <summary>Reads a chain from an object's members; one that has no tokenizer takes the text whole.</summary>
    public static AnalyzerSchema Chain(JsonElement? charFilters, JsonElement? tokenizer, JsonElement? filters)
    {
        var reader = new AnalysisJson(default);
        return new AnalyzerSchema
        {
            Name = "",
            CharFilters = reader.Parts(charFilters, "char_filter", "char_filter"),
            Tokenizer = tokenizer is { } one ? reader.Part(one, "tokenizer", "tokenizer") : new AnalysisPart("keyword"),
            Filters = reader.Parts(filters, "filter", "filter"),
        };
    }

    /// <summary>A set of synonyms.</summary>
    public static SynonymSet Set(string name, string? format, IReadOnlyList<string> rules) => new()
    {
        Name = name,
        Format = format switch
        {
            null or "solr" => SynonymFormat.Solr,
            "wordnet" => SynonymFormat.WordNet,
            _ => throw ApiException.BadRequest($"The format of synonyms is '{format}'; allowed are solr and wordnet."),
        },
        Rules = rules,
    };

    /// <summary>How a format is called.</summary>
    public static string NameOf(SynonymFormat format) => format == SynonymFormat.WordNet ? "wordnet" : "solr";

    /// <summary>A text, or a list of them.</summary>
    public static IReadOnlyList<string> Texts(JsonElement json, string where)
    {
        if (json.ValueKind != JsonValueKind.Array) return [Scalar(json, where)];
        return [.. json.EnumerateArray().Select(item => Scalar(item, where))];
    }

    /// <summary>Writes it in a form that <see cref="Read(JsonElement)"/> takes.</summary>
    public static JsonElement Write(AnalysisSchema analysis)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            if (analysis.Analyzers.Count > 0) WriteAnalyzers(json, analysis.Analyzers);
            if (analysis.Synonyms.Count > 0) WriteSets(json, analysis.Synonyms);
            json.WriteEndObject();
        }

        using var document = JsonDocument.Parse(output.WrittenMemory);
        return document.RootElement.Clone();
    }

    private AnalysisSchema Read()
    {
        var analyzers = new List<AnalyzerSchema>();
        var sets = new List<SynonymSet>();
        foreach (var (name, value) in Section("analyzer"))
        {
            var where = $"analysis.analyzer.{name}";
            Known(value, where, "type", "tokenizer", "filter", "char_filter");
            if (value.TryGetProperty("type", out var type) && Scalar(type, where) != "custom")
                throw ApiException.BadRequest($"{where}.type is '{Scalar(type, where)}'; allowed is custom.");
            if (!value.TryGetProperty("tokenizer", out var tokenizer))
                throw ApiException.BadRequest($"{where} has no tokenizer.");
            analyzers.Add(new AnalyzerSchema
            {
                Name = name,
                CharFilters = Parts(Member(value, "char_filter"), "char_filter", where),
                Tokenizer = Part(tokenizer, "tokenizer", where),
                Filters = Parts(Member(value, "filter"), "filter", where),
            });
        }

        foreach (var (name, value) in Section("synonyms"))
        {
            var where = $"analysis.synonyms.{name}";
            if (value.ValueKind == JsonValueKind.Array)
            {
                sets.Add(Set(name, null, Texts(value, where)));
                continue;
            }

            Known(value, where, "format", "rules");
            if (Member(value, "rules") is not { } rules) throw ApiException.BadRequest($"{where} has no rules.");
            var format = Member(value, "format") is { } said ? Scalar(said, where) : null;
            sets.Add(Set(name, format, Texts(rules, where)));
        }

        return new AnalysisSchema { Analyzers = analyzers, Synonyms = sets };
    }

    private IEnumerable<(string Name, JsonElement Value)> Section(string section)
    {
        if (_json.ValueKind != JsonValueKind.Object || !_json.TryGetProperty(section, out var values)) return [];
        return values.ValueKind == JsonValueKind.Object
            ? values.EnumerateObject().Select(member => (member.Name, member.Value))
            : throw ApiException.BadRequest($"analysis.{section} must be an object with a member for each name.");
    }

    private List<AnalysisPart> Parts(JsonElement? parts, string section, string where)
    {
        if (parts is not { } json) return [];
        return json.ValueKind == JsonValueKind.Array
            ? [.. json.EnumerateArray().Select(part => Part(part, section, where))]
            : [Part(json, section, where)];
    }

    private AnalysisPart Part(JsonElement json, string section, string where)
    {
        if (json.ValueKind == JsonValueKind.String)
        {
            var name = json.GetString()!;
            foreach (var (declared, value) in Section(section))
                if (declared == name) return Declared(value, $"analysis.{section}.{name}");
            return new AnalysisPart(name);
        }

        return Declared(json, where);
    }

    private static AnalysisPart Declared(JsonElement json, string where)
    {
        if (json.ValueKind != JsonValueKind.Object || Member(json, "type") is not { } type)
            throw ApiException.BadRequest($"{where}: a part is a name, or an object with a 'type'.");
        var settings = json.EnumerateObject().Where(member => member.Name != "type")
            .Select(member => new AnalysisSetting(member.Name, Texts(member.Value, $"{where}.{member.Name}")));
        return new AnalysisPart(Scalar(type, where), [.. settings]);
    }

    private static JsonElement? Member(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) ? value : null;

    private static void Known(JsonElement json, string where, params ReadOnlySpan<string> known)
    {
        if (json.ValueKind != JsonValueKind.Object) throw ApiException.BadRequest($"{where} must be an object.");
        foreach (var member in json.EnumerateObject())
        {
            if (known.Contains(member.Name)) continue;
            throw ApiException.BadRequest(
                $"{where} has '{member.Name}'; known there are {string.Join(", ", known.ToArray())}.");
        }
    }

    private static string Scalar(JsonElement value, string where) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
        _ => throw ApiException.BadRequest($"{where} must be text, a number, true or false."),
    };

    private static void WriteAnalyzers(Utf8JsonWriter json, IReadOnlyList<AnalyzerSchema> analyzers)
    {
        json.WriteStartObject("analyzer");
        foreach (var analyzer in analyzers)
        {
            json.WriteStartObject(analyzer.Name);
            WriteParts(json, "char_filter", analyzer.CharFilters);
            json.WritePropertyName("tokenizer");
            WritePart(json, analyzer.Tokenizer);
            WriteParts(json, "filter", analyzer.Filters);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteParts(Utf8JsonWriter json, string name, IReadOnlyList<AnalysisPart> parts)
    {
        if (parts.Count == 0) return;
        json.WriteStartArray(name);
        foreach (var part in parts) WritePart(json, part);
        json.WriteEndArray();
    }

    private static void WritePart(Utf8JsonWriter json, AnalysisPart part)
    {
        if (part.Settings.Count == 0)
        {
            json.WriteStringValue(part.Type);
            return;
        }

        json.WriteStartObject();
        json.WriteString("type", part.Type);
        foreach (var (name, values) in part.Settings)
        {
            if (values.Count == 1)
            {
                json.WritePropertyName(name);
                WriteValue(json, values[0]);
                continue;
            }

            WriteTexts(json, name, values);
        }

        json.WriteEndObject();
    }

    /// <summary>Numbers and truth values as themselves.</summary>
    private static void WriteValue(Utf8JsonWriter json, string value)
    {
        if (value is "true" or "false") json.WriteBooleanValue(value == "true");
        else if (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number.ToString(CultureInfo.InvariantCulture) == value) json.WriteNumberValue(number);
        else json.WriteStringValue(value);
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, IReadOnlyList<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts) json.WriteStringValue(text);
        json.WriteEndArray();
    }

    private static void WriteSets(Utf8JsonWriter json, IReadOnlyList<SynonymSet> sets)
    {
        json.WriteStartObject("synonyms");
        foreach (var set in sets)
        {
            json.WriteStartObject(set.Name);
            json.WriteString("format", NameOf(set.Format));
            WriteTexts(json, "rules", set.Rules);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }
}

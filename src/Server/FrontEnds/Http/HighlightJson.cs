using System.Buffers;
using System.Text.Json;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>
/// <c>highlight</c>: a list of text fields, from each of which one snippet is cut; or OpenSearch's object, with
/// <c>fields</c> and options for all or for one of them.
/// </summary>
internal static class HighlightJson
{
    private const string Allowed = "a list of field names, or an object with 'fields'";

    private static readonly string[] Options =
    [
        "pre_tags", "post_tags", "fragment_size", "number_of_fragments", "encoder", "order", "no_match_size",
        "require_field_match", "highlight_query", "max_analyzed_offset", "type", "boundary_scanner",
    ];

    private static readonly string[] Members = ["fields", .. Options];

    /// <summary>Adds to a request what is highlighted.</summary>
    /// <exception cref="ApiException">BadRequest or BadQuery: it is something else.</exception>
    public static SearchRequest With(SearchRequest request, JsonElement? json)
    {
        switch (json?.ValueKind)
        {
            case null or JsonValueKind.Null:
                return request;
            case JsonValueKind.Array when json.Value.EnumerateArray().All(n => n.ValueKind == JsonValueKind.String):
                return request with { HighlightFields = [.. json.Value.EnumerateArray().Select(n => n.GetString()!)] };
            case JsonValueKind.Object:
                return request with { Highlighting = [.. Fields(json.Value)] };
            default:
                throw ApiException.BadRequest($"highlight is {json.Value.GetRawText()}; allowed is {Allowed}.");
        }
    }

    /// <summary>The fragments of a hit by field; null where there are none.</summary>
    public static RawJson? Write(SearchHit hit)
    {
        if (hit.Highlights.All(highlight => highlight.Fragments.Count == 0)) return null;
        var output = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(
            output, new JsonWriterOptions { Encoder = ApiJson.Wire.Options.Encoder });
        writer.WriteStartObject();
        foreach (var highlight in hit.Highlights.Where(highlight => highlight.Fragments.Count > 0))
        {
            writer.WriteStartArray(highlight.Field);
            foreach (var fragment in highlight.Fragments) writer.WriteStringValue(fragment);
            writer.WriteEndArray();
        }

        writer.WriteEndObject();
        writer.Flush();
        return new RawJson(output.WrittenMemory);
    }

    private static List<HighlightField> Fields(JsonElement json)
    {
        var all = new QueryMembers(json, "highlight", Members);
        var standard = Read(all, new HighlightField("*"));
        var fields = new List<HighlightField>();
        if (!all.TryGet("fields", out var list) || list.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array))
            throw ApiException.BadRequest("highlight has no 'fields'; it is an object, or a list of such, of names.");
        var objects = list.ValueKind == JsonValueKind.Array ? list.EnumerateArray().ToArray() : [list];
        foreach (var row in objects)
        {
            if (row.ValueKind != JsonValueKind.Object)
                throw ApiException.BadRequest($"highlight.fields has {row.GetRawText()}; it takes objects.");
            foreach (var field in row.EnumerateObject())
            {
                var own = new QueryMembers(field.Value, $"highlight.fields.{field.Name}", Options);
                fields.Add(Read(own, standard with { Name = field.Name }));
            }
        }

        return fields.Count is > 0 and <= CollectionSchema.FieldsMax
            ? fields
            : throw ApiException.BadRequest(
                $"highlight.fields has {fields.Count} names; allowed are 1 to {CollectionSchema.FieldsMax}.");
    }

    private static HighlightField Read(QueryMembers members, HighlightField standard)
    {
        if (members.TryGet("type", out _)) members.Choice("type", "unified", "plain");
        if (members.TryGet("boundary_scanner", out _)) members.Choice("boundary_scanner", "sentence", "sentence");
        var query = members.TryGet("highlight_query", out var tree) ? QueryJson.Read(tree) : standard.Query;
        return standard with
        {
            PreTag = Tag(members, "pre_tags", standard.PreTag),
            PostTag = Tag(members, "post_tags", standard.PostTag),
            FragmentSize = Int(members, "fragment_size", standard.FragmentSize, 0, HighlightField.FragmentSizeMax),
            Fragments = Int(members, "number_of_fragments", standard.Fragments, 0, HighlightField.FragmentsMax),
            NoMatchSize = Int(members, "no_match_size", standard.NoMatchSize, 0, HighlightField.FragmentSizeMax),
            AnalyzedChars = Int(
                members, "max_analyzed_offset", standard.AnalyzedChars, 1, HighlightField.AnalyzedMax),
            Html = members.TryGet("encoder", out _)
                ? members.Choice("encoder", "default", "html") == "html"
                : standard.Html,
            BestFirst = members.TryGet("order", out _)
                ? members.Choice("order", "none", "score") == "score"
                : standard.BestFirst,
            RequireFieldMatch = members.TryGet("require_field_match", out _)
                ? members.Choice("require_field_match", "true", "false") == "true"
                : standard.RequireFieldMatch,
            Query = query,
        };
    }

    /// <summary>The first of a list of marks: there is one kind of match.</summary>
    private static string Tag(QueryMembers members, string name, string standard)
    {
        if (!members.TryGet(name, out var value)) return standard;
        var tag = value.ValueKind == JsonValueKind.Array ? members.Texts(name).FirstOrDefault("") : members.Text(name);
        return System.Text.Encoding.UTF8.GetByteCount(tag) <= HighlightField.TagBytesMax
            ? tag
            : throw ApiException.BadRequest(
                $"{members.Where}.{name} is longer than {HighlightField.TagBytesMax} bytes.");
    }

    private static int Int(QueryMembers members, string name, int standard, int least, int most)
    {
        var number = members.Int(name, standard);
        return number >= least && number <= most
            ? number
            : throw ApiException.BadRequest($"{members.Where}.{name} is {number}; allowed are {least} to {most}.");
    }
}

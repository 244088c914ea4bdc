using System.Text.Json;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>A schema from JSON and back.</summary>
internal static class SchemaJson
{
    private static readonly Dictionary<string, FieldType> TypesByName = Enum.GetValues<FieldType>().ToDictionary(
        type => JsonNamingPolicy.SnakeCaseLower.ConvertName(type.ToString()), StringComparer.OrdinalIgnoreCase);

    /// <summary>The schema that a body declares.</summary>
    /// <exception cref="ApiException">It says something that no schema has.</exception>
    public static CollectionSchema ToSchema(string name, CollectionBody body) => new()
    {
        Name = name,
        Fields = ToFields(body.Fields),
        Mapping = ToMapping(body.Mapping),
        OwnPrefix = body.PathPrefix == $"/{name}/" ? null : body.PathPrefix,
        Shape = ToShape(body.Shape),
        IgnoreMalformed = body.IgnoreMalformed ?? false,
        QueryStopWords = body.QueryStopWords,
        Analysis = body.Analysis is { } analysis ? AnalysisJson.Read(analysis) : null,
    };

    private static List<FieldSchema> ToFields(IReadOnlyList<FieldBody> bodies)
    {
        var fields = new List<FieldSchema>();
        foreach (var body in bodies)
        {
            if (body is null) throw ApiException.BadRequest("A field is null; it must be an object.");
            var field = ToField(body, body.Name ?? throw ApiException.BadRequest("A field has no name."));
            fields.Add(field);
            foreach (var (member, other) in body.Fields ?? new Dictionary<string, FieldBody>())
            {
                if (other is null)
                    throw ApiException.BadRequest($"Field '{field.Name}.{member}' is null; it must be an object.");
                if (other.Fields is not null || other.CopyTo is not null || other.Sources is not null)
                {
                    throw ApiException.BadRequest(
                        $"Field '{field.Name}.{member}' is one way that '{field.Name}' is indexed: it has no fields, "
                        + "copyTo or sources of its own.");
                }

                fields.Add(ToField(other, $"{field.Name}.{member}") with { Sources = Feeding(field) });
            }
        }

        foreach (var body in bodies)
            if (body.CopyTo is { } to) Copy(fields, body.Name!, AnalysisJson.Texts(to, $"{body.Name}.copyTo"));
        return fields;
    }

    private static FieldNames Feeding(FieldSchema field) => field.Sources.Count > 0 ? field.Sources : [field.Name];

    private static void Copy(List<FieldSchema> fields, string name, IReadOnlyList<string> targets)
    {
        var from = Feeding(fields.Find(field => field.Name == name)!);
        foreach (var target in targets)
        {
            var at = fields.FindIndex(field => field.Name == target);
            if (at < 0)
            {
                throw ApiException.BadRequest(
                    $"Field '{name}' is copied to '{target}', which the schema does not have; declare it too.");
            }

            fields[at] = fields[at] with { Sources = [.. Feeding(fields[at]).Concat(from).Distinct()] };
        }
    }

    private static FieldSchema ToField(FieldBody body, string name)
    {
        if (!TypesByName.TryGetValue(body.Type, out var type))
        {
            throw ApiException.BadRequest(
                $"The type of field '{name}' is '{body.Type}'; allowed are {string.Join(", ", TypesByName.Keys)}.");
        }

        var hasTextOption = (body.StopWords ?? body.Positions ?? body.Norms ?? body.Instant) != null
            || body.SearchAnalyzer != null || (body.Analyzer != null && type != FieldType.Completion);
        if (type != FieldType.Text && hasTextOption)
        {
            throw ApiException.BadRequest(
                $"Field '{name}' is {body.Type}; only text has analyzer, searchAnalyzer, stopWords, positions, "
                + "norms and instant.");
        }

        return new FieldSchema
        {
            Name = name,
            Type = type,
            Analyzer = body.Analyzer ?? "standard",
            StopWords = body.StopWords ?? false,
            Positions = body.Positions ?? true,
            Norms = body.Norms ?? true,
            Instant = body.Instant ?? false,
            Separator = body.Separator ?? "",
            FoldCase = body.FoldCase ?? false,
            Alias = body.Alias ?? "",
            LongitudeFirst = body.LongitudeFirst ?? false,
            Weight = body.Weight ?? 1,
            Vector = VectorFieldJson.Read(body, type),
            SearchAnalyzer = body.SearchAnalyzer,
            Sources = [.. body.Sources ?? []],
        };
    }

    private static DocumentShape ToShape(string? name) => name switch
    {
        null or "json" => DocumentShape.Json,
        "hash" => DocumentShape.Hash,
        _ => throw ApiException.BadRequest($"shape is '{name}'; allowed are json and hash."),
    };

    private static MappingMode ToMapping(string? name) => name switch
    {
        null or "ignore" => MappingMode.Ignore,
        "strict" => MappingMode.Strict,
        "dynamic" => MappingMode.Dynamic,
        _ => throw ApiException.BadRequest($"mapping is '{name}'; allowed are ignore, strict and dynamic."),
    };

    /// <summary>A collection as it is answered.</summary>
    public static CollectionAnswer ToAnswer(CollectionStatus collection)
    {
        var schema = collection.Schema;
        return new CollectionAnswer(
            schema.Name, schema.PathPrefix, collection.Documents, collection.Searchable, collection.Bytes,
            schema.Mapping.ToString().ToLowerInvariant(),
            ToBodies(schema.Fields),
            schema.Shape == DocumentShape.Json ? null : schema.Shape.ToString().ToLowerInvariant(),
            schema.IgnoreMalformed ? true : null,
            schema.QueryStopWords,
            collection.Aliases.Count == 0 ? null : collection.Aliases,
            collection.Reindex is { } reindex ? ReindexEndpoints.ToAnswer(reindex) : null,
            schema.Analysis is { } analysis ? AnalysisJson.Write(analysis) : null);
    }

    private static List<FieldBody> ToBodies(IReadOnlyList<FieldSchema> fields)
    {
        var owners = fields.Where(field => field.Sources.Count == 0).Select(field => field.Name)
            .ToHashSet(StringComparer.Ordinal);
        var ways = fields.Where(field => OwnerOf(field) is { } owner && owners.Contains(owner))
            .ToLookup(field => OwnerOf(field)!, StringComparer.Ordinal);
        var bodies = new List<FieldBody>();
        foreach (var field in fields)
        {
            if (OwnerOf(field) is { } owner && owners.Contains(owner)) continue;
            var body = ToBody(field);
            bodies.Add(!ways.Contains(field.Name)
                ? body
                : body with
                {
                    Fields = ways[field.Name].ToDictionary(
                        way => way.Name[(field.Name.Length + 1)..],
                        way => ToBody(way) with { Name = null, Sources = null }),
                });
        }

        return bodies;
    }

    /// <summary>The field that this one is another way of indexing, if it is called so.</summary>
    private static string? OwnerOf(FieldSchema field)
    {
        var dot = field.Name.LastIndexOf('.');
        return dot > 0 && field.Sources.Count == 1 && field.Name[..dot] == field.Sources[0] ? field.Sources[0] : null;
    }

    private static FieldBody ToBody(FieldSchema field)
    {
        if (field.Vector is { } options) return VectorFieldJson.Write(field, options);
        var isText = field.Type == FieldType.Text;
        return new FieldBody
        {
            Name = field.Name,
            Type = JsonNamingPolicy.SnakeCaseLower.ConvertName(field.Type.ToString()),
            Analyzer = isText || field.Type == FieldType.Completion ? field.Analyzer : null,
            StopWords = isText ? field.StopWords : null,
            Positions = isText && !field.Positions ? false : null,
            Norms = isText && !field.Norms ? false : null,
            Instant = field.Instant ? true : null,
            Separator = field.Separator == "" ? null : field.Separator,
            FoldCase = field.FoldCase ? true : null,
            Alias = field.Alias == "" ? null : field.Alias,
            LongitudeFirst = field.LongitudeFirst ? true : null,
            Weight = isText && field.Weight != 1 ? field.Weight : null,
            SearchAnalyzer = field.SearchAnalyzer,
            Sources = field.Sources.Count > 0 ? field.Sources : null,
        };
    }
}

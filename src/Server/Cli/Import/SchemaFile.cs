using System.Text.Json;
using Hedgerow.Protocol;

namespace Hedgerow.Server.Cli.Import;

/// <summary>
/// A schema as JSON: <c>{"fields":[{"name":"title","type":"text","analyzer":"english"}]}</c>. Each error names the file
/// and what is allowed.
/// </summary>
internal static class SchemaFile
{
    /// <summary>Reads a schema for a collection.</summary>
    /// <exception cref="CliException">The file is missing or no schema.</exception>
    public static CollectionSchema Read(string file, string collection)
    {
        if (!File.Exists(file)) throw CliException.Usage($"--schema: there is no file {file}.");
        using var stream = File.OpenRead(file);
        return Read(stream, file, collection);
    }

    /// <summary>Reads a schema that errors call <paramref name="file"/>.</summary>
    /// <exception cref="CliException">The stream is no schema.</exception>
    public static CollectionSchema Read(Stream stream, string file, string collection)
    {
        try
        {
            using var json = JsonDocument.Parse(stream);
            return new CollectionSchema { Name = collection, Fields = [.. Fields(json.RootElement, file)] };
        }
        catch (JsonException broken)
        {
            throw CliException.Usage($"--schema: {file} is not JSON: {broken.Message}");
        }
    }

    private static IEnumerable<FieldSchema> Fields(JsonElement root, string file)
    {
        if (root.ValueKind != JsonValueKind.Object ||
            !root.TryGetProperty("fields", out var fields) || fields.ValueKind != JsonValueKind.Array)
        {
            throw CliException.Usage($"--schema: {file} must be an object with an array 'fields'.");
        }

        return fields.EnumerateArray().Select(field => Field(field, file));
    }

    private static FieldSchema Field(JsonElement field, string file)
    {
        if (field.ValueKind != JsonValueKind.Object || Text(field, "name") is not { } name)
            throw CliException.Usage($"--schema: {file}: every field is an object with a 'name'.");
        var type = Text(field, "type") ?? "";
        if (!Enum.TryParse<FieldType>(type, ignoreCase: true, out var parsed) || !Enum.IsDefined(parsed))
            throw CliException.Usage(
                $"--schema: {file}: field '{name}' has type '{type}'; allowed are text, keyword, number, date.");
        return new FieldSchema
        {
            Name = name,
            Type = parsed,
            Analyzer = Text(field, "analyzer") ?? "standard",
            StopWords = Flag(field, "stopWords"),
            Instant = Flag(field, "instant"),
        };
    }

    private static bool Flag(JsonElement field, string member) =>
        field.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.True;

    private static string? Text(JsonElement field, string member) =>
        field.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}

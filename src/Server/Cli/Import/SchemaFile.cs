using System.Text.Json;
using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Http;

namespace Hedgerow.Server.Cli.Import;

/// <summary>
/// A schema as JSON, as PUT /v1/collections/NAME takes it: <c>{"fields":[{"name":"title","type":"text"}]}</c>. Each
/// error names the file and what is allowed.
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
            // First as any JSON, so that what is none and what is no schema are told apart.
            using var json = JsonDocument.Parse(stream);
            Check(json.RootElement, file);
            var body = JsonSerializer.SerializeToUtf8Bytes(json.RootElement, ApiJson.Wire.JsonElement);
            return SchemaJson.ToSchema(collection, Answers.Read(body, ApiJson.Wire.CollectionBody));
        }
        catch (JsonException broken)
        {
            throw CliException.Usage($"--schema: {file} is not JSON: {broken.Message}");
        }
        catch (ApiException wrong)
        {
            throw CliException.Usage($"--schema: {file}: {wrong.Message}");
        }
    }

    /// <summary>Says of the commonest mistakes what is expected.</summary>
    private static void Check(JsonElement root, string file)
    {
        if (root.ValueKind != JsonValueKind.Object ||
            !root.TryGetProperty("fields", out var fields) || fields.ValueKind != JsonValueKind.Array)
        {
            throw CliException.Usage($"--schema: {file} must be an object with an array 'fields'.");
        }

        foreach (var field in fields.EnumerateArray())
        {
            if (field.ValueKind != JsonValueKind.Object || Text(field, "name") is not { } name)
                throw CliException.Usage($"--schema: {file}: every field is an object with a 'name'.");
            var type = Text(field, "type") ?? "";
            var typeName = type.Replace("_", "", StringComparison.Ordinal);
            if (Enum.TryParse<FieldType>(typeName, ignoreCase: true, out var parsed) && Enum.IsDefined(parsed))
                continue;
            var allowed = string.Join(", ", Enum.GetNames<FieldType>()).ToLowerInvariant();
            throw CliException.Usage(
                $"--schema: {file}: field '{name}' has type '{type}'; allowed are {allowed}.");
        }
    }

    private static string? Text(JsonElement field, string member) =>
        field.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}

using System.Text.Json;
using System.Text.Json.Serialization;
using Hedgerow.Server.Config;

namespace Hedgerow.Server.Simulation.Scenarios;

/// <summary>Times as settings write them: a number and a unit.</summary>
internal sealed class ScenarioTimes : JsonConverter<TimeSpan>
{
    /// <summary>For messages.</summary>
    public const string Allowed = "a number and a unit (us, ms, s, m, h), such as \"20ms\"";

    public static bool TryParse(string text, out TimeSpan time) => Quantities.TryParseDuration(text, out time);

    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var text = reader.TokenType == JsonTokenType.String ? reader.GetString()! : "";
        if (TryParse(text, out var time)) return time;
        using var document = JsonDocument.ParseValue(ref reader);
        throw new JsonException($"{document.RootElement.GetRawText()} is no time; allowed: {Allowed}.");
    }

    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) =>
        writer.WriteStringValue(Quantities.FormatDuration(value));
}

/// <summary>Words of an enum in camel case; a wrong one's message lists them.</summary>
internal sealed class WordConverter<T> : JsonConverter<T>
    where T : struct, Enum
{
    private static readonly string[] Words =
        [.. Enum.GetNames<T>().Select(JsonNamingPolicy.CamelCase.ConvertName)];

    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var text = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        var at = Array.IndexOf(Words, text);
        if (at >= 0) return Enum.GetValues<T>()[at];
        using var document = JsonDocument.ParseValue(ref reader);
        throw new JsonException(
            $"{document.RootElement.GetRawText()} is not known; allowed: {string.Join(", ", Words)}.");
    }

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        writer.WriteStringValue(JsonNamingPolicy.CamelCase.ConvertName(value.ToString()));
}

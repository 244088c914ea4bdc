using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Hedgerow.Server.Simulation.Time;

namespace Hedgerow.Server.Simulation.Scenarios;

/// <summary>
/// Distributions as scenarios write them: <c>"2ms"</c>, or an object of one member that says which kind.
/// </summary>
internal sealed class DistributionConverter : JsonConverter<Distribution>
{
    private const string Kinds =
        "a time such as \"2ms\", or one of exponential, uniform, lognormal, percentiles, file, mix";

    private const int PointsMax = 10_000;
    private readonly string _directory;

    /// <param name="directory">Where the files that a scenario names lie.</param>
    public DistributionConverter(string directory)
    {
        _directory = directory;
    }

    public override Distribution Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        return Parse(document.RootElement);
    }

    public override void Write(Utf8JsonWriter writer, Distribution value, JsonSerializerOptions options) =>
        throw new NotSupportedException("Scenarios are only read.");

    private Distribution Parse(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.String) return new Distribution.Constant(Nanos(element));
        if (element.ValueKind != JsonValueKind.Object || element.EnumerateObject().Count() != 1) throw Wrong(element);
        var kind = element.EnumerateObject().First();
        return kind.Name switch
        {
            "exponential" => new Distribution.Exponential(Nanos(kind.Value)),
            "uniform" => ParseUniform(kind.Value),
            "lognormal" => ParseLogNormal(kind.Value),
            "percentiles" => ParsePercentiles(kind.Value),
            "file" => ParseFile(kind.Value),
            "mix" => ParseMix(kind.Value),
            _ => throw Wrong(element),
        };
    }

    private static Distribution ParseUniform(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() != 2)
            throw new JsonException("uniform takes two times, such as [\"1ms\", \"3ms\"].");
        var (least, most) = (Nanos(value[0]), Nanos(value[1]));
        return least <= most
            ? new Distribution.Uniform(least, most)
            : throw new JsonException($"uniform is {value}; the first time must not be above the second.");
    }

    private static Distribution ParseLogNormal(JsonElement value)
    {
        const string Allowed = "lognormal takes a median and a p99, such as {\"median\": \"2ms\", \"p99\": \"9ms\"}.";
        if (value.ValueKind != JsonValueKind.Object || value.EnumerateObject().Count() != 2
            || !value.TryGetProperty("median", out var median) || !value.TryGetProperty("p99", out var p99))
            throw new JsonException(Allowed);
        var (middle, tail) = (Nanos(median), Nanos(p99));
        if (middle <= 0 || tail < middle)
            throw new JsonException($"lognormal is {value}; the median must be above 0 and not above the p99.");
        var sigma = Math.Log((double)tail / middle) / Distribution.LogNormal.Deviations99;
        return new Distribution.LogNormal(middle, sigma);
    }

    private static Distribution ParsePercentiles(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object)
            throw new JsonException("percentiles takes an object, such as {\"50\": \"1ms\", \"99.9\": \"20ms\"}.");
        return Measured([.. value.EnumerateObject().Select(p => (p.Name, Nanos(p.Value)))]);
    }

    private Distribution ParseFile(JsonElement value)
    {
        var name = value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Wrong(value);
        var points = new List<(string, long)>();
        try
        {
            foreach (var line in File.ReadLines(Path.Combine(_directory, name)))
            {
                var words = line.Split('#')[0].Split(' ', '\t', StringSplitOptions.RemoveEmptyEntries);
                if (words.Length == 0) continue;
                if (words.Length != 2 || !ScenarioTimes.TryParse(words[1], out var time) || points.Count == PointsMax)
                {
                    throw new JsonException(
                        $"'{line}' in {name} is not a percentile and a time, such as '99.9 20ms', or there are more " +
                        $"than {PointsMax} of them.");
                }

                points.Add((words[0], VirtualTime.Nanos(time)));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new JsonException($"file is '{name}', which can't be read: {e.Message}", e);
        }

        return Measured(points);
    }

    private Distribution ParseMix(JsonElement value)
    {
        const string Allowed = "mix takes a list of parts, such as [{\"share\": 0.9, \"of\": \"1ms\"}, …].";
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() == 0) throw new JsonException(Allowed);
        var parts = new List<(double, Distribution)>();
        foreach (var part in value.EnumerateArray())
        {
            if (part.ValueKind != JsonValueKind.Object || part.EnumerateObject().Count() != 2
                || !part.TryGetProperty("share", out var share) || !part.TryGetProperty("of", out var of)
                || share.ValueKind != JsonValueKind.Number || !(share.GetDouble() > 0))
                throw new JsonException($"{Allowed} Each share is above 0.");
            parts.Add((share.GetDouble(), Parse(of)));
        }

        return new Distribution.Mix(parts);
    }

    private static Distribution Measured(IReadOnlyList<(string Percentile, long Nanos)> rows)
    {
        var points = new List<(double Percentile, double Nanos)>();
        foreach (var (text, nanos) in rows)
        {
            if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var percentile)
                || !(percentile is >= 0 and <= 100))
                throw new JsonException($"'{text}' is no percentile; allowed: 0 to 100.");
            if (points.Count > 0 && (percentile <= points[^1].Percentile || nanos < points[^1].Nanos))
                throw new JsonException($"Percentiles and their times must grow; {text} does not.");
            points.Add((percentile, nanos));
        }

        return points.Count >= 2
            ? new Distribution.Measured(points)
            : throw new JsonException($"There are {points.Count} percentiles; at least 2 are needed.");
    }

    private static long Nanos(JsonElement value) => value.ValueKind == JsonValueKind.String
        && ScenarioTimes.TryParse(value.GetString()!, out var time)
            ? VirtualTime.Nanos(time)
            : throw new JsonException($"{value.GetRawText()} is no time; allowed: {ScenarioTimes.Allowed}.");

    private static JsonException Wrong(JsonElement element) =>
        new($"{element.GetRawText()} is no distribution; allowed: {Kinds}.");
}

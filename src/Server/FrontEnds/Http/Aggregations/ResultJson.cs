using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>Results of aggregations as JSON, in OpenSearch's shape; hits of buckets in the shape of our own.</summary>
internal static class ResultJson
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>An object with a member for each result; null where there are none.</summary>
    public static RawJson? Write(IReadOnlyList<AggregationResult> results)
    {
        if (results.Count == 0) return null;
        var output = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(output, Options);
        json.WriteStartObject();
        WriteAll(json, results);
        json.WriteEndObject();
        json.Flush();
        return new RawJson(output.WrittenMemory);
    }

    private static void WriteAll(Utf8JsonWriter json, IReadOnlyList<AggregationResult> results)
    {
        foreach (var result in results)
        {
            json.WriteStartObject(result.Name);
            WriteOne(json, result);
            json.WriteEndObject();
        }
    }

    private static void WriteOne(Utf8JsonWriter json, AggregationResult result)
    {
        switch (result)
        {
            case BucketsResult buckets:
                WriteBuckets(json, buckets);
                break;
            case BucketResult bucket:
                json.WriteNumber("doc_count", bucket.Count);
                WriteAll(json, bucket.Within);
                break;
            case NumberResult number:
                Number(json, "value", number.Value);
                if (number.Text is not null) json.WriteString("value_as_string", number.Text);
                if (number.Keys.Count > 0) Texts(json, "keys", number.Keys);
                break;
            case StatsResult stats:
                WriteStats(json, stats);
                break;
            case PercentilesResult percentiles:
                json.WriteStartObject("values");
                foreach (var row in percentiles.Rows)
                {
                    var name = row.Asked.ToString("0.0###############", CultureInfo.InvariantCulture);
                    Number(json, name, row.Answer);
                    if (percentiles.AreDates && row.Answer is { } instant)
                        json.WriteString(name + "_as_string", Date((long)instant));
                }

                json.WriteEndObject();
                break;
            case BoundsResult { TopLeft: { } topLeft, BottomRight: { } bottomRight }:
                json.WriteStartObject("bounds");
                Point(json, "top_left", topLeft);
                Point(json, "bottom_right", bottomRight);
                json.WriteEndObject();
                break;
            case CentroidResult centroid:
                if (centroid.Location is { } middle) Point(json, "location", middle);
                json.WriteNumber("count", centroid.Count);
                break;
            case HitsResult hits:
                WriteHits(json, hits);
                break;
        }
    }

    private static void WriteBuckets(Utf8JsonWriter json, BucketsResult result)
    {
        if (result.Total is { } total) json.WriteNumber("doc_count", total);
        if (result.Background is { } background) json.WriteNumber("bg_count", background);
        if (result.ErrorBound is { } bound) json.WriteNumber("doc_count_error_upper_bound", bound);
        if (result.OtherCount is { } other) json.WriteNumber("sum_other_doc_count", other);
        if (result.After.Count > 0) Keys(json, "after_key", result.Sources, result.After);
        if (result.IsNamed) json.WriteStartObject("buckets");
        else json.WriteStartArray("buckets");
        foreach (var bucket in result.Buckets)
        {
            if (result.IsNamed) json.WriteStartObject(bucket.Key.Text!);
            else json.WriteStartObject();
            WriteBucket(json, result, bucket);
            json.WriteEndObject();
        }

        if (result.IsNamed) json.WriteEndObject();
        else json.WriteEndArray();
    }

    private static void WriteBucket(Utf8JsonWriter json, BucketsResult result, AggregationBucket bucket)
    {
        if (result.Sources.Count > 0) Keys(json, "key", result.Sources, bucket.Keys);
        else if (!result.IsNamed) Value(json, "key", bucket.Key);
        if (bucket.KeyText is not null) json.WriteString("key_as_string", bucket.KeyText);
        if (result.Sources.Count == 0 && bucket.Keys.Count == 2)
        {
            Bound(json, "from", bucket.Keys[0]);
            Bound(json, "to", bucket.Keys[1]);
        }

        json.WriteNumber("doc_count", bucket.Count);
        if (bucket.ErrorBound is > 0) json.WriteNumber("doc_count_error_upper_bound", bucket.ErrorBound.Value);
        if (bucket.Score is { } score) json.WriteNumber("score", score);
        if (bucket.BackgroundCount is { } known) json.WriteNumber("bg_count", known);
        WriteAll(json, bucket.Within);
    }

    private static void WriteStats(Utf8JsonWriter json, StatsResult stats)
    {
        json.WriteNumber("count", stats.Count);
        Number(json, "min", stats.Min);
        Number(json, "max", stats.Max);
        Number(json, "avg", stats.Average);
        json.WriteNumber("sum", stats.Sum);
        if (stats.Spread is not { } spread) return;
        var deviation = Root(spread.Variance);
        var ofSample = Root(spread.SampleVariance);
        Number(json, "sum_of_squares", spread.SumOfSquares);
        Number(json, "variance", spread.Variance);
        Number(json, "variance_population", spread.Variance);
        Number(json, "variance_sampling", spread.SampleVariance);
        Number(json, "std_deviation", deviation);
        Number(json, "std_deviation_population", deviation);
        Number(json, "std_deviation_sampling", ofSample);
        json.WriteStartObject("std_deviation_bounds");
        Number(json, "upper", stats.Average + (spread.Sigma * deviation));
        Number(json, "lower", stats.Average - (spread.Sigma * deviation));
        Number(json, "upper_sampling", stats.Average + (spread.Sigma * ofSample));
        Number(json, "lower_sampling", stats.Average - (spread.Sigma * ofSample));
        json.WriteEndObject();
    }

    private static void WriteHits(Utf8JsonWriter json, HitsResult hits)
    {
        json.WriteStartObject("hits");
        json.WriteStartObject("total");
        json.WriteNumber("value", hits.Total);
        json.WriteString("relation", "eq");
        json.WriteEndObject();
        json.WriteStartArray("hits");
        foreach (var hit in hits.Hits)
            JsonSerializer.Serialize(json, SearchJson.Hit(hit, hit.SortValues), ApiJson.Wire.HitAnswer);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Keys(
        Utf8JsonWriter json, string name, IReadOnlyList<string> sources, IReadOnlyList<SortValue> keys)
    {
        json.WriteStartObject(name);
        for (var i = 0; i < Math.Min(sources.Count, keys.Count); i++) Value(json, sources[i], keys[i]);
        json.WriteEndObject();
    }

    private static void Bound(Utf8JsonWriter json, string name, SortValue bound)
    {
        if (bound.IsMissing) return;
        Value(json, name, bound);
        if (bound.Whole is { } instant) json.WriteString(name + "_as_string", Date(instant));
    }

    private static void Value(Utf8JsonWriter json, string name, SortValue value)
    {
        if (value.Text is { } text) json.WriteString(name, text);
        else if (value.Whole is { } whole) json.WriteNumber(name, whole);
        else if (value.Number is { } number) json.WriteNumber(name, number);
    }

    private static void Number(Utf8JsonWriter json, string name, double? number)
    {
        if (number is { } value && double.IsFinite(value)) json.WriteNumber(name, value);
        else json.WriteNull(name);
    }

    private static void Point(Utf8JsonWriter json, string name, GeoPoint point)
    {
        json.WriteStartObject(name);
        json.WriteNumber("lat", point.Latitude);
        json.WriteNumber("lon", point.Longitude);
        json.WriteEndObject();
    }

    private static void Texts(Utf8JsonWriter json, string name, IReadOnlyList<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts) json.WriteStringValue(text);
        json.WriteEndArray();
    }

    private static double? Root(double? variance) => variance is { } value ? Math.Sqrt(value) : null;

    private static string Date(long instant) =>
        DateBuckets.Of(new DateRounding(CalendarUnit.Day, 0), out _)!.Text(instant);
}

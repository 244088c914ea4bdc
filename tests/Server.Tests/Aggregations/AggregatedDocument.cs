using System.Text;
using System.Text.Json.Nodes;
using Hedgerow.Protocol;

namespace Hedgerow.Server.Tests.Aggregations;

/// <summary>One document of the model.</summary>
internal sealed record AggregatedDocument(
    string Path, string[] Tags, string? Shop, double? Price, long[] Counts, long? Day, bool? Draft)
{
    /// <summary>Places, as they are stored.</summary>
    public GeoPoint[] Places { get; init; } = [];

    private static readonly string[] Words = ["oak", "ash", "Elm", "yew", "élan", "\uE000", "😀", "a", "aa"];

    public static CollectionSchema Schema { get; } = new()
    {
        Name = "docs",
        Fields =
        [
            new FieldSchema { Name = "tags", Type = FieldType.Keyword },
            new FieldSchema { Name = "shop", Type = FieldType.Keyword },
            new FieldSchema { Name = "price", Type = FieldType.Number },
            new FieldSchema { Name = "counts", Type = FieldType.Integer },
            new FieldSchema { Name = "day", Type = FieldType.Date },
            new FieldSchema { Name = "draft", Type = FieldType.Boolean },
            new FieldSchema { Name = "place", Type = FieldType.GeoPoint },
        ],
    };

    public static AggregatedDocument Random(Random random, int number) => new(
        $"/docs/{number:D4}",
        [.. Enumerable.Range(0, random.Next(4)).Select(_ => Words[random.Next(Words.Length)])],
        random.Next(8) == 0 ? null : $"s{Math.Min(random.Next(9), random.Next(9))}",
        random.Next(6) == 0 ? null : Number(random),
        [.. Enumerable.Range(0, random.Next(3)).Select(_ => (long)random.Next(-4, 9))],
        random.Next(6) == 0 ? null : 1_700_000_000_000 + random.NextInt64(-30_000_000_000, 30_000_000_000),
        random.Next(5) == 0 ? null : random.Next(2) == 0)
    {
        Places = [.. Enumerable.Range(0, random.Next(3)).Select(_ => PlaceModel.Random(random))],
    };

    public ReadOnlyMemory<byte> Json()
    {
        var json = new JsonObject
        {
            ["tags"] = new JsonArray([.. Tags.Select(tag => (JsonNode)tag)]),
            ["counts"] = new JsonArray([.. Counts.Select(count => (JsonNode)count)]),
        };
        if (Places.Length > 0)
            json["place"] = new JsonArray([.. Places.Select(place => (JsonNode)new JsonObject
            {
                ["lat"] = place.Latitude, ["lon"] = place.Longitude,
            })]);
        if (Shop is not null) json["shop"] = Shop;
        if (Price is not null) json["price"] = Price;
        if (Day is not null) json["day"] = Day;
        if (Draft is not null) json["draft"] = Draft;
        return Encoding.UTF8.GetBytes(json.ToJsonString());
    }

    /// <summary>The values of a field as numbers.</summary>
    public double[] Numbers(string field) => field switch
    {
        "price" => Price is { } price ? [price] : [],
        "counts" => [.. Counts.Select(count => (double)count)],
        "day" => Day is { } day ? [day] : [],
        _ => Draft is { } draft ? [draft ? 1 : 0] : [],
    };

    /// <summary>The values of a field as keys of buckets, each once.</summary>
    public SortValue[] Keys(string field) => field switch
    {
        "tags" => [.. Tags.Distinct().Select(SortValue.Of)],
        "shop" => Shop is null ? [] : [SortValue.Of(Shop)],
        "place" => [.. Places.Select(place => SortValue.Of(place.ToString()))],
        "price" => [.. Numbers(field).Select(SortValue.Of)],
        _ => [.. Numbers(field).Distinct().Select(number => SortValue.Of((long)number))],
    };

    /// <summary>Numbers whose sum depends on the order of adding them.</summary>
    private static double Number(Random random) => random.Next(4) switch
    {
        0 => random.Next(-50, 50) / 10.0,
        1 => random.NextDouble() * 1e9,
        2 => random.NextDouble() * 1e-5,
        _ => random.Next(20),
    };
}

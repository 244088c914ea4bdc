using System.Globalization;
using System.Text;
using System.Text.Json;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Search.Values;

/// <summary>A document with values of every kind, as its model sees it.</summary>
internal sealed record Shop(string Path, string Body, string[] Tags, double[] Ratings, long[] Stars, long? Opened,
    GeoPoint[] Places)
{
    public static readonly CollectionSchema Schema = new()
    {
        Name = "shops",
        Fields =
        [
            new FieldSchema { Name = "body", Type = FieldType.Text },
            new FieldSchema { Name = "tags", Type = FieldType.Keyword },
            new FieldSchema { Name = "ratings", Type = FieldType.Number },
            new FieldSchema { Name = "stars", Type = FieldType.Integer },
            new FieldSchema { Name = "opened", Type = FieldType.Date },
            new FieldSchema { Name = "place", Type = FieldType.GeoPoint },
        ],
    };

    private static readonly string[] Words = ["cheese", "bread", "wine", "tea", "books", "shoes", "hats", "zips"];

    /// <summary>Where random places gather, so that areas have some in them: cities, poles, the date line.</summary>
    private static readonly GeoPoint[] Centers =
        [new(52.52, 13.41), new(-17, 179.99), new(-17, -179.98), new(89.99, 10), new(-90, 0), new(0, 0)];

    public static Shop Any(Random random, string path) => new(
        path,
        string.Join(' ', Enumerable.Range(0, random.Next(6)).Select(_ => Word(random))),
        [.. Enumerable.Range(0, random.Next(3)).Select(_ => Tag(random))],
        [.. Enumerable.Range(0, random.Next(4)).Select(_ => random.Next(-8, 30) / 4.0)],
        [.. Enumerable.Range(0, random.Next(4)).Select(_ => (long)random.Next(-10, 40))],
        random.Next(4) == 0 ? null : Day(random),
        [.. Enumerable.Range(0, random.Next(3)).Select(_ => Place(random))]);

    public static string Word(Random random) => Words[random.Next(random.Next(Words.Length) + 1)];

    public static string Tag(Random random) => "tag" + random.Next(300).ToString("D3", CultureInfo.InvariantCulture);

    /// <summary>Within some hundred days of 1970, to the hour.</summary>
    public static long Day(Random random) => random.Next(-9_600, 9_600) * 3_600_000L;

    public static GeoPoint Place(Random random)
    {
        if (random.Next(3) == 0)
            return new GeoPoint((random.NextDouble() * 180) - 90, (random.NextDouble() * 360) - 180);
        var center = Centers[random.Next(Centers.Length)];
        if (random.Next(6) == 0) return center;
        var spread = Math.Pow(10, random.Next(-5, 2));
        return new GeoPoint(
            Math.Clamp(center.Latitude + ((random.NextDouble() - 0.5) * spread), -90, 90),
            Math.Clamp(center.Longitude + ((random.NextDouble() - 0.5) * spread), -180, 180));
    }

    public byte[] Json() => JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object?>
    {
        ["body"] = Body,
        ["tags"] = Tags,
        ["ratings"] = Ratings,
        ["stars"] = Stars,
        ["opened"] = Opened,
        ["place"] = Places.Select((place, i) => Written(place, i)).ToArray(),
    });

    /// <summary>The place as its column holds it.</summary>
    public static GeoPoint Stored(GeoPoint place) => new(
        (Steps(place.Latitude, 180) / 4_294_967_296.0 * 180) - 90,
        (Steps(place.Longitude, 360) / 4_294_967_296.0 * 360) - 180);

    public static double Steps(double degrees, double span) =>
        Math.Min(Math.Floor(((degrees + (span / 2)) / span * 4_294_967_296.0) + 0.5), 4_294_967_295);

    /// <summary>In one of the notations, none of which loses a bit.</summary>
    private static object Written(GeoPoint place, int number) => number switch
    {
        0 => new { lat = place.Latitude, lon = place.Longitude },
        1 => new[] { place.Longitude, place.Latitude },
        _ => place.ToString(),
    };

    public byte[] Utf8Path() => Encoding.UTF8.GetBytes(Path);
}

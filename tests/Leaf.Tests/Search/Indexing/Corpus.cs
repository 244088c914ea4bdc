using System.Text;
using System.Text.Json;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Search.Indexing;

/// <summary>A document of the tests as its model sees it.</summary>
internal sealed class ModelDocument(
    string path, ulong version, string? title, string body, string[] tags, double? price, long? day)
{
    public string Path => path;

    public ulong Version => version;

    public string? Title => title;

    public string Body => body;

    public string[] Tags => tags;

    public double? Price => price;

    public long? Day => day;

    /// <summary>None to three, made of the version.</summary>
    public long[] Counts =>
        [.. Enumerable.Range(0, (int)(version % 4)).Select(i => (((long)version * 31) + (i * 17)) % 41 - 20)];

    public bool? Draft => (version % 3) switch
    {
        0 => null,
        1 => true,
        _ => false,
    };

    public byte[] Json()
    {
        var members = new Dictionary<string, object?> { ["body"] = Body, ["other"] = new { nested = 1 } };
        if (Title is not null) members["title"] = Title;
        if (Tags.Length == 1) members["tags"] = Tags[0];
        else if (Tags.Length > 1) members["tags"] = Tags;
        if (Price is not null) members["price"] = Price;
        if (Day is not null) members["day"] = Day;
        if (Counts.Length > 0) members["counts"] = Counts;
        if (Draft is not null) members["draft"] = Draft;
        return JsonSerializer.SerializeToUtf8Bytes(members);
    }

    public string? TextOf(string field) => field == "title" ? Title : Body;
}

/// <summary>Random documents over a small, skewed vocabulary, so that terms are shared and phrases occur.</summary>
internal static class Corpus
{
    public static readonly CollectionSchema Schema = new()
    {
        Name = "docs",
        Fields =
        [
            new FieldSchema { Name = "title", Type = FieldType.Text },
            new FieldSchema { Name = "body", Type = FieldType.Text },
            new FieldSchema { Name = "tags", Type = FieldType.Keyword },
            new FieldSchema { Name = "price", Type = FieldType.Number },
            new FieldSchema { Name = "day", Type = FieldType.Date },
            new FieldSchema { Name = "counts", Type = FieldType.Integer },
            new FieldSchema { Name = "draft", Type = FieldType.Boolean },
        ],
    };

    private static readonly string[] Words =
    [
        "a", "the", "hedge", "row", "hedgerow", "hazel", "thorn", "oak", "rose", "bird", "nest", "field", "Feld",
        "straße", "été", "x", "xy", "xyz", "zebra", "zoo", "lane", "gate", "path", "stone", "wall", "ivy", "elder",
    ];

    public static string Word(Random random) =>
        Words[(int)(Words.Length * Math.Pow(random.NextDouble(), 2.5))];

    public static string Text(Random random, int wordsMax) =>
        string.Join(' ', Enumerable.Range(0, random.Next(wordsMax + 1)).Select(_ => Word(random)));

    public static string PathOf(int number) => $"/docs/{number % 7}/é-{number}";

    public static ModelDocument Document(Random random, string path, ulong version) => new(
        path,
        version,
        random.Next(3) == 0 ? null : Text(random, 6),
        Text(random, random.Next(10) == 0 ? 200 : 20),
        [.. Enumerable.Range(0, random.Next(4)).Select(_ => Word(random))],
        random.Next(3) == 0 ? null : random.Next(-20, 20) / 2.0,
        random.Next(3) == 0 ? null : random.Next(-5, 6) * 86_400_000L);

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}

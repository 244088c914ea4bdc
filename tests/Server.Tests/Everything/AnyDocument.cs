using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Hedgerow.Protocol;
using Hedgerow.Server.Tests.Aggregations;

namespace Hedgerow.Server.Tests.Everything;

/// <summary>One document with fields of every type: what its model knows, and one of the ways to write it.</summary>
internal sealed record AnyDocument(AggregatedDocument Facets)
{
    private static readonly string[] Vocabulary =
    [
        "oak", "Elm", "yew", "élan", "hedge", "row", "hedgerow", "x", "xy", "zoo", "ivy", "rose", "42",
        new string('w', 255),
    ];

    private static readonly double[] WideEdges =
        [0, -0.0, 1e308, -1e308, 5e-324, -5e-324, 0.1, 1e15 + 0.5, 3, -7.25, 9007199254740993, 1e300];

    private static readonly long[] DeepEdges =
        [0, -1, 1, long.MaxValue, long.MinValue, long.MaxValue - 1, 9007199254740993, 9007199254740992, 77];

    private static readonly long[] EraEdges =
    [
        0, -1, -62135596800000, 253402300799999, 1_700_000_000_000, 1_704_067_199_999, 1_704_067_200_000,
        951_782_400_000,
    ];

    public string Path => Facets.Path;

    public string[] Title { get; init; } = [];

    public string[] Body { get; init; } = [];

    public string[] Note { get; init; } = [];

    /// <summary>Strings that commas cut.</summary>
    public string[] Low { get; init; } = [];

    public double[] Wide { get; init; } = [];

    public long[] Deep { get; init; } = [];

    public long[] Era { get; init; } = [];

    public (string[] Names, long? Age)[] Authors { get; init; } = [];

    public float[]? Vector { get; init; }

    /// <summary>Of a field that was added to the collection later.</summary>
    public string[] Late { get; init; } = [];

    /// <summary>Whether it was written when that field was there.</summary>
    public bool IsLate { get; init; }

    /// <summary>Its fields: those of the aggregations' model, and more; without the one that comes later.</summary>
    public static CollectionSchema Schema { get; } = AggregatedDocument.Schema with
    {
        Fields =
        [
            .. AggregatedDocument.Schema.Fields,
            new FieldSchema { Name = "title", Type = FieldType.Text },
            new FieldSchema { Name = "title.raw", Type = FieldType.Keyword, Sources = ["title"] },
            new FieldSchema { Name = "title.en", Type = FieldType.Text, Sources = ["title"], Analyzer = "english" },
            new FieldSchema { Name = "body", Type = FieldType.Text, Norms = false },
            new FieldSchema { Name = "note", Type = FieldType.Text, Positions = false },
            new FieldSchema { Name = "low", Type = FieldType.Keyword, Separator = ",", FoldCase = true },
            new FieldSchema { Name = "wide", Type = FieldType.Number },
            new FieldSchema { Name = "deep", Type = FieldType.Integer },
            new FieldSchema { Name = "era", Type = FieldType.Date },
            new FieldSchema { Name = "author.name", Type = FieldType.Text },
            new FieldSchema { Name = "author.age", Type = FieldType.Integer },
            new FieldSchema
            {
                Name = "vec", Type = FieldType.DenseVector,
                Vector = new VectorOptions { Dims = 3, Similarity = VectorSimilarity.L2Norm },
            },
        ],
    };

    public static CollectionSchema LaterSchema { get; } = Schema with
    {
        Fields = [.. Schema.Fields, new FieldSchema { Name = "late", Type = FieldType.Keyword }],
    };

    /// <summary>Paths whose order by bytes is not that by UTF-16, some within others.</summary>
    public static string PathOf(int number)
    {
        string[] starts = ["\uE000", "😀", "é/", " ", "0", "00"];
        return $"/docs/{starts[number % starts.Length]}{number}";
    }

    public static string Word(Random random) =>
        Vocabulary[(int)(Vocabulary.Length * Math.Pow(random.NextDouble(), 2))];

    public static string Words(Random random, int most) =>
        string.Join(' ', Enumerable.Range(0, random.Next(most + 1)).Select(_ => Word(random)));

    public static double AnyWide(Random random) =>
        random.Next(3) == 0 ? random.Next(-40, 40) / 8.0 : WideEdges[random.Next(WideEdges.Length)];

    public static long AnyDeep(Random random) =>
        random.Next(3) == 0 ? random.Next(-5, 6) : DeepEdges[random.Next(DeepEdges.Length)];

    public static long AnyEra(Random random) => EraEdges[random.Next(EraEdges.Length)];

    public static float[] AnyVector(Random random) =>
        [random.Next(-3, 4), random.Next(-3, 4), random.Next(-8, 9) / 4f];

    public static AnyDocument Random(Random random, int number, bool isLate) =>
        new(AggregatedDocument.Random(random, number) with { Path = PathOf(number) })
        {
            Title = Several(random, 3, () => random.Next(9) == 0 ? "" : Words(random, 4)),
            Body = Several(random, 2, () => Words(random, random.Next(12) == 0 ? 120 : 9)),
            Note = Several(random, 2, () => Words(random, 5)),
            Low = Several(random, 3, () => Lows(random)),
            Wide = Several(random, 3, () => AnyWide(random)),
            Deep = Several(random, 3, () => AnyDeep(random)),
            Era = Several(random, 2, () => AnyEra(random)),
            Authors = Several(random, 3, () => (
                Several(random, 2, () => Words(random, 2)),
                random.Next(2) == 0 ? (long?)null : random.Next(20, 24))),
            Vector = random.Next(4) == 0 ? null : AnyVector(random),
            Late = Several(random, 2, () => "l" + random.Next(4)),
            IsLate = isLate,
        };

    public static string Lows(Random random) => string.Join(
        random.Next(2) == 0 ? "," : " , ",
        Enumerable.Range(0, random.Next(4))
            .Select(_ => random.Next(6) == 0 ? "" : Pick(random, "Red", "blue", "ÉTÉ")));

    /// <summary>Written in one of the ways that mean the same.</summary>
    public byte[] Json(Random random)
    {
        var json = JsonNode.Parse(Facets.Json().Span)!.AsObject();
        Put("title", Title.Select(Node));
        Put("body", Body.Select(Node));
        Put("note", Note.Select(Node));
        Put("low", Low.Select(Node));
        Put("wide", Wide.Select(value => Number(value.ToString("R", CultureInfo.InvariantCulture))));
        Put("deep", Deep.Select(value => Number(value.ToString(CultureInfo.InvariantCulture))));
        Put("era", Era.Select(Date));
        Put("late", Late.Select(Node));
        Put("author", Authors.Select(Author));
        if (Vector is not null) json["vec"] = new JsonArray([.. Vector.Select(number => (JsonNode)number)]);
        else if (random.Next(3) == 0) json["vec"] = null;
        json["unknown"] = new JsonObject { ["tags"] = "oak", ["title"] = 5 };
        return Encoding.UTF8.GetBytes(json.ToJsonString());

        JsonNode? Node(string text) => text;

        JsonNode? Number(string text) => random.Next(4) == 0 ? text : JsonNode.Parse(text);

        JsonNode? Date(long ms) => random.Next(2) == 0
            ? ms
            : DateTimeOffset.FromUnixTimeMilliseconds(ms)
                .ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

        JsonNode? Author((string[] Names, long? Age) author)
        {
            var one = new JsonObject();
            Into(one, "name", author.Names.Select(Node));
            if (author.Age is not null || random.Next(2) == 0) one["age"] = author.Age;
            return one;
        }

        void Put(string name, IEnumerable<JsonNode?> values) => Into(json, name, values);

        void Into(JsonObject target, string name, IEnumerable<JsonNode?> values)
        {
            List<JsonNode?> all = [.. values];
            if (all.Count == 0 && random.Next(3) > 0)
            {
                if (random.Next(2) == 0) target[name] = null;
                return;
            }

            if (all.Count == 1 && random.Next(2) == 0)
            {
                target[name] = all[0];
                return;
            }

            if (random.Next(4) == 0) all.Insert(random.Next(all.Count + 1), null);
            target[name] = new JsonArray([.. all]);
        }
    }

    private static T[] Several<T>(Random random, int most, Func<T> one) =>
        [.. Enumerable.Range(0, random.Next(most + 1)).Select(_ => one())];

    private static string Pick(Random random, params string[] choices) => choices[random.Next(choices.Length)];
}

using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Hedgerow.Server.Tests.Resp.Search;

/// <summary>GEO and VECTOR attributes of hashes.</summary>
public sealed class PlaceAndVectorTests
{
    private const int Points = 120;

    [Theory, BeforeLeafAndCluster]
    public async Task Places_are_longitude_and_latitude(string kind)
    {
        await using var node = await RespNode.StartAsync(kind);
        using var client = node.Connect();
        Assert.Equal("\"OK\"", client.Do("ft.create cities PREFIX 1 city: SCHEMA name TEXT at GEO"));
        client.Do("hset city:berlin name Berlin at 13.41,52.52");
        client.Do("hset city:potsdam name Potsdam at 13.06,52.40");
        client.Do("hset city:sydney name Sydney at 151.21,-33.87");
        client.Do("hset city:wrong name Nowhere at 13.41,152.52");
        client.Do("hset city:none name Atlantis at somewhere");
        Assert.Equal(["city:berlin", "city:potsdam"], Keys(client.Ask("ft.search", "cities", "@at:[13.4 52.5 50 km]")));
        Assert.Equal(["city:berlin"], Keys(client.Ask("ft.search", "cities", "@at:[13.4 52.5 6 mi]")));
        Assert.Equal(["city:sydney"], Keys(client.Ask("ft.search", "cities", "-@at:[13.4 52.5 50 km] @name:sydney")));
        Assert.Equal(
            ["city:potsdam"],
            Keys(client.Ask("ft.search", "cities", "*", "GEOFILTER", "at", "13.06", "52.4", "5000", "m")));
        Assert.Equal(["city:none", "city:wrong"], Keys(client.Ask("ft.search", "cities", "ismissing(@at)")));
        Assert.Equal("\"151.21,-33.87\"", client.Do("hget city:sydney at"));
    }

    [Theory]
    [InlineData(RespNode.BareLeaf, "FLAT", "L2")]
    [InlineData(RespNode.Cluster, "HNSW", "COSINE")]
    [InlineData(RespNode.Router, "FLAT", "IP")]
    public async Task Nearest_vectors_are_those_that_a_loop_finds(string kind, string method, string metric)
    {
        await using var node = await RespNode.StartAsync(kind);
        using var client = node.Connect();
        Assert.Equal(
            "\"OK\"",
            client.Do($"ft.create v PREFIX 1 v: SCHEMA n NUMERIC at VECTOR {method} 6 TYPE FLOAT32 DIM 3 "
                + $"DISTANCE_METRIC {metric}"));
        var random = new Random(3);
        var points = new float[Points][];
        for (var i = 0; i < Points; i++)
        {
            // Bytes of 2 and 0 are text as well: both spellings are met.
            points[i] = i == 0 ? [2, 0, 2] : [.. Enumerable.Range(0, 3).Select(_ => random.NextSingle() - 0.4f)];
            Assert.Equal(2L, client.Ask("hset", $"v:{i}", "n", $"{i}", "at", Blob(points[i])));
        }

        Assert.Equal(Blob(points[0]), client.Ask("hget", "v:0", "at"));
        Assert.Equal(Blob(points[7]), client.Ask("hget", "v:7", "at"));
        float[] query = [0.3f, -0.2f, 0.5f];
        var expected = Enumerable.Range(0, Points).Where(i => i < 60)
            .OrderBy(i => Distance(metric, points[i], query)).Take(5).ToArray();
        var answer = Assert.IsType<object?[]>(client.Ask(
            "ft.search", "v", "@n:[0 (60]=>[KNN 5 @at $q AS far]", "PARAMS", "2", "q", Blob(query), "SORTBY", "far",
            "RETURN", "1", "far", "DIALECT", "2"));
        Assert.Equal(11, answer.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.Equal($"v:{expected[i]}", answer[1 + (2 * i)]);
            var properties = (object?[])answer[2 + (2 * i)]!;
            var far = double.Parse((string)properties[1]!, CultureInfo.InvariantCulture);
            Assert.Equal(Distance(metric, points[expected[i]], query), far, 3);
        }

        var rows = Assert.IsType<object?[]>(client.Ask(
            "ft.aggregate", "v", "@n:[0 (60]=>[KNN 5 @at $q AS far]", "PARAMS", "2", "q", Blob(query), "LOAD", "2",
            "@far", "@n", "SORTBY", "2", "@far", "ASC"));
        Assert.Equal(6, rows.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            var row = (object?[])rows[1 + i]!;
            Assert.Equal($"{expected[i]}", row[3]);
            var far = double.Parse((string)row[1]!, CultureInfo.InvariantCulture);
            Assert.Equal(Distance(metric, points[expected[i]], query), far, 3);
        }

        Assert.Equal(
            "!Error parsing vector similarity query: query vector blob size (4) does not match index's expected size "
                + "(12).",
            RespTestClient.Show(client.Ask("ft.search", "v", "*=>[KNN 5 @at $q]", "PARAMS", "2", "q", "abcd")));
    }

    [Theory]
    [InlineData(RespNode.BareLeaf, "FLAT", "L2")]
    [InlineData(RespNode.Cluster, "HNSW", "COSINE")]
    [InlineData(RespNode.Router, "FLAT", "IP")]
    public async Task Vectors_within_a_distance_are_those_that_a_loop_finds(string kind, string method, string metric)
    {
        await using var node = await RespNode.StartAsync(kind);
        using var client = node.Connect();
        client.Do($"ft.create v PREFIX 1 v: SCHEMA n NUMERIC t TEXT at VECTOR {method} 6 TYPE FLOAT32 DIM 3 "
            + $"DISTANCE_METRIC {metric}");
        var random = new Random(4);
        var points = new float[Points][];
        for (var i = 0; i < Points; i++)
        {
            points[i] = [.. Enumerable.Range(0, 3).Select(_ => random.NextSingle() - 0.4f)];
            client.Ask("hset", $"v:{i}", "n", $"{i}", "t", i % 2 == 0 ? "even" : "odd", "at", Blob(points[i]));
        }

        float[] query = [0.3f, -0.2f, 0.5f];
        // Half way between two distances, so that no rounding decides.
        var all = Enumerable.Range(0, Points).Select(i => Distance(metric, points[i], query)).Order().ToArray();
        var radius = ((all[40] + all[41]) / 2).ToString("R", CultureInfo.InvariantCulture);
        string[] within =
        [
            .. Enumerable.Range(0, Points).Where(i => Distance(metric, points[i], query) <= (all[40] + all[41]) / 2)
                .OrderBy(i => Distance(metric, points[i], query)).Select(i => $"v:{i}"),
        ];
        string[] Ask(string text, params string[] options) => Keys(client.Ask(
            ["ft.search", "v", text, "PARAMS", "4", "q", Blob(query), "r", radius, "LIMIT", "0", "1000", "NOCONTENT",
             .. options]));
        string[] Sorted(IEnumerable<string> keys) => [.. keys.Order(StringComparer.Ordinal)];
        bool IsEven(string key) => int.Parse(key[2..], CultureInfo.InvariantCulture) % 2 == 0;
        Assert.Equal(41, within.Length);
        Assert.Equal(Sorted(within), Ask("@at:[VECTOR_RANGE $r $q]"));
        Assert.Equal(Sorted(within.Where(IsEven)), Ask("@t:even @at:[VECTOR_RANGE $r $q]"));
        Assert.Equal(Sorted(within.Where(key => !IsEven(key))), Ask("-@t:even @at:[VECTOR_RANGE $r $q]"));
        Assert.Equal(Points - within.Length, Ask("-@at:[VECTOR_RANGE $r $q]").Length);
        Assert.Equal(
            Sorted(within.Union(["v:0"])), Ask("@n:[0 0] | @at:[VECTOR_RANGE $r $q]"));
        var near = Assert.IsType<object?[]>(client.Ask(
            "ft.search", "v", "@t:even @at:[VECTOR_RANGE $r $q]=>{$YIELD_DISTANCE_AS: far}", "PARAMS", "4", "q",
            Blob(query), "r", radius, "SORTBY", "far", "RETURN", "1", "far", "LIMIT", "0", "3"));
        Assert.Equal((long)within.Count(IsEven), near[0]);
        Assert.Equal(within.Where(IsEven).Take(3), near.Skip(1).OfType<string>());
        var first = double.Parse((string)((object?[])near[2]!)[1]!, CultureInfo.InvariantCulture);
        var nearest = int.Parse(within.First(IsEven)[2..], CultureInfo.InvariantCulture);
        Assert.Equal(Distance(metric, points[nearest], query), first, 3);
        var refused = client.Ask(
            "ft.search", "v", "@n:[0 0] | @at:[VECTOR_RANGE $r $q]=>{$yield_distance_as: far}", "PARAMS", "4", "q",
            Blob(query), "r", radius);
        Assert.Equal(
            "!$yield_distance_as at offset 11 is for a VECTOR_RANGE that the whole query needs",
            RespTestClient.Show(refused));
    }

    [Theory]
    [InlineData("HNSW 2 DIM 3", "Missing mandatory parameter")]
    [InlineData("FLAT 2 DISTANCE_METRIC L2", "Missing mandatory parameter")]
    [InlineData("FLAT 3 DIM 3 L2", "Bad number of arguments")]
    [InlineData("FLAT 2 TYPE FLOAT64", "Bad arguments for vector similarity index: TYPE FLOAT64")]
    [InlineData("TREE 0", "Could not parse arguments for vector index")]
    [InlineData("FLAT 4 DIM 99999 DISTANCE_METRIC L2", "ERR ")]
    public async Task What_is_wrong_with_an_attribute_is_said(string arguments, string error)
    {
        await using var node = await RespNode.LeafAsync();
        using var client = node.Connect();
        var answer = client.Do("ft.create v PREFIX 1 v: SCHEMA at VECTOR " + arguments);
        Assert.StartsWith("!" + error, answer, StringComparison.Ordinal);
    }

    private static double Distance(string metric, float[] a, float[] b)
    {
        double dot = 0, squares = 0, ofA = 0, ofB = 0;
        for (var i = 0; i < a.Length; i++)
        {
            dot += (double)a[i] * b[i];
            squares += Math.Pow((double)a[i] - b[i], 2);
            ofA += (double)a[i] * a[i];
            ofB += (double)b[i] * b[i];
        }

        return metric switch { "L2" => squares, "IP" => 1 - dot, _ => 1 - (dot / Math.Sqrt(ofA * ofB)) };
    }

    private static string Blob(float[] vector)
    {
        var bytes = new byte[vector.Length * sizeof(float)];
        for (var i = 0; i < vector.Length; i++)
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), vector[i]);
        return Encoding.Latin1.GetString(bytes);
    }

    private static string[] Keys(object? answer) =>
        [.. Assert.IsType<object?[]>(answer).Skip(1).OfType<string>().Order(StringComparer.Ordinal)];
}

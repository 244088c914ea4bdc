using System.Globalization;
using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Server.Tests.Resp.Search;

/// <summary>
/// FT.AGGREGATE where the leaves count the groups, and the same by rows: the answers are one. A FILTER that lets all
/// pass makes the rows come.
/// </summary>
public sealed class LeafGroupsTests
{
    private const int Documents = 400;

    private static readonly string[][] Reducers =
    [
        ["REDUCE", "COUNT", "0", "AS", "n"],
        ["REDUCE", "SUM", "1", "@price", "AS", "sum"],
        ["REDUCE", "MIN", "1", "@price", "AS", "least"],
        ["REDUCE", "MAX", "1", "@size", "AS", "most"],
        ["REDUCE", "AVG", "1", "@price", "AS", "mean"],
        ["REDUCE", "STDDEV", "1", "@size", "AS", "dev"],
        ["REDUCE", "COUNT_DISTINCT", "1", "@kind", "AS", "kinds"],
        ["REDUCE", "COUNT_DISTINCTISH", "1", "@size", "AS", "sizes"],
        ["REDUCE", "QUANTILE", "2", "@price", "0.5", "AS", "median"],
        ["REDUCE", "QUANTILE", "2", "@price", "0.99", "AS", "high"],
    ];

    private static readonly string[] Properties = ["city", "kind", "price", "size", "name"];

    private static readonly string[] Queries =
        ["*", "@price:[-5 5]", "@kind:{a|b}", "-@kind:{a}", "@name:fox", "@price:[1e9 +inf]"];

    [Theory, BeforeLeafAndCluster]
    public async Task Groups_of_hashes_are_those_of_rows(string kind)
    {
        await using var node = await RespNode.StartAsync(kind);
        using var client = node.Connect();
        Assert.Equal(
            "\"OK\"",
            client.Do("ft.create x PREFIX 1 x: SCHEMA city TAG SORTABLE kind TAG SORTABLE UNF price NUMERIC "
                + "size NUMERIC name TEXT SORTABLE"));
        var random = new Random(20_261_123);
        for (var i = 0; i < Documents; i++) client.Ask(["hset", $"x:{i}", "other", "o", .. Hash(random)]);
        Same(client, "x");
    }

    [Theory, BeforeLeafAndCluster]
    public async Task Groups_of_json_are_those_of_rows(string kind)
    {
        await using var node = await RespNode.StartAsync(kind);
        using var client = node.Connect();
        Assert.Equal(
            "\"OK\"",
            client.Do("ft.create j ON JSON PREFIX 1 j: SCHEMA $.at.city AS city TAG SORTABLE "
                + "$.kind[*] AS kind TAG CASESENSITIVE $.price AS price NUMERIC $.sizes[*].n AS size NUMERIC "
                + "$.name AS name TEXT SORTABLE UNF"));
        var random = new Random(20_261_124);
        for (var i = 0; i < Documents; i++) Assert.Equal("OK", client.Ask("json.set", $"j:{i}", "$", Json(random)));
        Same(client, "j");
    }

    [Theory, BeforeLeafAndCluster]
    public async Task A_field_that_another_member_feeds_is_read_there(string kind)
    {
        await using var node = await RespNode.StartAsync(kind);
        await Collections.DeclareAsync(node, new CollectionSchema
        {
            Name = "fed",
            Fields =
            [
                new FieldSchema { Name = "title", Type = FieldType.Text },
                new FieldSchema { Name = "title.raw", Type = FieldType.Keyword, Sources = ["title"] },
                new FieldSchema { Name = "both", Type = FieldType.Keyword, Sources = ["title", "other"] },
            ],
        });
        using var client = node.Connect();
        client.Ask("set", "/fed/1", "{\"title\":\"A b\",\"other\":\"o\"}");
        client.Ask("set", "/fed/2", "{\"title\":[\"A b\",\"c\"]}");
        const string Groups = "[2, [\"title.raw\", \"A b\", \"n\", \"2\"], [\"title.raw\", \"c\", \"n\", \"1\"]]";
        string[] group = ["GROUPBY", "1", "@title.raw", "REDUCE", "COUNT", "0", "AS", "n"];
        Assert.Equal(Groups, Show(client, "fed", "*", group));
        Assert.Equal(Groups, Show(client, "fed", "*", ["FILTER", "1", .. group]));
        group[2] = "@both";
        Assert.Equal(
            Show(client, "fed", "*", ["FILTER", "1", .. group]), Show(client, "fed", "*", group));
    }

    [Theory, BeforeLeafAndCluster]
    public async Task What_the_index_does_not_hold_whole_comes_from_rows(string kind)
    {
        await using var node = await RespNode.StartAsync(kind);
        using var client = node.Connect();
        client.Do("ft.create t PREFIX 1 t: SCHEMA tags TAG name TEXT n NUMERIC");
        client.Ask("hset", "t:1", "tags", "Red, green", "name", "Ann", "n", "1");
        client.Ask("hset", "t:2", "tags", "red", "name", "Ann", "n", "x");
        client.Ask("hset", "t:3", "tags", "Red, green", "name", "Bob");
        Assert.Equal(
            "[2, [\"tags\", \"Red, green\", \"n\", \"2\"], [\"tags\", \"red\", \"n\", \"1\"]]",
            Show(client, "t", "*", "GROUPBY", "1", "@tags", "REDUCE", "COUNT", "0", "AS", "n"));
        Assert.Equal(
            "[2, [\"name\", \"Ann\", \"n\", \"1\"], [\"name\", \"Bob\", \"n\", \"0\"]]",
            Show(client, "t", "*", "GROUPBY", "1", "@name", "REDUCE", "SUM", "1", "@n", "AS", "n"));
    }

    [Fact]
    public async Task A_sortable_text_has_an_order_and_is_shown_as_it_was_written()
    {
        await using var node = await RespNode.LeafAsync();
        using var client = node.Connect();
        client.Do("ft.create s PREFIX 1 s: SCHEMA name TEXT SORTABLE code TAG SORTABLE UNF");
        foreach (var (key, name) in new[] { ("1", "bob Fox"), ("2", "Ann"), ("3", "ann") })
            client.Ask("hset", "s:" + key, "name", name, "code", name);
        Assert.Equal(
            "[3, \"s:2\", \"$ann\", \"s:3\", \"$ann\", \"s:1\", \"$bob fox\"]",
            client.Do("ft.search s * SORTBY name NOCONTENT WITHSORTKEYS"));
        Assert.Equal("[1, \"s:1\", [\"name\", \"bob Fox\"]]", client.Do("ft.search s fox RETURN 1 name"));
        Assert.Equal(
            "[2, [\"name\", \"ann\", \"n\", \"2\"], [\"name\", \"bob fox\", \"n\", \"1\"]]",
            Show(client, "s", "*", "GROUPBY", "1", "@name", "REDUCE", "COUNT", "0", "AS", "n"));
        Assert.Equal(
            "[3, [\"name\", \"Ann\"], [\"name\", \"ann\"], [\"name\", \"bob Fox\"]]",
            Show(client, "s", "*", "LOAD", "1", "@name", "GROUPBY", "1", "@name"));
        Assert.Equal(
            "[3, [\"code\", \"Ann\"], [\"code\", \"ann\"], [\"code\", \"bob Fox\"]]",
            Show(client, "s", "*", "GROUPBY", "1", "@code"));
        Assert.DoesNotContain("sorted", client.Do("ft.info s"), StringComparison.Ordinal);
        Assert.Contains("\"SORTABLE\", \"UNF\"", client.Do("ft.info s"), StringComparison.Ordinal);
    }

    private static void Same(RespTestClient client, string index)
    {
        var random = new Random(Documents);
        for (var i = 0; i < 150; i++)
        {
            var properties = random.GetItems(Properties, random.Next(3)).Distinct().ToArray();
            var reducers = random.GetItems(Reducers, 1 + random.Next(4)).Distinct().SelectMany(words => words);
            var query = Queries[random.Next(Queries.Length)];
            string[] load = random.Next(2) == 0 ? ["LOAD", "1", "@price"] : [];
            string[] group =
            [
                "GROUPBY", properties.Length.ToString(CultureInfo.InvariantCulture),
                .. properties.Select(name => "@" + name), .. reducers,
            ];
            var byLeaves = Show(client, index, query, [.. load, .. group]);
            var byRows = Show(client, index, query, [.. load, "FILTER", "1", .. group]);
            Assert.DoesNotContain("!", byLeaves, StringComparison.Ordinal);
            var command = $"{query} {string.Join(' ', load)} {string.Join(' ', group)}: ";
            Assert.Equal(command + byRows, command + byLeaves);
        }
    }

    private static string[] Hash(Random random)
    {
        var words = new List<string>();
        Add("city", ["Paris", "paris", "New York", "", " x ", "a,b", "ÉVRY"]);
        if (random.Next(20) == 0) Add("city", [new string('z', 9_000)]);
        Add("kind", ["a", "A", "b"]);
        Add("price", ["1", "1.0", "-0", "0", "2.5", "0.1", "0.2", "1e300", "-3", "nope", "inf"]);
        Add("size", ["1000000001", "1000000002", "1000000004", "7", " 8 "]);
        Add("name", ["Fox", "fox", "red fox", "dog"]);
        return [.. words];

        void Add(string name, string[] values)
        {
            if (random.Next(5) == 0) return;
            words.Add(name);
            words.Add(Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(values[random.Next(values.Length)])));
        }
    }

    private static string Json(Random random)
    {
        var members = new List<string>();
        Add("\"at\":", ["{\"city\":\"Paris\"}", "{\"city\":[\"paris\",\"Lyon\"]}", "{}", "[{\"city\":\"Lyon\"}]", "7"]);
        Add("\"kind\":", ["[\"a\",\"b\"]", "[]", "[\"A\"]", "\"b\"", "[\"a\",\"a\",null]", "[true,1,{}]"]);
        Add("\"price\":", ["1", "1.0", "-0.0", "2.5", "\"3\"", "\"x\"", "[4,5]", "null", "true", "0.1", "{\"a\":1}"]);
        Add("\"sizes\":", ["[{\"n\":1},{\"n\":2}]", "[{\"n\":3},{\"n\":3}]", "{\"n\":7}", "[1]", "[{\"n\":[8,9]}]"]);
        Add("\"name\":", ["\"Fox\"", "\"fox\"", "\"red fox\"", "[\"Fox\",\"dog\"]"]);
        return "{" + string.Join(',', members) + "}";

        void Add(string name, string[] values)
        {
            if (random.Next(5) > 0) members.Add(name + values[random.Next(values.Length)]);
        }
    }

    private static string Show(RespTestClient client, string index, string query, params string[] steps) =>
        RespTestClient.Show(client.Ask(["ft.aggregate", index, query, .. steps]));
}

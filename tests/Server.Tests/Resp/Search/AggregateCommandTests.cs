using System.Globalization;

namespace Hedgerow.Server.Tests.Resp.Search;

/// <summary>FT.AGGREGATE over a socket.</summary>
public sealed class AggregateCommandTests
{
    private const int Sales = 2_500;

    [Theory, BeforeLeafAndCluster]
    public async Task Groups_are_those_that_a_loop_finds(string kind)
    {
        await using var node = await RespNode.StartAsync(kind);
        using var client = node.Connect();
        var sales = Fill(client);
        var expected = sales.Where(sale => sale.Price >= 10).GroupBy(sale => sale.City)
            .Select(group => (
                City: group.Key, Count: group.Count(), Sum: group.Sum(sale => sale.Price),
                Least: group.Min(sale => sale.Price), Kinds: group.Select(sale => sale.Kind).Distinct().Count()))
            .OrderByDescending(group => group.Count).ThenBy(group => group.City, StringComparer.Ordinal).Take(4)
            .Select(group => string.Create(CultureInfo.InvariantCulture,
                $"[\"city\", \"{group.City}\", \"n\", \"{group.Count}\", \"sum\", \"{group.Sum}\", "
                + $"\"least\", \"{group.Least}\", \"kinds\", \"{group.Kinds}\", "
                + $"\"mean\", \"{group.Sum / group.Count}\"]"));
        var answer = Words(
            client, "ft.aggregate", "sales", "@price:[10 +inf]", "GROUPBY", "1", "@city",
            "REDUCE", "COUNT", "0", "AS", "n", "REDUCE", "SUM", "1", "@price", "AS", "sum",
            "REDUCE", "MIN", "1", "@price", "AS", "least",
            "REDUCE", "COUNT_DISTINCT", "1", "@kind", "AS", "kinds",
            "APPLY", "floor(@sum / @n)", "AS", "mean", "SORTBY", "4", "@n", "DESC", "@city", "ASC", "LIMIT", "0", "4");
        Assert.Equal($"[4, {string.Join(", ", expected)}]", answer);
    }

    [Theory, BeforeLeafAndCluster]
    public async Task Rows_are_loaded_computed_filtered_and_sorted(string kind)
    {
        await using var node = await RespNode.StartAsync(kind);
        using var client = node.Connect();
        var sales = Fill(client);
        var expected = sales.Select((sale, i) => (Key: $"sale:{i}", Twice: sale.Price * 2))
            .Where(row => row.Twice < 20)
            .OrderBy(row => row.Twice).ThenBy(row => row.Key, StringComparer.Ordinal).Take(5)
            .Select(row => $"[\"key\", \"{row.Key}\", \"twice\", \"{row.Twice}\"]");
        var answer = Words(
            client, "ft.aggregate", "sales", "*", "LOAD", "3", "@__key", "AS", "key",
            "APPLY", "@price * 2", "AS", "twice",
            "FILTER", "@twice < 20", "SORTBY", "3", "@twice", "@key", "ASC", "MAX", "5");
        Assert.Equal($"[5, {string.Join(", ", expected)}]", answer);
    }

    [Fact]
    public async Task Reducers_are_exact()
    {
        await using var node = await RespNode.LeafAsync();
        using var client = node.Connect();
        client.Do("ft.create r PREFIX 1 r: SCHEMA g TAG n NUMERIC s TEXT");
        (string Group, string Number, string Text)[] rows =
            [("a", "1", "x"), ("a", "2", "y"), ("a", "4", "y"), ("b", "8", "z"), ("b", "nope", "w")];
        for (var i = 0; i < rows.Length; i++)
            client.Ask("hset", $"r:{i}", "g", rows[i].Group, "n", rows[i].Number, "s", rows[i].Text);
        Assert.Equal(
            "[2, [\"g\", \"a\", \"dev\", \"1.52752523165\", \"q\", \"2\", \"list\", [\"x\", \"y\"], \"last\", \"x\", "
            + "\"__generated_aliasmaxn\", \"4\", \"avg\", \"2.33333333333\"], "
            + "[\"g\", \"b\", \"dev\", \"0\", \"q\", \"8\", \"list\", [\"z\", \"w\"], \"last\", \"z\", "
            + "\"__generated_aliasmaxn\", \"8\", \"avg\", \"8\"]]",
            Words(
                client, "ft.aggregate", "r", "*", "GROUPBY", "1", "@g", "REDUCE", "STDDEV", "1", "@n", "AS", "dev",
                "REDUCE", "QUANTILE", "2", "@n", "0.5", "AS", "q", "REDUCE", "TOLIST", "1", "@s", "AS", "list",
                "REDUCE", "FIRST_VALUE", "4", "@s", "BY", "@n", "ASC", "AS", "last", "REDUCE", "MAX", "1", "@n",
                "REDUCE", "AVG", "1", "@n", "AS", "avg", "SORTBY", "1", "@g"));
    }

    [Theory, BeforeLeafAndCluster]
    public async Task A_cursor_gives_every_row_once(string kind)
    {
        await using var node = await RespNode.StartAsync(kind);
        using var client = node.Connect();
        Fill(client);
        var keys = new List<string>();
        var answer = Assert.IsType<object?[]>(client.Ask(
            "ft.aggregate", "sales", "*", "LOAD", "1", "@__key", "WITHCURSOR", "COUNT", "900"));
        while (true)
        {
            keys.AddRange(((object?[])answer[0]!).Skip(1).Select(row => (string)((object?[])row!)[1]!));
            var id = (long)answer[1]!;
            if (id == 0) break;
            answer = Assert.IsType<object?[]>(
                client.Ask("ft.cursor", "read", "sales", id.ToString(CultureInfo.InvariantCulture)));
        }

        Assert.Equal(Sales, keys.Count);
        Assert.Equal(Sales, keys.Distinct().Count());
        answer = Assert.IsType<object?[]>(client.Ask("ft.aggregate", "sales", "*", "WITHCURSOR", "COUNT", "1"));
        var open = ((long)answer[1]!).ToString(CultureInfo.InvariantCulture);
        Assert.Equal("\"OK\"", client.Do($"ft.cursor del sales {open}"));
        Assert.Equal($"!Cursor not found, id: {open}", client.Do($"ft.cursor read sales {open}"));
    }

    [Theory]
    [InlineData("APPLY @n+ AS x", "Syntax error at offset 3")]
    [InlineData("APPLY @n", "AS needs argument")]
    [InlineData("GROUPBY 1 @n REDUCE NOPE 0", "Bad arguments for NOPE")]
    [InlineData("GROUPBY 1 @n REDUCE QUANTILE 2 @n 7", "Bad arguments for QUANTILE")]
    [InlineData("NONSENSE", "Unknown argument `NONSENSE` at position 3 for FT.AGGREGATE")]
    [InlineData("LIMIT -1 2", "Bad arguments for LIMIT")]
    public async Task What_is_wrong_is_said(string steps, string error)
    {
        await using var node = await RespNode.LeafAsync();
        using var client = node.Connect();
        client.Do("ft.create r PREFIX 1 r: SCHEMA n NUMERIC");
        Assert.StartsWith("!" + error, client.Do("ft.aggregate r * " + steps), StringComparison.Ordinal);
    }

    private static List<(string City, string Kind, int Price)> Fill(RespTestClient client)
    {
        Assert.Equal(
            "\"OK\"", client.Do("ft.create sales PREFIX 1 sale: SCHEMA city TAG kind TAG price NUMERIC"));
        var random = new Random(5);
        var sales = new List<(string City, string Kind, int Price)>();
        for (var i = 0; i < Sales; i++)
        {
            sales.Add(($"city{random.Next(7)}", $"kind{random.Next(12)}", random.Next(100)));
            var (city, kind, price) = sales[i];
            client.Send("hset", $"sale:{i}", "city", city, "kind", kind, "price", $"{price}");
        }

        for (var i = 0; i < Sales; i++) Assert.Equal(3L, client.Receive());
        return sales;
    }

    private static string Words(RespTestClient client, params string[] words) =>
        RespTestClient.Show(client.Ask(words));
}

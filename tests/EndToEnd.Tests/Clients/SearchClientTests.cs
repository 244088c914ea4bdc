using NRedisStack.RedisStackCommands;
using NRedisStack.Search;
using NRedisStack.Search.Aggregation;
using NRedisStack.Search.Literals.Enums;
using StackExchange.Redis;

namespace Hedgerow.EndToEnd.Tests.Clients;

/// <summary>NRedisStack, RediSearch's client for .NET.</summary>
public sealed class SearchClientTests(ClientServers servers) : IClassFixture<ClientServers>
{
    public static TheoryData<string> Targets => ClientServers.Targets;

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task An_index_over_hashes_is_made_filled_and_searched(string target)
    {
        await using var redis = await ConnectAsync(target);
        var db = redis.GetDatabase();
        var search = db.FT();
        var schema = new Schema()
            .AddTextField("title", 5.0).AddTextField("body").AddNumericField("price", sortable: true)
            .AddTagField("tags", separator: ",");
        Assert.True(await search.CreateAsync("books", new FTCreateParams().Prefix("book:"), schema));
        for (var i = 0; i < 20; i++)
        {
            await db.HashSetAsync($"book:{i}",
            [
                new("title", $"Volume {i}"), new("body", i % 2 == 0 ? "even pages" : "odd pages"),
                new("price", i * 1.5), new("tags", i % 3 == 0 ? "three,all" : "all"),
            ]);
        }

        var all = await search.SearchAsync("books", new Query("*").Limit(0, 100));
        Assert.Equal(20, all.TotalResults);
        Assert.Equal(20, all.Documents.Count);
        var found = await search.SearchAsync("books", new Query("@body:odd @tags:{three}").SetSortBy("price", false));
        Assert.Equal(["book:15", "book:9", "book:3"], found.Documents.Select(document => document.Id));
        Assert.Equal("Volume 15", found.Documents[0]["title"]);
        var ranged = await search.SearchAsync(
            "books", new Query("page").AddFilter(new Query.NumericFilter("price", 3, 6)).ReturnFields("price"));
        Assert.Equal(3, ranged.TotalResults);
        Assert.All(ranged.Documents, document => Assert.InRange((double)document["price"], 3, 6));
        var scored = await search.SearchAsync("books", new Query("volume 7").SetWithScores());
        Assert.Equal("book:7", scored.Documents.Single().Id);
        Assert.True(scored.Documents.Single().Score > 0);
        var named = await search.SearchAsync(
            "books",
            new Query("@price:[$low $high]").AddParam("low", 28).AddParam("high", 30).Dialect(2).SetNoContent());
        Assert.Equal("book:19", named.Documents.Single().Id);
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task An_index_is_listed_described_and_altered(string target)
    {
        await using var redis = await ConnectAsync(target);
        var search = redis.GetDatabase().FT();
        var schema = new Schema().AddTextField("name").AddNumericField("n");
        await search.CreateAsync("people", new FTCreateParams().Prefix("person:"), schema);
        Assert.Contains("people", (await search._ListAsync()).Select(name => name.ToString()));
        Assert.True(await search.AlterAsync("people", new Schema().AddTagField("city")));
        await redis.GetDatabase().HashSetAsync("person:1", [new("name", "Ada"), new("city", "London")]);
        Assert.Equal(1, (await search.SearchAsync("people", new Query("@city:{london}"))).TotalResults);
        var info = await search.InfoAsync("people");
        Assert.Equal("people", info.IndexName);
        Assert.Equal(1, info.NumDocs);
        Assert.Equal(3, info.Attributes.Length);
        Assert.Equal(["name", "n", "city"], info.Attributes.Select(one => one["identifier"].ToString()));
        Assert.Contains("INTERSECT", await search.ExplainAsync("people", "a b"));
        var again = await Assert.ThrowsAsync<RedisServerException>(() => search.CreateAsync("people", schema));
        Assert.Contains("PREFIX", again.Message);
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task Rows_are_aggregated_and_suggestions_kept(string target)
    {
        await using var redis = await ConnectAsync(target);
        var db = redis.GetDatabase();
        var search = db.FT();
        var schema = new Schema().AddTagField("team").AddNumericField("points");
        await search.CreateAsync("games", new FTCreateParams().Prefix("game:"), schema);
        for (var i = 0; i < 12; i++)
            await db.HashSetAsync($"game:{i}", [new("team", i % 2 == 0 ? "red" : "blue"), new("points", i)]);
        var request = new AggregationRequest("*")
            .GroupBy("@team", Reducers.Sum("@points").As("sum"), Reducers.Count().As("n"))
            .Apply("@sum / @n", "mean").SortBy(SortedField.Desc("@sum")).Limit(0, 10);
        var result = await search.AggregateAsync("games", request);
        Assert.Equal(2, result.TotalResults);
        var first = result.GetRow(0);
        Assert.Equal("blue", first.GetString("team"));
        Assert.Equal(36, first.GetLong("sum"));
        Assert.Equal(6, first.GetDouble("mean"));
        await search.SugAddAsync("teams", "reds", 2);
        Assert.Equal(2, await search.SugAddAsync("teams", "redwings", 3));
        Assert.Equal(["redwings", "reds"], await search.SugGetAsync("teams", "red"));
        Assert.Equal(2, await search.SugLenAsync("teams"));
        Assert.True(await search.SugDelAsync("teams", "reds"));
        var teams = await search.TagValsAsync("games", "team");
        Assert.Equal(["blue", "red"], teams.Select(one => one.ToString()).Order());
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task An_index_over_json_is_searched(string target)
    {
        await using var redis = await ConnectAsync(target);
        var db = redis.GetDatabase();
        var search = db.FT();
        var schema = new Schema()
            .AddTextField(new FieldName("$.name", "name")).AddNumericField(new FieldName("$.age", "age"));
        await search.CreateAsync("users", new FTCreateParams().On(IndexDataType.JSON).Prefix("user:"), schema);
        Assert.True(await db.JSON().SetAsync("user:1", "$", """{"name":"Paul","age":42}"""));
        Assert.Equal("""[42]""", (string?)await db.JSON().GetAsync("user:1", path: "$.age"));
        await db.StringSetAsync("user:2", """{"name":"Eden","age":29}""");
        var found = await search.SearchAsync("users", new Query("@age:[40 50]"));
        Assert.Equal("""{"name":"Paul","age":42}""", (string?)found.Documents.Single()["json"]);
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task Words_are_checked_and_dictionaries_and_synonyms_kept(string target)
    {
        await using var redis = await ConnectAsync(target);
        var db = redis.GetDatabase();
        var search = db.FT();
        var schema = new Schema().AddTextField("text", noStem: true);
        await search.CreateAsync("spelling", new FTCreateParams().Prefix("spell:"), schema);
        await db.HashSetAsync("spell:1", [new("text", "hedgerow garden")]);
        Assert.Equal(2, await search.DictAddAsync("names", "hedgehog", "hedgerows"));
        Assert.Equal(["hedgehog", "hedgerows"], (await search.DictDumpAsync("names")).Select(one => one.ToString()));
        Assert.Equal(1, await search.DictDelAsync("names", "hedgehog"));
        var checkedWords = await search.SpellCheckAsync(
            "spelling", "hedgerov", new FTSpellCheckParams().IncludeTerm("names").Distance(2));
        Assert.Equal(["hedgerow", "hedgerows"], checkedWords["hedgerov"].Keys.Order());
        Assert.Equal(1, checkedWords["hedgerov"]["hedgerow"]);
        Assert.True(await search.SynUpdateAsync("spelling", "plants", terms: ["garden", "park"]));
        Assert.Equal(["plants"], (await search.SynDumpAsync("spelling"))["park"]);
        Assert.Equal(1, (await search.SearchAsync("spelling", new Query("park"))).TotalResults);
    }

    private async Task<ConnectionMultiplexer> ConnectAsync(string target) =>
        await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{servers.Resp(target)}");
}

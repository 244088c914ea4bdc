using StackExchange.Redis;

namespace Hedgerow.EndToEnd.Tests.Clients;

/// <summary>StackExchange.Redis, the client of most .NET applications, over RESP2 and RESP3.</summary>
public sealed class StackExchangeTests(ClientServers servers) : IClassFixture<ClientServers>
{
    public static TheoryData<string, RedisProtocol> Ways => new()
    {
        { "serve", RedisProtocol.Resp2 }, { "serve", RedisProtocol.Resp3 },
        { "leaf", RedisProtocol.Resp2 }, { "leaf", RedisProtocol.Resp3 },
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Strings_with_expiry_and_conditions(string target, RedisProtocol protocol)
    {
        await using var redis = await ConnectAsync(target, protocol);
        var db = redis.GetDatabase();
        Assert.True(await db.StringSetAsync("{se}:a", "one", TimeSpan.FromMinutes(1)));
        Assert.Equal("one", await db.StringGetAsync("{se}:a"));
        Assert.False(await db.StringSetAsync("{se}:a", "two", when: When.NotExists));
        Assert.Equal("one", await db.StringGetSetAsync("{se}:a", "three"));
        Assert.InRange((await db.StringGetWithExpiryAsync("{se}:a")).Expiry ?? TimeSpan.Zero, TimeSpan.Zero,
            TimeSpan.FromMinutes(1));
        Assert.True(await db.KeyExpireAsync("{se}:a", TimeSpan.FromSeconds(30)));
        Assert.NotNull(await db.KeyTimeToLiveAsync("{se}:a"));
        Assert.True(await db.KeyDeleteAsync("{se}:a"));
        Assert.True((await db.StringGetAsync("{se}:a")).IsNull);
        Assert.Equal(7, await db.StringIncrementAsync("{se}:n", 7));
        Assert.Equal(3, await db.StringAppendAsync("{se}:ap", "abc"));
        Assert.Equal("bc", await db.StringGetRangeAsync("{se}:ap", 1, -1));
        await db.KeyDeleteAsync(["{se}:n", "{se}:ap"]);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Ten_thousand_commands_in_flight_answer_each_their_own(string target, RedisProtocol protocol)
    {
        await using var redis = await ConnectAsync(target, protocol);
        var db = redis.GetDatabase();
        var sets = Enumerable.Range(0, 5_000).Select(i => db.StringSetAsync($"se:many:{i}", $"value {i}")).ToArray();
        var gets = Enumerable.Range(0, 5_000).Select(i => db.StringGetAsync($"se:many:{i}")).ToArray();
        await Task.WhenAll(sets);
        var values = await Task.WhenAll(gets);
        for (var i = 0; i < values.Length; i++) Assert.Equal($"value {i}", values[i]);
        var some = await db.StringGetAsync([.. Enumerable.Range(0, 100).Select(i => (RedisKey)$"se:many:{i}")]);
        for (var i = 0; i < some.Length; i++) Assert.Equal($"value {i}", some[i]);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Hashes(string target, RedisProtocol protocol)
    {
        await using var redis = await ConnectAsync(target, protocol);
        var db = redis.GetDatabase();
        await db.KeyDeleteAsync("se:hash");
        await db.HashSetAsync("se:hash", [new("name", "ada"), new("born", 1815)]);
        Assert.Equal("ada", await db.HashGetAsync("se:hash", "name"));
        Assert.Equal(1816, await db.HashIncrementAsync("se:hash", "born"));
        Assert.Equal(2, (await db.HashGetAllAsync("se:hash")).Length);
        Assert.True(await db.HashDeleteAsync("se:hash", "name"));
        Assert.Equal(1, await db.HashLengthAsync("se:hash"));
        var scanned = 0;
        await foreach (var field in db.HashScanAsync("se:hash")) scanned += field.Name == "born" ? 1 : 0;
        Assert.Equal(1, scanned);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Transactions_with_conditions(string target, RedisProtocol protocol)
    {
        await using var redis = await ConnectAsync(target, protocol);
        var db = redis.GetDatabase();
        await db.StringSetAsync("{se}:balance", "10");
        var transaction = db.CreateTransaction();
        transaction.AddCondition(Condition.StringEqual("{se}:balance", "10"));
        var sum = transaction.StringDecrementAsync("{se}:balance", 3);
        _ = transaction.StringSetAsync("{se}:last", "-3");
        Assert.True(await transaction.ExecuteAsync());
        Assert.Equal(7, await sum);
        var second = db.CreateTransaction();
        second.AddCondition(Condition.StringEqual("{se}:balance", "10"));
        _ = second.StringDecrementAsync("{se}:balance", 3);
        Assert.False(await second.ExecuteAsync());
        Assert.Equal("7", await db.StringGetAsync("{se}:balance"));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Publish_and_subscribe(string target, RedisProtocol protocol)
    {
        await using var redis = await ConnectAsync(target, protocol);
        await using var other = await ConnectAsync(target, protocol);
        var channel = $"se:news:{Guid.NewGuid():N}";
        var queue = await redis.GetSubscriber().SubscribeAsync(RedisChannel.Literal(channel));
        for (var i = 0; i < 100; i++) await other.GetSubscriber().PublishAsync(RedisChannel.Literal(channel), i);
        for (var i = 0; i < 100; i++)
            Assert.Equal(i, (int)(await queue.ReadAsync(TestContext.Current.CancellationToken)).Message);
        await queue.UnsubscribeAsync();
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_value_of_12_MiB(string target, RedisProtocol protocol)
    {
        await using var redis = await ConnectAsync(target, protocol);
        var db = redis.GetDatabase();
        var big = new byte[12 << 20];
        new Random(5).NextBytes(big);
        await db.StringSetAsync("se:big", big);
        Assert.Equal(big, (byte[]?)await db.StringGetAsync("se:big"));
        await db.KeyDeleteAsync("se:big");
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Keys_can_be_scanned(string target, RedisProtocol protocol)
    {
        await using var redis = await ConnectAsync(target, protocol);
        var db = redis.GetDatabase();
        await Task.WhenAll(Enumerable.Range(0, 300).Select(i => db.StringSetAsync($"se:scan:{i}", "x")));
        var server = redis.GetServers()[0];
        var found = new HashSet<string>();
        await foreach (var key in server.KeysAsync(pattern: "se:scan:*", pageSize: 50)) found.Add(key!);
        Assert.Equal(300, found.Count);
        Assert.NotEmpty(await server.InfoAsync());
    }

    [Fact]
    public async Task It_comes_back_after_the_server_was_killed()
    {
        await using var redis = await ConnectAsync("serve", RedisProtocol.Resp2);
        var db = redis.GetDatabase();
        await db.StringSetAsync("se:before", "x");
        await servers.RestartServeAsync();
        for (var tries = 0; ; tries++)
        {
            try
            {
                await db.StringSetAsync("se:after", "y");
                break;
            }
            catch (Exception error) when (tries < 100 && error is RedisConnectionException or RedisTimeoutException)
            {
                await redis.GetDatabase().PingAsync().ContinueWith(_ => { }, TaskScheduler.Default);
            }
        }

        Assert.Equal("y", await db.StringGetAsync("se:after"));
    }

    private async Task<ConnectionMultiplexer> ConnectAsync(string target, RedisProtocol protocol) =>
        await ConnectionMultiplexer.ConnectAsync(new ConfigurationOptions
        {
            EndPoints = { { "127.0.0.1", servers.Resp(target) } },
            Protocol = protocol,
            AllowAdmin = true,
            AsyncTimeout = 30_000,
            SyncTimeout = 30_000,
            ConnectTimeout = 30_000,
        });
}

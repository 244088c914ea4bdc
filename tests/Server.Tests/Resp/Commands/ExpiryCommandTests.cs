using Microsoft.Extensions.Time.Testing;

namespace Hedgerow.Server.Tests.Resp.Commands;

public sealed class ExpiryCommandTests
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.FromUnixTimeSeconds(1_700_000_000));

    [Fact]
    public async Task A_key_lives_as_long_as_it_was_told()
    {
        await using var node = await RespNode.LeafAsync(time: _time);
        using var client = node.Connect();
        client.Do("set a 1 ex 10");
        client.Do("setex b 20 1");
        client.Do("psetex c 30000 1");
        client.Do("set d 1 exat 1700000040");
        client.Do("hset h f 1");
        Assert.Equal("1", client.Do("expire h 50"));
        Assert.Equal("10", client.Do("ttl a"));
        Assert.Equal("20000", client.Do("pttl b"));
        Assert.Equal("1700000030", client.Do("expiretime c"));
        Assert.Equal("1700000040000", client.Do("pexpiretime d"));
        foreach (var key in new[] { "a", "b", "c", "d", "h" })
        {
            Assert.Equal("1", client.Do($"exists {key}"));
            _time.Advance(TimeSpan.FromSeconds(10));
            Assert.Equal("0", client.Do($"exists {key}"));
            Assert.Equal("-2", client.Do($"ttl {key}"));
            Assert.Equal("\"none\"", client.Do($"type {key}"));
        }
    }

    [Fact]
    public async Task What_changes_a_value_keeps_its_time_and_what_replaces_it_does_not()
    {
        await using var node = await RespNode.LeafAsync(time: _time);
        using var client = node.Connect();
        string[] keeping =
        [
            "append k 1", "incr k", "setrange k 0 5", "incrbyfloat k 1", "set k 1 keepttl", "getex k",
            "expire k 5 gt", "expire k 200 nx",
        ];
        foreach (var change in keeping)
        {
            client.Do("set k 1 ex 100");
            client.Do(change);
            Assert.True(client.Do("ttl k") == "100", change);
        }

        foreach (var change in new[] { "set k 2", "getset k 2", "mset k 2", "persist k", "getex k persist" })
        {
            client.Do("set k 1 ex 100");
            client.Do(change);
            Assert.True(client.Do("ttl k") == "-1", change);
        }
    }

    [Fact]
    public async Task A_moved_or_copied_key_takes_its_time_along()
    {
        await using var node = await RespNode.LeafAsync(time: _time);
        using var client = node.Connect();
        client.Do("set a 1 ex 100");
        client.Do("rename a b");
        client.Do("copy b c");
        Assert.Equal("100", client.Do("ttl b"));
        Assert.Equal("100", client.Do("ttl c"));
    }

    [Theory]
    [InlineData("expire k 0")]
    [InlineData("expire k -1")]
    [InlineData("pexpireat k 1")]
    [InlineData("expireat k 0")]
    [InlineData("expire k -5 lt")]
    [InlineData("getex k exat 1")]
    public async Task A_time_that_has_passed_deletes(string command)
    {
        await using var node = await RespNode.LeafAsync(time: _time);
        using var client = node.Connect();
        client.Do("set k 1");
        client.Do(command);
        Assert.Equal("0", client.Do("exists k"));
    }

    [Fact]
    public async Task A_key_that_expired_can_be_added_again()
    {
        await using var node = await RespNode.LeafAsync(time: _time);
        using var client = node.Connect();
        client.Do("hset k f 1");
        client.Do("expire k 5");
        _time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal("1", client.Do("setnx k 1"));
        Assert.Equal("2", client.Do("incr k"));
        Assert.Equal("-1", client.Do("ttl k"));
    }
}

namespace Hedgerow.Server.Tests.Resp.Commands;

public sealed class KeyEventTests
{
    /// <summary>Commands and what Redis says of them, in order.</summary>
    private static readonly (string Command, string Events)[] Expected =
    [
        ("set k 1", "set"),
        ("set k 1 ex 100", "set expire"),
        ("setex k 100 1", "set expire"),
        ("setnx k 1", ""),
        ("set k 1 xx", "set"),
        ("incr k", "incrby"),
        ("decrby k 2", "incrby"),
        ("incrbyfloat k 0.5", "incrbyfloat"),
        ("append k 1", "append"),
        ("setrange k 0 2", "setrange"),
        ("getset k 5", "set"),
        ("set k 6 get", "set"),
        ("mset k 1 {k}2 2", "set set"),
        ("msetnx k 1 {k}3 2", ""),
        ("expire k 100", "expire"),
        ("expire k 200 gt", "expire"),
        ("persist k", "persist"),
        ("getex k ex 100", "expire"),
        ("getex k persist", "persist"),
        ("get k", ""),
        ("rename k {k}4", "rename_from rename_to"),
        ("copy {k}4 k", "copy_to"),
        ("getdel k", "del"),
        ("del {k}4 {k}none", "del"),
        ("unlink {k}2", "del"),
        ("hset h f 1 g 2", "hset"),
        ("hsetnx h f 2", ""),
        ("hincrby h f 2", "hincrby"),
        ("hincrbyfloat h f 0.5", "hincrbyfloat"),
        ("hdel h g", "hdel"),
        ("expire h -1", "del"),
        ("hset h f 1 g 2", "hset"),
        ("hdel h f none", "hdel"),
        ("hdel h none", ""),
        ("hdel h g", "hdel del"),
        ("hdel h g", ""),
    ];

    [Theory, BeforeLeafAndCluster]
    public async Task Changes_are_told_by_the_names_that_Redis_has(string kind)
    {
        await using var node = await RespNode.StartAsync(kind);
        using var listener = node.Connect();
        using var client = node.Connect();
        Assert.Equal("\"OK\"", client.Do("config set notify-keyspace-events E$gh"));
        listener.Do("psubscribe __keyevent@0__:*");
        foreach (var (command, events) in Expected)
        {
            Assert.False(client.Ask(command.Split(' ')) is RespFault, command);
            Assert.True(Heard(client, listener) == events, $"{command}: {events}");
        }
    }

    [Fact]
    public async Task A_transaction_tells_when_it_has_happened()
    {
        await using var node = await RespNode.LeafAsync();
        using var listener = node.Connect();
        using var client = node.Connect();
        client.Do("config set notify-keyspace-events E$gh");
        listener.Do("psubscribe __keyevent@0__:*");
        client.Do("multi");
        client.Do("set a 1");
        client.Do("incr a");
        client.Do("exec");
        Assert.Equal("set incrby", Heard(client, listener));
        client.Do("hset h f 1 g 2");
        client.Do("multi");
        client.Do("hdel h f");
        client.Do("hdel h g");
        Assert.Equal("[1, 1]", client.Do("exec"));
        Assert.Equal("hset hdel hdel del", Heard(client, listener));
    }

    /// <summary>What came before a mark that is set now.</summary>
    private static string Heard(RespTestClient client, RespTestClient listener)
    {
        client.Ask("publish", "__keyevent@0__:mark", "mark");
        var heard = new List<string>();
        while (true)
        {
            var message = (object?[])listener.Receive()!;
            var name = ((string)message[2]!).Split(':')[1];
            if (name == "mark") return string.Join(' ', heard);
            heard.Add(name);
        }
    }
}

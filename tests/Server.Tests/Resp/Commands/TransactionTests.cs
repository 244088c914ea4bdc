using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Resp;

namespace Hedgerow.Server.Tests.Resp.Commands;

public sealed class TransactionTests
{
    [Theory, BeforeLeafAndCluster]
    public async Task Commands_are_queued_and_run_together(string kind)
    {
        await using var node = await RespNode.StartAsync(kind);
        using var client = node.Connect();
        Assert.Equal("\"OK\"", client.Do("multi"));
        Assert.Equal("\"QUEUED\"", client.Do("set {t}a 1"));
        Assert.Equal("\"QUEUED\"", client.Do("incrby {t}a 4"));
        Assert.Equal("\"QUEUED\"", client.Do("append {t}a x"));
        Assert.Equal("\"QUEUED\"", client.Do("incr {t}a"));
        Assert.Equal("\"QUEUED\"", client.Do("hset {t}h f 1 g 2"));
        Assert.Equal("\"QUEUED\"", client.Do("hgetall {t}h"));
        Assert.Equal("\"QUEUED\"", client.Do("rename {t}a {t}b"));
        Assert.Equal("\"QUEUED\"", client.Do("mget {t}a {t}b"));
        Assert.Equal("\"QUEUED\"", client.Do("ping"));
        Assert.Equal(
            "[\"OK\", 5, 2, !ERR value is not an integer or out of range, 2, [\"f\", \"1\", \"g\", \"2\"], \"OK\", "
            + "[nil, \"5x\"], \"PONG\"]", client.Do("exec"));
        Assert.Equal("\"5x\"", client.Do("get {t}b"));
        Assert.Equal("nil", client.Do("get {t}a"));
    }

    [Theory, BeforeLeafAndCluster]
    public async Task A_watched_key_that_changed_aborts_and_one_that_did_not_does_not(string kind)
    {
        await using var node = await RespNode.StartAsync(kind);
        using var client = node.Connect();
        using var other = node.Connect();
        foreach (var before in new[] { "del {t}w", "set {t}w 1", "hset {t}w f 1" })
        {
            other.Do(before);
            Assert.Equal("\"OK\"", client.Do("watch {t}w"));
            client.Do("multi");
            client.Do("set {t}r 1");
            Assert.Equal("[\"OK\"]", client.Do("exec"));
            client.Do("watch {t}w");
            Assert.Equal("\"OK\"", other.Do("set {t}w 2"));
            client.Do("multi");
            client.Do("set {t}r 2");
            Assert.Equal("nil", client.Do("exec"));
            Assert.Equal("\"1\"", client.Do("get {t}r"));

            // It was forgotten with that.
            client.Do("multi");
            client.Do("get {t}r");
            Assert.Equal("[\"1\"]", client.Do("exec"));
            client.Do("watch {t}w");
            other.Do("set {t}w 3");
            client.Do("unwatch");
            client.Do("multi");
            client.Do("get {t}w");
            Assert.Equal("[\"3\"]", client.Do("exec"));
            other.Do("del {t}w");
        }
    }

    [Theory, BeforeLeafAndCluster]
    public async Task A_command_that_cannot_be_queued_discards_the_transaction(string kind)
    {
        await using var node = await RespNode.StartAsync(kind);
        using var client = node.Connect();
        client.Do("multi");
        Assert.StartsWith("!ERR unknown command 'nonsense'", client.Do("nonsense"));
        client.Do("set {t}a 1");
        Assert.Equal("!EXECABORT Transaction discarded because of previous errors.", client.Do("exec"));
        Assert.Equal("nil", client.Do("get {t}a"));
        client.Do("multi");
        Assert.Equal("!ERR wrong number of arguments for 'get' command", client.Do("get"));
        Assert.Equal("!EXECABORT Transaction discarded because of previous errors.", client.Do("exec"));
    }

    [Theory, BeforeLeafAndCluster]
    public async Task Words_out_of_place_are_refused_as_in_Redis(string kind)
    {
        await using var node = await RespNode.StartAsync(kind);
        using var client = node.Connect();
        Assert.Equal("!ERR EXEC without MULTI", client.Do("exec"));
        Assert.Equal("!ERR DISCARD without MULTI", client.Do("discard"));
        client.Do("multi");
        Assert.Equal("!ERR MULTI calls can not be nested", client.Do("multi"));
        Assert.Equal("!ERR WATCH inside MULTI is not allowed", client.Do("watch a"));
        client.Do("set {t}a 1");
        Assert.Equal("\"OK\"", client.Do("discard"));
        Assert.Equal("nil", client.Do("get {t}a"));
        client.Do("multi");
        Assert.Equal("[]", client.Do("exec"));
    }

    [Fact]
    public async Task Keys_of_several_shards_are_refused_as_Redis_Cluster_does()
    {
        const string CrossSlot = "!CROSSSLOT Keys in request don't hash to the same slot";
        await using var node = await RespNode.ClusterAsync();
        using var client = node.Connect();
        var (a, b) = OfTwoShards(node);
        Assert.Equal(CrossSlot, client.Do($"msetnx {a} 1 {b} 2"));
        Assert.Equal(CrossSlot, client.Do($"rename {a} {b}"));
        Assert.Equal(CrossSlot, client.Do($"copy {a} {b}"));
        Assert.Equal(CrossSlot, client.Do($"watch {a} {b}"));
        client.Do("multi");
        Assert.Equal("\"QUEUED\"", client.Do($"set {a} 1"));
        Assert.Equal(CrossSlot, client.Do($"set {b} 1"));
        Assert.Equal("!EXECABORT Transaction discarded because of previous errors.", client.Do("exec"));
        Assert.Equal("\"OK\"", client.Do($"mset {a} 1 {b} 2"));
        Assert.Equal("[\"1\", \"2\", nil]", client.Do($"mget {a} {b} {a}{a}"));
        Assert.Equal("2", client.Do($"exists {a} {b}"));
        Assert.Equal("2", client.Do($"del {a} {b}"));
    }

    [Theory, BeforeLeafAndCluster]
    public async Task Transfers_between_accounts_neither_make_nor_lose_money(string kind)
    {
        const int Clients = 4;
        const int Transfers = 60;
        await using var node = await RespNode.StartAsync(kind, loops: 2);
        using var setup = node.Connect();
        setup.Do("mset {t}0 1000 {t}1 1000 {t}2 1000");
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(number => Task.Factory.StartNew(
            () => Transfer(node, number, Transfers), TaskCreationOptions.LongRunning)));
        var sum = ((object?[])setup.Ask("mget", "{t}0", "{t}1", "{t}2")!).Sum(value => long.Parse((string)value!));
        Assert.Equal(3_000, sum);
        Assert.Equal($"\"{Clients * Transfers}\"", setup.Do("get {t}count"));
    }

    [Theory, BeforeLeafAndCluster]
    public async Task A_watched_key_that_came_and_went_in_between_aborts(string kind)
    {
        await using var node = await RespNode.StartAsync(kind);
        using var client = node.Connect();
        using var other = node.Connect();
        foreach (var before in new[] { "get {t}w", "set {t}w 1", "del {t}w" })
        {
            other.Do(before);
            if (before[0] == 's') other.Do("del {t}w");
            client.Do("watch {t}w");
            other.Do("set {t}w 2");
            other.Do("del {t}w");
            client.Do("multi");
            client.Do("set {t}r 1");
            Assert.Equal("nil", client.Do("exec"));
        }

        client.Do("watch {t}w");
        other.Do("get {t}w");
        client.Do("multi");
        client.Do("set {t}r 1");
        Assert.Equal("[\"OK\"]", client.Do("exec"));
    }

    [Theory, BeforeLeafAndCluster]
    public async Task A_flush_in_a_transaction_takes_what_was_before_it_and_leaves_what_comes_after(string kind)
    {
        await using var node = await RespNode.StartAsync(kind);
        using var client = node.Connect();
        client.Do("mset {t}a 1 {t}b 2 elsewhere 3");
        client.Do("multi");
        client.Do("get {t}a");
        client.Do("set {t}c 1");
        client.Do("flushall");
        client.Do("mget {t}a {t}c");
        client.Do("incr {t}d");
        client.Do("exists {t}a {t}d");
        Assert.Equal("[\"1\", \"OK\", \"OK\", [nil, nil], 1, 1]", client.Do("exec"));
        Assert.Equal("[nil, nil, nil, \"1\", nil]", client.Do("mget {t}a {t}b {t}c {t}d elsewhere"));

        client.Do("watch {t}d");
        client.Do("set {t}d 5");
        client.Do("multi");
        client.Do("flushall");
        Assert.Equal("nil", client.Do("exec"));
        Assert.Equal("\"5\"", client.Do("get {t}d"));
    }

    [Theory, BeforeLeafAndCluster]
    public async Task Too_many_keys_are_refused_before_anything_happens(string kind)
    {
        const string TooMany =
            "!ERR too many keys: what changes together reads and writes at most 1024 keys, and one that is read and "
            + "written counts twice; nothing was done";
        await using var node = await RespNode.StartAsync(kind);
        using var client = node.Connect();
        Assert.StartsWith("[\"OK\"", SetMany(client, 512));
        client.Do("flushall");
        Assert.Equal(TooMany, SetMany(client, 513));
        Assert.Equal(TooMany, SetMany(client, 3_000));
        Assert.Equal("nil", client.Do("get {t}0"));
    }

    [Theory, BeforeLeafAndCluster]
    public async Task Nobody_reads_half_of_a_transaction(string kind)
    {
        const int Rounds = 400;
        await using var node = await RespNode.StartAsync(kind, loops: 2);
        using var reader = node.Connect();
        reader.Do("mset {t}a 0 {t}b 0 {t}c 0");
        var writing = Task.Factory.StartNew(
            () =>
            {
                using var writer = node.Connect();
                for (var i = 1; i <= Rounds; i++)
                {
                    writer.Do("multi");
                    foreach (var name in "abc") writer.Do($"set {{t}}{name} {i}");
                    Assert.StartsWith("[", writer.Do("exec"));
                }
            },
            TaskCreationOptions.LongRunning);
        while (!writing.IsCompleted)
        {
            var seen = ((object?[])reader.Ask("mget", "{t}a", "{t}b", "{t}c")!).Distinct();
            Assert.Single(seen);
        }

        await writing;
        Assert.Equal($"[\"{Rounds}\", \"{Rounds}\", \"{Rounds}\"]", reader.Do("mget {t}a {t}b {t}c"));
    }

    [Fact]
    public async Task What_is_published_in_a_transaction_is_heard_once_and_only_if_it_happens()
    {
        RefusingExecutor? between = null;
        await using var node = await RespNode.LeafAsync(over: inner => between = new RefusingExecutor(inner));
        using var listener = node.Connect();
        using var client = node.Connect();
        listener.Do("subscribe news");
        between!.Refused = Opcode.Transact;
        Assert.StartsWith("!CLUSTERDOWN", SetAndPublish(client, "first"));
        (between.Status, between.Left) = (StatusCode.VersionMismatch, 3);
        Assert.Equal("[\"OK\", 1, \"PONG\", \"second\"]", SetAndPublish(client, "second"));
        Assert.Equal(0, between.Left);
        client.Do("publish news third");
        Assert.Equal("[\"message\", \"news\", \"second\"]", RespTestClient.Show(listener.Receive()));
        Assert.Equal("[\"message\", \"news\", \"third\"]", RespTestClient.Show(listener.Receive()));
    }

    [Fact]
    public async Task Arguments_without_bytes_count_for_the_bytes_of_a_transaction()
    {
        const int Arguments = 1_000_000;
        await using var harness = await RespHarness.LeafAsync();
        var transaction = new RespTransaction(harness.Server.Executor, -1);
        var reply = new RespReply(new System.Buffers.ArrayBufferWriter<byte>());
        var row = RespTable.Find("hmget"u8)!;
        var queued = RespTransaction.BytesMax / (Arguments * ArgSpan.Bytes);
        for (var i = 0; i < queued + 1; i++)
        {
            Assert.False(transaction.IsSpoiled);
            transaction.Queue(row, new RespArgs(default, new ArgSpan[Arguments]), reply);
        }

        Assert.True(transaction.IsSpoiled);
        Assert.Equal(queued, transaction.Count);
    }

    private static string SetAndPublish(RespTestClient client, string text)
    {
        client.Do("multi");
        client.Do($"set k {text}");
        client.Do($"publish news {text}");
        client.Do("ping");
        client.Do("get k");
        return client.Do("exec");
    }

    private static string SetMany(RespTestClient client, int keys)
    {
        client.Do("multi");
        for (var i = 0; i < keys; i++) client.Do($"set {{t}}{i} 1");
        return client.Do("exec");
    }

    private static void Transfer(RespNode node, int number, int transfers)
    {
        var random = new Random(number);
        using var client = node.Connect();
        for (var done = 0; done < transfers;)
        {
            var (from, to) = (random.Next(3), random.Next(3));
            if (number % 2 == 0)
            {
                // Unconditional: must always go through.
                client.Do("multi");
                client.Do($"decrby {{t}}{from} 5");
                client.Do($"incrby {{t}}{to} 5");
                client.Do("incr {t}count");
                Assert.StartsWith("[", client.Do("exec"));
                done++;
                continue;
            }

            client.Do($"watch {{t}}{from} {{t}}{to}");
            var left = long.Parse((string)client.Ask("get", $"{{t}}{from}")!);
            client.Do("multi");
            if (from != to) client.Do($"set {{t}}{from} {left - 7}");
            if (from != to) client.Do($"incrby {{t}}{to} 7");
            client.Do("incr {t}count");
            var answer = client.Do("exec");
            Assert.True(answer == "nil" || answer[0] == '[', answer);
            if (answer != "nil") done++;
        }
    }

    private static (string First, string Second) OfTwoShards(RespNode node)
    {
        int ShardOf(string key) => node.Executor.ShardOf(System.Text.Encoding.ASCII.GetBytes(key));
        var other = Enumerable.Range(0, 100).Select(i => $"b{i}").First(key => ShardOf(key) != ShardOf("a"));
        return ("a", other);
    }
}

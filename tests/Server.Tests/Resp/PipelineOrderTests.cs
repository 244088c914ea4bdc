using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Resp;

namespace Hedgerow.Server.Tests.Resp;

/// <summary>What commands of one pipeline may pass each other on, over a cluster that answers in any order.</summary>
public sealed class PipelineOrderTests
{
    private readonly HeldExecutor _cluster = new();

    [Theory, BeforeLeafAndCluster]
    public async Task A_pipeline_on_few_keys_is_answered_as_if_one_by_one(string kind)
    {
        await using var node = await RespNode.StartAsync(kind);
        using var client = node.Connect();
        var (random, model, expected) = (new Random(7), new string?[3], new List<string>());
        for (var round = 0; round < 100; round++)
        {
            expected.Clear();
            for (var i = 0; i < 16; i++)
            {
                var key = random.Next(model.Length);
                var isWrite = random.Next(3) == 0;
                if (isWrite) client.Send("set", $"key-{key}", model[key] = $"{round}.{i}");
                else client.Send("get", $"key-{key}");
                expected.Add(isWrite ? "OK" : model[key] ?? "nil");
            }

            var answers = expected.Select(_ => RespTestClient.Show(client.Receive()).Trim('"')).ToArray();
            Assert.Equal(expected, answers);
        }
    }

    [Fact]
    public void Answers_come_in_the_order_of_the_commands()
    {
        var connection = RespHarness.Over(_cluster).Connect();
        Assert.Equal("", connection.Say("GET a\r\nGET b\r\nSET c 1\r\nGET d"));
        Assert.Equal(["Get a", "Get b", "Set c", "Get d"], _cluster.Asked);
        _cluster.Answer(3, "four");
        _cluster.Answer(1, "two");
        Assert.Equal("", connection.Pump());
        _cluster.Answer(0, "one");
        Assert.Equal("$3\r\none\r\n$3\r\ntwo\r\n", connection.Pump());
        _cluster.Answer(2);
        Assert.Equal("+OK\r\n$4\r\nfour\r\n", connection.Pump());
        Assert.False(connection.Session.HasUnanswered);
    }

    [Fact]
    public void A_read_waits_for_a_write_of_its_key_and_for_no_other()
    {
        var connection = RespHarness.Over(_cluster).Connect();
        connection.Say("SET a 1\r\nGET b\r\nGET a\r\nGET c");
        Assert.Equal(["Set a", "Get b"], _cluster.Asked);
        Assert.True(connection.Session.IsWaiting);
        _cluster.Answer(1, "b");
        Assert.Equal("", connection.Pump());
        Assert.Equal(2, _cluster.Asked.Count);
        _cluster.Answer(0);
        Assert.Equal("+OK\r\n$1\r\nb\r\n", connection.Pump());
        Assert.Equal(["Set a", "Get b", "Get a", "Get c"], _cluster.Asked);
    }

    [Fact]
    public void A_write_waits_for_reads_of_its_key_and_reads_do_not_wait_for_each_other()
    {
        var connection = RespHarness.Over(_cluster).Connect();
        connection.Say("GET a\r\nGET a\r\nSET a 1");
        Assert.Equal(["Get a", "Get a"], _cluster.Asked);
        // The second is done though its turn has not come; the first still keeps the write.
        _cluster.Answer(1, "x");
        connection.Pump();
        Assert.Equal(2, _cluster.Asked.Count);
        _cluster.Answer(0, "x");
        Assert.Equal("$1\r\nx\r\n$1\r\nx\r\n", connection.Pump());
        Assert.Equal("Set a", _cluster.Asked[2]);
    }

    [Fact]
    public void What_changes_the_connection_waits_for_everything_before_it()
    {
        var connection = RespHarness.Over(_cluster).Connect();
        Assert.Equal("", connection.Say("GET a\r\nHELLO 3\r\nGET b"));
        Assert.Equal(["Get a"], _cluster.Asked);
        _cluster.Answer(0, status: StatusCode.NotFound);
        var answer = connection.Pump();
        Assert.StartsWith("$-1\r\n%7\r\n", answer, StringComparison.Ordinal);
        _cluster.Answer(1, status: StatusCode.NotFound);
        Assert.Equal("_\r\n", connection.Pump());
    }

    [Fact]
    public void What_is_read_behind_a_watch_waits_for_it_and_is_the_owners()
    {
        var connection = RespHarness.Over(_cluster).Connect();
        Assert.Equal("", connection.Say("WATCH a e\r\nGET a\r\nGET c\r\nEXISTS e"));
        Assert.Equal(["Head a"], _cluster.Asked);
        _cluster.Answer(0, status: StatusCode.NotFound);
        Assert.Equal("", connection.Pump());
        Assert.Equal(["Head a", "Head e"], _cluster.Asked);
        _cluster.Answer(1, status: StatusCode.NotFound);
        Assert.Equal("+OK\r\n", connection.Pump());
        Assert.Equal(["Head a", "Head e", "Get a", "Get c", "Head e"], _cluster.Asked);
        Assert.All(_cluster.Flags, flags => Assert.Equal(FrameFlags.FromOwner, flags));
        for (var i = 2; i < 5; i++) _cluster.Answer(i, status: StatusCode.NotFound);
        Assert.Equal("$-1\r\n$-1\r\n:0\r\n", connection.Pump());
        connection.Say("UNWATCH\r\nGET a");
        Assert.Equal(FrameFlags.None, _cluster.Flags[^1]);
    }

    [Fact]
    public void An_error_waits_for_its_turn()
    {
        var connection = RespHarness.Over(_cluster).Connect();
        Assert.Equal("", connection.Say("GET a\r\nGET\r\nfoo"));
        Assert.Equal("", connection.Feed("*1\r\n$x\r\n"u8));
        _cluster.Answer(0, "1");
        var answer = connection.Pump();
        Assert.StartsWith("$1\r\n1\r\n-ERR wrong number of arguments for 'get' command\r\n-ERR unknown", answer);
        Assert.EndsWith("-ERR Protocol error: invalid bulk length\r\n", answer, StringComparison.Ordinal);
        Assert.True(connection.Context.IsClosingAfterFlush);
    }

    [Fact]
    public void A_key_that_can_be_no_path_is_refused_once_and_in_its_turn()
    {
        const string BadKey = "-ERR the key has 0 bytes; 1 to 8192 are allowed\r\n";
        var connection = RespHarness.Over(_cluster).Connect();
        connection.Say("GET a");
        Assert.Equal("", connection.Ask("GET", ""));
        Assert.Equal("", connection.Ask("DEL", "b", ""));
        _cluster.Answer(0, "1");
        Assert.Equal("$1\r\n1\r\n" + BadKey + BadKey, connection.Pump());
        Assert.Equal(["Get a"], _cluster.Asked);
    }

    [Fact]
    public void Commands_under_way_are_bounded()
    {
        var connection = RespHarness.Over(_cluster).Connect();
        connection.Say(string.Join("\r\n", Enumerable.Range(0, 1000).Select(i => $"GET k{i}")));
        Assert.Equal(RespSession.CallsMax, _cluster.Asked.Count);
        for (var i = 0; i < 1000; i++)
        {
            _cluster.Answer(i, "v");
            Assert.Equal("$1\r\nv\r\n", connection.Pump());
        }

        Assert.Equal(1000, _cluster.Asked.Count);
        Assert.Equal(0, _cluster.OpenBatches);
    }

    [Fact]
    public void Bytes_under_way_are_bounded()
    {
        var connection = RespHarness.Over(_cluster).Connect();
        var value = new string('v', 4 << 20);
        for (var i = 0; i < 20; i++) connection.Ask("SET", $"k{i}", value);
        Assert.InRange(_cluster.Asked.Count, 1, (RespSession.CallBytesMax / value.Length) + 1);
    }

    [Fact]
    public void Arguments_without_bytes_are_bounded_too()
    {
        const int Options = 100_000;
        var connection = RespHarness.Over(_cluster).Connect();
        string[] scan = ["HSCAN", "k", "0", .. Enumerable.Range(0, Options).SelectMany(_ => new[] { "MATCH", "" })];
        var command = TestConnection.Encode(scan);
        for (var i = 0; i < 40 && !connection.Session.IsWaiting; i++) connection.Feed(command);
        Assert.InRange(_cluster.Asked.Count, 1, (RespSession.CallBytesMax / (2 * Options * 8)) + 1);
    }

    [Fact]
    public void Failures_of_the_cluster_are_errors_of_one_command()
    {
        var connection = RespHarness.Over(_cluster).Connect();
        connection.Say("GET a\r\nGET b\r\nGET c\r\nGET d");
        _cluster.Answer(0, "no leaf answers", StatusCode.Unavailable);
        _cluster.Answer(1, "the queue is full", StatusCode.Overloaded);
        _cluster.Answer(2, "", StatusCode.WrongKind);
        _cluster.Answer(3, "ok");
        Assert.Equal(
            "-CLUSTERDOWN no leaf answers\r\n-TRYAGAIN the queue is full\r\n"
            + "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n$2\r\nok\r\n", connection.Pump());
    }

    [Fact]
    public void Answers_to_a_connection_that_is_gone_are_dropped()
    {
        var connection = RespHarness.Over(_cluster).Connect();
        connection.Say("GET a\r\nGET b");
        _cluster.Answer(1, "early");
        connection.Session.OnClosed();
        _cluster.Answer(0, "late");
        Assert.Equal("", connection.Taken());
        Assert.Equal(0, connection.Session.Pending);
    }
}

using Hedgerow.Server.FrontEnds.Resp;

namespace Hedgerow.Server.Tests.Resp;

/// <summary>Answers that a client sees before it comes to a key; the texts are those of Redis 7.0.</summary>
public sealed class ConnectionCommandTests
{
    [Theory]
    [InlineData("PING", "+PONG\r\n")]
    [InlineData("ping hello", "$5\r\nhello\r\n")]
    [InlineData("PING a b", "-ERR wrong number of arguments for 'ping' command\r\n")]
    [InlineData("ECHO x", "$1\r\nx\r\n")]
    [InlineData("ECHO", "-ERR wrong number of arguments for 'echo' command\r\n")]
    [InlineData("SELECT 0", "+OK\r\n")]
    [InlineData("SELECT 1", "-ERR DB index is out of range\r\n")]
    [InlineData("SELECT x", "-ERR value is not an integer or out of range\r\n")]
    [InlineData("FOO", "-ERR unknown command 'FOO', with args beginning with: \r\n")]
    [InlineData("foo a bc", "-ERR unknown command 'foo', with args beginning with: 'a' 'bc' \r\n")]
    [InlineData("CLIENT foo", "-ERR unknown subcommand 'foo'. Try CLIENT HELP.\r\n")]
    [InlineData("CLIENT", "-ERR wrong number of arguments for 'client' command\r\n")]
    [InlineData("CLIENT GETNAME x", "-ERR wrong number of arguments for 'client|getname' command\r\n")]
    [InlineData("CLIENT GETNAME", "$-1\r\n")]
    [InlineData("CLIENT SETNAME \"a b\"",
        "-ERR Client names cannot contain spaces, newlines or special characters.\r\n")]
    [InlineData("CLIENT SETINFO LIB-NAME lib", "+OK\r\n")]
    [InlineData("CLIENT SETINFO foo lib", "-ERR Unrecognized option 'foo'\r\n")]
    [InlineData("CLIENT KILL 1.1.1.1:1", "-ERR No such client\r\n")]
    [InlineData("CLIENT KILL ID x", "-ERR client-id should be greater than 0\r\n")]
    [InlineData("CLIENT KILL FOO bar", "-ERR syntax error\r\n")]
    [InlineData("CLIENT KILL TYPE foo", "-ERR Unknown client type 'foo'\r\n")]
    [InlineData("CLIENT KILL ID 1000000", ":0\r\n")]
    [InlineData("CLIENT LIST TYPE foo", "-ERR Unknown client type 'foo'\r\n")]
    [InlineData("CLIENT LIST ID a", "-ERR Invalid client ID\r\n")]
    [InlineData("CLIENT REPLY foo", "-ERR syntax error\r\n")]
    [InlineData("CLIENT NO-EVICT on", "+OK\r\n")]
    [InlineData("CLIENT NO-TOUCH maybe", "-ERR syntax error\r\n")]
    [InlineData("CLIENT UNPAUSE", "+OK\r\n")]
    [InlineData("HELLO 4", "-NOPROTO unsupported protocol version\r\n")]
    [InlineData("HELLO x", "-ERR Protocol version is not an integer or out of range\r\n")]
    [InlineData("HELLO 3 foo", "-ERR Syntax error in HELLO option 'foo'\r\n")]
    [InlineData("HELLO 3 AUTH a b", "-WRONGPASS invalid username-password pair or user is disabled.\r\n")]
    [InlineData("AUTH a b c", "-ERR syntax error\r\n")]
    [InlineData("AUTH default anything", "+OK\r\n")]
    [InlineData("CLUSTER INFO", "-ERR This instance has cluster support disabled\r\n")]
    [InlineData("ACL WHOAMI", "$7\r\ndefault\r\n")]
    [InlineData("ROLE", "*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n")]
    [InlineData("CONFIG GET", "-ERR wrong number of arguments for 'config|get' command\r\n")]
    [InlineData("CONFIG GET databases", "*2\r\n$9\r\ndatabases\r\n$1\r\n1\r\n")]
    [InlineData("CONFIG GET SAVE nothing", "*2\r\n$4\r\nsave\r\n$0\r\n\r\n")]
    [InlineData("CONFIG SET foo bar", "-ERR Unknown option or number of arguments for CONFIG SET - 'foo'\r\n")]
    [InlineData("CONFIG SET maxmemory 1 foo", "-ERR syntax error\r\n")]
    [InlineData("CONFIG SET port 1",
        "-ERR CONFIG SET failed (possibly related to argument 'port') - can't set immutable config\r\n")]
    [InlineData("CONFIG SET notify-keyspace-events Kq",
        "-ERR CONFIG SET failed (possibly related to argument 'notify-keyspace-events') - "
        + "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.\r\n")]
    [InlineData("CONFIG RESETSTAT", "+OK\r\n")]
    [InlineData("COMMAND INFO foo", "*1\r\n*-1\r\n")]
    [InlineData("COMMAND DOCS foo", "*0\r\n")]
    [InlineData("COMMAND LIST FILTERBY foo bar", "-ERR syntax error\r\n")]
    [InlineData("COMMAND LIST FILTERBY PATTERN pin*", "*1\r\n$4\r\nping\r\n")]
    [InlineData("COMMAND LIST FILTERBY MODULE x", "*0\r\n")]
    [InlineData("COMMAND GETKEYS foo bar", "-ERR Invalid command specified\r\n")]
    [InlineData("COMMAND GETKEYS ping a", "-ERR The command has no key arguments\r\n")]
    [InlineData("PUBSUB NUMPAT", ":0\r\n")]
    [InlineData("PUBSUB CHANNELS", "*0\r\n")]
    [InlineData("PUBSUB NUMSUB a", "*2\r\n$1\r\na\r\n:0\r\n")]
    [InlineData("PUBLISH a b", ":0\r\n")]
    [InlineData("FLUSHALL foo", "-ERR syntax error\r\n")]
    public async Task A_fresh_connection_answers(string line, string expected)
    {
        await using var harness = await RespHarness.LeafAsync();
        Assert.Equal(expected, harness.Connect().Say(line));
    }

    [Fact]
    public async Task Hello_agrees_on_the_protocol_and_says_who_answers()
    {
        await using var harness = await RespHarness.LeafAsync();
        var connection = harness.Connect();
        var id = connection.Session.Id;
        var fields = $"$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$5\r\n7.2.0\r\n$5\r\nproto\r\n:{{0}}\r\n"
            + $"$2\r\nid\r\n:{id}\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n$6\r\nmaster\r\n"
            + "$7\r\nmodules\r\n*0\r\n";
        Assert.Equal("*14\r\n" + fields.Replace("{0}", "2"), connection.Say("HELLO"));
        Assert.Equal("%7\r\n" + fields.Replace("{0}", "3"), connection.Say("HELLO 3 SETNAME me"));
        Assert.Equal("$2\r\nme\r\n", connection.Say("CLIENT GETNAME"));
        Assert.Equal("_\r\n", harness.Connect().Say("HELLO 3\r\nCLIENT GETNAME")[^3..]);
        Assert.Equal("+RESET\r\n", connection.Say("RESET"));
        Assert.Equal("$-1\r\n", connection.Say("CLIENT GETNAME"));
    }

    [Fact]
    public async Task Without_the_password_nothing_but_a_greeting_is_answered()
    {
        await using var harness = await RespHarness.LeafAsync(s => s with { AuthToken = "secret" });
        var connection = harness.Connect();
        Assert.Equal("-NOAUTH Authentication required.\r\n", connection.Say("PING"));
        Assert.Equal("-ERR unknown command 'FOO', with args beginning with: \r\n", connection.Say("FOO"));
        Assert.StartsWith("-NOAUTH HELLO must be called", connection.Say("HELLO 3"));
        Assert.Equal("-WRONGPASS invalid username-password pair or user is disabled.\r\n", connection.Say("AUTH no"));
        Assert.Equal(
            "-WRONGPASS invalid username-password pair or user is disabled.\r\n", connection.Say("AUTH me secret"));
        Assert.Equal("-NOAUTH Authentication required.\r\n", connection.Say("PING"));
        Assert.Equal("+OK\r\n+PONG\r\n", connection.Say("AUTH secret\r\nPING"));
        Assert.StartsWith("%7\r\n", harness.Connect().Say("HELLO 3 AUTH default secret"));
        Assert.Equal("+RESET\r\n-NOAUTH Authentication required.\r\n", connection.Say("RESET\r\nPING"));
    }

    [Fact]
    public async Task Before_the_password_a_large_command_ends_the_connection()
    {
        await using var harness = await RespHarness.LeafAsync(s => s with { AuthToken = "secret" });
        var connection = harness.Connect();
        Assert.Equal(
            "-ERR Protocol error: unauthenticated multibulk length\r\n", connection.Feed("*100\r\n"u8));
        Assert.True(connection.Context.IsClosingAfterFlush);
        var known = harness.Connect();
        var echo = TestConnection.Encode("ECHO", new string('x', 20_000));
        Assert.EndsWith(
            "x\r\n", known.Feed([.. TestConnection.Encode("AUTH", "secret"), .. echo]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Client_reply_silences_the_commands_it_says()
    {
        await using var harness = await RespHarness.LeafAsync();
        var connection = harness.Connect();
        Assert.Equal("+PONG\r\n", connection.Say("CLIENT REPLY SKIP\r\nPING\r\nPING"));
        Assert.Equal("", connection.Say("CLIENT REPLY OFF\r\nPING\r\nFOO\r\nECHO"));
        Assert.Equal("+OK\r\n+PONG\r\n", connection.Say("CLIENT REPLY ON\r\nPING"));
    }

    [Fact]
    public async Task Quit_answers_and_nothing_after_it_runs()
    {
        await using var harness = await RespHarness.LeafAsync();
        var connection = harness.Connect();
        Assert.Equal("+OK\r\n", connection.Say("QUIT\r\nPING"));
        Assert.True(connection.Context.IsClosingAfterFlush);
    }

    [Fact]
    public async Task A_browser_that_was_made_to_speak_to_the_port_is_cut_off()
    {
        await using var harness = await RespHarness.LeafAsync();
        var connection = harness.Connect();
        Assert.Equal("", connection.Say("POST / HTTP/1.1\r\nHost: localhost\r\n\r\nFLUSHALL"));
        Assert.True(connection.Context.IsClosingAfterFlush);
    }

    [Fact]
    public async Task Connections_are_listed_and_killed()
    {
        await using var harness = await RespHarness.LeafAsync();
        var first = harness.Connect();
        var second = harness.Connect();
        second.Say("CLIENT SETNAME second\r\nCLIENT SETINFO LIB-VER 1.2");
        var list = first.Say("CLIENT LIST");
        Assert.Contains($"id={second.Session.Id} addr=", list, StringComparison.Ordinal);
        Assert.Contains("name=second ", list, StringComparison.Ordinal);
        Assert.Contains("lib-ver=1.2\n", list, StringComparison.Ordinal);
        Assert.DoesNotContain("name=second", first.Say($"CLIENT LIST ID {first.Session.Id}"));
        Assert.Equal(":1\r\n", first.Say($"CLIENT KILL ID {second.Session.Id}"));
        Assert.True(second.Context.IsKilled);
        second.Session.OnClosed();
        Assert.Equal(":0\r\n", first.Say($"CLIENT KILL ID {second.Session.Id}"));
        Assert.Equal(":0\r\n", first.Say($"CLIENT KILL ID {first.Session.Id}"));
        Assert.Equal(":1\r\n", first.Say($"CLIENT KILL ID {first.Session.Id} SKIPME no"));
        Assert.True(first.Context.IsClosingAfterFlush);
    }

    [Fact]
    public async Task Info_has_the_sections_and_fields_that_clients_look_for()
    {
        await using var harness = await RespHarness.LeafAsync();
        var connection = harness.Connect();
        var info = connection.Say("INFO");
        foreach (var line in new[]
                 {
                     "# Server\r\nredis_version:7.2.0\r\n", "redis_mode:standalone\r\n", "connected_clients:1\r\n",
                     "loading:0\r\n", "role:master\r\n", "cluster_enabled:0\r\n", "# Keyspace\r\n",
                     "\r\nkeyspace_hits:0\r\nkeyspace_misses:0\r\n",
                 })
            Assert.Contains(line, info, StringComparison.Ordinal);
        Assert.DoesNotContain("# Commandstats", info, StringComparison.Ordinal);
        Assert.Contains("cmdstat_info:calls=2,", connection.Say("INFO commandstats"), StringComparison.Ordinal);
        connection.Say("CONFIG RESETSTAT");
        Assert.Contains("cmdstat_info:calls=1,", connection.Say("INFO COMMANDSTATS"), StringComparison.Ordinal);
        connection.Say("HELLO 3");
        Assert.Matches("^=[0-9]+\r\ntxt:# CPU\r\n", connection.Say("INFO cpu"));
    }

    [Fact]
    public async Task Every_container_of_Redis_has_the_help_that_its_error_names()
    {
        await using var harness = await RespHarness.LeafAsync();
        var connection = harness.Connect();
        foreach (var row in RespTable.Rows.Where(row => row is { Subcommands.Count: > 0, Group: not "search" }))
        {
            var name = row.Name.ToUpperInvariant();
            Assert.Equal(
                $"-ERR unknown subcommand 'nonsense'. Try {name} HELP.\r\n", connection.Ask(name, "nonsense"));
            var help = connection.Ask(name, "HELP");
            Assert.Contains($"{name} <subcommand>", help, StringComparison.Ordinal);
            Assert.All(
                row.Subcommands,
                sub => Assert.Contains($"+{sub.Name.ToUpperInvariant()}\r\n", help, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Every_command_can_be_found_in_any_case_and_nothing_else_can()
    {
        foreach (var row in RespTable.Rows)
        {
            Assert.Same(row, RespTable.Find(System.Text.Encoding.ASCII.GetBytes(row.Name)));
            Assert.Same(row, RespTable.Find(System.Text.Encoding.ASCII.GetBytes(row.Name.ToUpperInvariant())));
            Assert.Null(RespTable.Find(System.Text.Encoding.ASCII.GetBytes(row.Name + "\0")));
        }

        Assert.Null(RespTable.Find(""u8));
        Assert.Null(RespTable.Find(new byte[1000]));
    }
}

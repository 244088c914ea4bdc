using System.Text;
using Hedgerow.Tests;

namespace Hedgerow.Server.Tests.Resp;

/// <summary>Clients that mean harm, or are broken. The parser has tests of its own for what they may send.</summary>
public sealed class HostileClientTests
{
    private const int SoftLimit = 64 * 1024;

    [Fact]
    public async Task A_million_commands_in_one_buffer_are_answered_a_bounded_piece_at_a_time()
    {
        await using var harness = await RespHarness.LeafAsync();
        var connection = harness.Connect(SoftLimit);
        var input = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("PING\r\n", 1_000_000)));
        var at = 0;
        long answered = 0;
        while (at < input.Length)
        {
            var used = connection.Session.Consume(input.AsSpan(at));
            Assert.True(used > 0);
            at += used;
            var output = connection.Context.TakeOutput().Length;
            Assert.InRange(output, 1, SoftLimit + 1024);
            answered += output;
        }

        Assert.Equal(7_000_000, answered);
    }

    [Fact]
    public async Task Millions_of_empty_lines_are_eaten_and_cost_nothing()
    {
        await using var harness = await RespHarness.LeafAsync();
        var connection = harness.Connect();
        var input = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("\r\n\n*0\r\n", 1_000_000)));
        var consumed = 0;
        Assert.InRange(AllocatedBytes.Least(() => consumed = connection.Session.Consume(input)), 0, 64 * 1024);
        Assert.Equal(input.Length, consumed);
        Assert.Equal("", connection.Taken());
    }

    [Fact]
    public async Task A_value_over_the_limit_is_read_past_and_the_connection_goes_on()
    {
        await using var harness = await RespHarness.LeafAsync();
        var connection = harness.Connect();
        var announced = 100 << 20;
        connection.Feed(Encoding.ASCII.GetBytes($"*3\r\n$3\r\nSET\r\n$1\r\na\r\n${announced}\r\n"));
        var piece = new byte[1 << 20];
        for (var sent = 0; sent < announced; sent += piece.Length)
        {
            Assert.Equal("", connection.Feed(piece));
            Assert.Equal(0, connection.Held);
        }

        Assert.Equal(
            "-ERR string exceeds maximum allowed size (proto-max-bulk-len)\r\n+PONG\r\n",
            connection.Say("\r\nPING"));
    }

    [Fact]
    public async Task A_command_that_was_too_large_for_a_transaction_discards_it()
    {
        await using var harness = await RespHarness.LeafAsync();
        var connection = harness.Connect();
        Assert.Equal("+OK\r\n+QUEUED\r\n", connection.Say("MULTI\r\nSET b 1"));
        connection.Feed(Encoding.ASCII.GetBytes($"*3\r\n$3\r\nSET\r\n$1\r\na\r\n${100 << 20}\r\n"));
        var piece = new byte[1 << 20];
        for (var sent = 0; sent < 100; sent++) connection.Feed(piece);
        Assert.StartsWith("-ERR string exceeds maximum allowed size", connection.Feed("\r\n"u8));
        Assert.Equal(
            "-EXECABORT Transaction discarded because of previous errors.\r\n$-1\r\n",
            connection.Say("EXEC\r\nGET b"));
    }

    [Fact]
    public async Task A_protocol_error_is_said_and_ends_the_connection()
    {
        await using var harness = await RespHarness.LeafAsync();
        var connection = harness.Connect();
        Assert.Equal(
            "+PONG\r\n-ERR Protocol error: expected '$', got '*'\r\n",
            connection.Feed("PING\r\n*1\r\n*1\r\n*1\r\n$4\r\nPING\r\nPING\r\n"u8));
        Assert.True(connection.Context.IsClosingAfterFlush);
    }

    [Fact]
    public async Task A_key_that_can_be_no_path_is_refused()
    {
        await using var harness = await RespHarness.LeafAsync();
        var connection = harness.Connect();
        Assert.Equal("-ERR the key has 0 bytes; 1 to 8192 are allowed\r\n", connection.Ask("GET", ""));
        Assert.Equal(
            "-ERR the key has 8193 bytes; 1 to 8192 are allowed\r\n",
            connection.Ask("SET", new string('k', 8193), "v"));
        Assert.Equal("+OK\r\n", connection.Ask("SET", new string('k', 8192), "v"));
    }

    [Theory]
    [InlineData(10_000)]
    [InlineData(1_000_000)]
    public async Task A_field_that_is_named_again_and_again_is_not_multiplied(int valueBytes)
    {
        await using var harness = await RespHarness.LeafAsync();
        var connection = harness.Connect(softLimit: 64 << 20);
        connection.Ask("HSET", "h", "f", new string('v', valueBytes));
        string[] names = [.. Enumerable.Repeat("f", (18 << 20) / valueBytes)];
        Assert.StartsWith("-ERR string exceeds maximum", connection.Ask(["HMGET", "h", .. names]));
        connection.Say("MULTI");
        connection.Ask(["HMGET", "h", .. names]);
        Assert.StartsWith("*1\r\n-ERR string exceeds maximum", connection.Say("EXEC"));
        var half = connection.Ask(["HMGET", "h", .. names[..(names.Length / 2)]]);
        Assert.StartsWith($"*{names.Length / 2}\r\n${valueBytes}\r\nv", half, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Random_commands_never_break_a_session()
    {
        const int Seed = 42;
        await using var harness = await RespHarness.LeafAsync();
        var random = new Random(Seed);
        string[] words =
        [
            .. FrontEnds.Resp.RespTable.Rows.Select(row => row.Name).Where(name => name is not "quit"), "a", "b", "0",
            "-1", "ON", "GET", "EX", "\r\n", "", "*", "1.5", new string('x', 300),
        ];
        for (var round = 0; round < 200; round++)
        {
            var connection = harness.Connect();
            for (var i = 0; i < 20 && !connection.Context.IsClosingAfterFlush; i++)
            {
                var command = new string[random.Next(1, 6)];
                for (var w = 0; w < command.Length; w++) command[w] = words[random.Next(words.Length)];
                var answer = connection.Ask(command);
                Assert.True(
                    !answer.StartsWith("-ERR internal", StringComparison.Ordinal),
                    $"seed {Seed}: {string.Join(' ', command)} -> {answer}");
            }

            connection.Session.OnClosed();
        }
    }
}

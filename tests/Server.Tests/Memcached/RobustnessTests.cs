using System.Diagnostics;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Memcached;
using Hedgerow.Server.Tests.Sockets;
using Hedgerow.Tests;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hedgerow.Server.Tests.Memcached;

public sealed partial class RobustnessTests
{
    private const string Script =
        "set a 5 0 5\r\nhello\r\nget a b\r\ngets a\r\nadd a 0 0 1\r\nx\r\nappend a 0 0 1\r\n!\r\n"
        + "set n 0 0 1 noreply\r\n1\r\n"
        + "incr n 41\r\nmg a v s f t k Oq\r\nms b 3 T60\r\nabc\r\nmg b v t\r\nmd b I\r\nmg b v\r\nma c N0 J5 v\r\n"
        + "touch a 9\r\n"
        + "gat 0 a n\r\ndelete n\r\nset big 0 0 9999999\r\nnonsense\r\nset a 0 0 2\r\nabc\r\nget a\r\n"
        + "version\r\nmn\r\n";

    [Theory]
    [InlineData(Behind.Leaf)]
    [InlineData(Behind.Frames)]
    public async Task A_script_cut_at_any_byte_is_answered_as_the_whole(Behind behind)
    {
        // The refused data of nine million bytes is not sent: what follows is passed over in its place.
        var script = Encoding.Latin1.GetBytes(Script.Replace("set big 0 0 9999999\r\nnonsense\r\n", ""));
        var whole = await AnswerAsync(behind, script, script.Length);
        Assert.EndsWith("VERSION 1.6.38\r\nMN\r\n", whole, StringComparison.Ordinal);
        Assert.Equal(whole, await AnswerAsync(behind, script, 1));
        for (var cut = 1; cut < script.Length; cut += 3) Assert.Equal(whole, await AnswerAsync(behind, script, cut));
    }

    [Fact]
    public async Task Data_of_a_refused_command_is_passed_over_however_it_comes()
    {
        await using var server = await MemcachedUnderTest.StartAsync(Behind.Leaf, valueBytesMax: 1_000);
        var connection = server.Connect();
        Assert.Equal("STORED\r\n", await connection.SayAsync("set a 0 0 1\r\nx\r\n"));
        Assert.Equal("SERVER_ERROR object too large for cache\r\n", await connection.SayAsync("set a 0 0 5000\r\n"));
        for (var i = 0; i < 500; i++) Assert.Equal("", await connection.SayAsync("flush_all\n"));
        Assert.Equal(0, connection.Held);
        Assert.Equal("END\r\n", await connection.SayAsync("\r\nget a\r\n"));
    }

    [Fact]
    public async Task A_line_without_an_end_is_refused_and_the_connection_closed()
    {
        await using var server = await MemcachedUnderTest.StartAsync(Behind.Leaf);
        var connection = server.Connect();
        Assert.Equal("", await connection.SayAsync(new string('x', 2_000)));
        Assert.Equal("CLIENT_ERROR line too long\r\n", await connection.SayAsync(new string('x', 100)));
        Assert.True(connection.IsClosing);
    }

    [Fact]
    public async Task A_retrieval_of_any_number_of_keys_is_answered_as_it_comes()
    {
        await using var server = await MemcachedUnderTest.StartAsync(Behind.Leaf);
        var connection = server.Connect();
        await connection.SayAsync("set a 0 0 1\r\nx\r\n");
        var answered = (await connection.SayAsync("get")).Length;
        for (var i = 0; i < 2_000; i++)
        {
            answered += (await connection.SayAsync(" a b a")).Length;
            Assert.InRange(connection.Held, 0, 2_048);
        }

        answered += (await connection.SayAsync("\r\n")).Length;
        Assert.Equal(("VALUE a 0 1\r\nx\r\n".Length * 4_000) + "END\r\n".Length, answered);
    }

    [Fact]
    public async Task A_key_without_an_end_is_refused_and_the_rest_of_its_line_passed_over()
    {
        await using var server = await MemcachedUnderTest.StartAsync(Behind.Leaf);
        var connection = server.Connect();
        await connection.SayAsync("get " + string.Join(' ', Enumerable.Repeat("b", 1_500)));
        var answer = await connection.SayAsync(" " + new string('k', 5_000));
        Assert.Equal("CLIENT_ERROR bad command line format\r\n", answer);
        Assert.Equal("", await connection.SayAsync(new string('k', 5_000)));
        Assert.Equal("MN\r\n", await connection.SayAsync("\r\nmn\r\n"));
    }

    [Fact]
    public async Task The_binary_protocol_is_refused_in_its_own_words()
    {
        await using var server = await MemcachedUnderTest.StartAsync(Behind.Leaf);
        var connection = server.Connect();
        var request = new byte[24];
        (request[0], request[1]) = (0x80, 0x0B);
        var answer = await connection.SendAsync(request);
        Assert.Equal([0x81, 0x0B], answer[..2]);
        Assert.Equal([0x00, 0x81], answer[6..8]);
        Assert.Equal(answer.Length - 24, (answer[10] << 8) | answer[11]);
        Assert.True(connection.IsClosing);
    }

    [Fact]
    public async Task A_browser_is_hung_up_on()
    {
        await using var server = await MemcachedUnderTest.StartAsync(Behind.Leaf);
        var connection = server.Connect();
        Assert.Equal("", await connection.SayAsync("POST /flush_all HTTP/1.1\r\n"));
        Assert.True(connection.IsClosing);
    }

    [Theory]
    [InlineData(1, Behind.Leaf)]
    [InlineData(2, Behind.Frames)]
    public async Task Random_bytes_end_a_connection_at_most(int seed, Behind behind)
    {
        await using var server = await MemcachedUnderTest.StartAsync(behind);
        var random = new Random(seed);
        var script = Encoding.Latin1.GetBytes(Script);
        for (var run = 0; run < 300; run++)
        {
            var connection = server.Connect();
            var bytes = (byte[])script.Clone();
            for (var i = random.Next(1, 20); i > 0; i--)
            {
                ref var garbled = ref bytes[random.Next(bytes.Length)];
                garbled = random.Next(4) == 0 ? (byte)"\r\n 0"[random.Next(4)] : (byte)random.Next(256);
            }

            foreach (var part in bytes.Chunk(random.Next(1, 400)))
            {
                if (connection.IsClosing) break;
                Assert.InRange((await connection.SendAsync(part)).Length, 0, 100_000);
                Assert.InRange(connection.Session.BytesWanted, 0, (1 << 20) + 4_096);
            }

            connection.Session.OnClosed();
        }

        Assert.Equal(0, server.FrontEnd.Connections);
        Assert.Equal("MN\r\n", await server.Connect().SayAsync("mn\r\n"));
    }

    [Fact]
    public void Bytes_of_commands_under_way_are_bounded()
    {
        const int ValueBytes = 1 << 20;
        var stuck = new StuckExecutor();
        using var frontEnd = new MemcachedFrontEnd(
            stuck, new MemcachedOptions { ValueBytesMax = ValueBytes },
            _ => ValueTask.FromResult<IReadOnlyList<StatsReply>>([]), TimeProvider.System, NullLogger.Instance);
        var session = frontEnd.Create(new DetachedContext());
        for (var i = 0; i < MemcachedLimits.InFlightMax && !session.IsWaiting; i++)
        {
            var line = Encoding.ASCII.GetBytes($"set k{i} 0 0 {ValueBytes}\r\n");
            byte[] set = [.. line, .. new byte[ValueBytes], .. "\r\n"u8];
            var used = session.Consume(set);
            Assert.Equal(session.IsWaiting ? 0 : set.Length, used);
        }

        Assert.True(session.IsWaiting);
        Assert.Equal(MemcachedLimits.BytesInFlightMax / ValueBytes, stuck.Asked.Count);
    }

    [Theory]
    [InlineData("get")]
    [InlineData("mg")]
    public void Answers_that_wait_for_their_turn_are_bounded(string verb)
    {
        const int RoomBytes = 1 << 20;
        const int Commands = 60;
        var cluster = new Resp.HeldExecutor();
        using var frontEnd = new MemcachedFrontEnd(
            cluster, new MemcachedOptions { ValueBytesMax = 1 << 20, AnswerBytesMax = RoomBytes },
            _ => ValueTask.FromResult<IReadOnlyList<StatsReply>>([]), TimeProvider.System, NullLogger.Instance);
        var session = (MemcachedSession)frontEnd.Create(new DetachedContext());
        var value = new string('v', 400_000);
        for (var i = 0; i < Commands; i++)
        {
            var line = Encoding.ASCII.GetBytes(verb == "get" ? $"get k{i}\r\n" : $"mg k{i} v\r\n");
            Assert.Equal(line.Length, Consume(session, line));
        }

        Assert.Equal(Commands, cluster.Asked.Count);
        for (var i = Commands - 1; i > 0; i--)
        {
            cluster.Answer(i, value);
            Assert.InRange(session.Room.Held, 0, RoomBytes);
        }

        session.OnClosed();

        static int Consume(MemcachedSession session, ReadOnlySpan<byte> line)
        {
            var used = 0;
            while (used < line.Length) used += session.Consume(line[used..]);
            return used;
        }
    }

    [Fact]
    public async Task Large_answers_over_a_cluster_come_whole_and_in_order()
    {
        await using var server = await MemcachedUnderTest.StartAsync(Behind.Frames);
        var connection = server.Connect();
        var value = new string('v', 300_000);
        for (var i = 0; i < 8; i++) await connection.SayAsync($"set k{i} 0 0 {value.Length}\r\n{value}\r\n");
        var question = string.Concat(Enumerable.Range(0, 40).Select(i => $"get k{i % 8}\r\nmg k{i % 8} v\r\n"));
        var expected = string.Concat(Enumerable.Range(0, 40).Select(i =>
            $"VALUE k{i % 8} 0 {value.Length}\r\n{value}\r\nEND\r\nVA {value.Length}\r\n{value}\r\n"));
        Assert.True(expected == await connection.SayAsync(question));
    }

    [Fact]
    public async Task Answers_over_a_cluster_come_in_the_order_of_the_commands()
    {
        await using var server = await MemcachedUnderTest.StartAsync(Behind.Frames);
        var connection = server.Connect();
        var question = new StringBuilder();
        var expected = new StringBuilder();
        for (var i = 0; i < 500; i++)
        {
            var key = $"k{i % 7}";
            question.Append($"set {key} 0 0 3\r\n{i:000}\r\nget {key} {key}\r\nmg {key} v q\r\nincr {key} 0\r\n");
            var value = $"VALUE {key} 0 3\r\n{i:000}\r\n";
            expected.Append($"STORED\r\n{value}{value}END\r\nVA 3\r\n{i:000}\r\n{i}\r\n");
        }

        Assert.Equal(expected.ToString(), await connection.SayAsync(question.ToString()));
    }

    [Fact]
    public async Task Only_one_of_many_clients_wins_a_recache()
    {
        await using var server = await MemcachedUnderTest.StartAsync(Behind.Frames);
        await server.Connect().SayAsync("ms a 1 T60\r\nx\r\nmd a I\r\n");
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => server.Connect().SayAsync("mg a v\r\n")));
        Assert.Single(answers, answer => answer == "VA 1 X W\r\nx\r\n");
        Assert.Equal(19, answers.Count(answer => answer == "VA 1 Z X\r\nx\r\n"));
    }

    [Fact]
    public async Task Increments_of_many_clients_are_all_counted()
    {
        await using var server = await MemcachedUnderTest.StartAsync(Behind.Frames);
        await server.Connect().SayAsync("set n 0 0 1\r\n0\r\n");
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            var connection = server.Connect();
            for (var i = 0; i < 25; i++) Assert.Matches("^[0-9]+\r\n$", await connection.SayAsync("incr n 1\r\n"));
        }));
        Assert.Equal("200\r\n", await server.Connect().SayAsync("incr n 0\r\n"));
    }

    [Fact]
    public async Task Reads_and_writes_over_a_leaf_allocate_nothing()
    {
        await AssertAllocatesNothingAsync(
            "set a 5 0 5\r\nhello\r\nget a b\r\nmg a v t\r\nms a 2 T9\r\nhi\r\ntouch a 0\r\nset n 0 0 1\r\n7\r\n"
            + "md b q\r\ngat 0 a\r\ndelete n\r\n");
    }

    [Fact]
    public async Task Commands_that_read_compute_and_compare_allocate_nothing_either()
    {
        var built = typeof(MemcachedFrontEnd).Assembly.GetCustomAttribute<DebuggableAttribute>();
        if (built is { IsJITOptimizerDisabled: true })
            Assert.Skip("needs a Release build: without optimisation every async method makes an object");
        await AssertAllocatesNothingAsync(
            "set n 0 0 1\r\n7\r\nincr n 1\r\nma n v D5\r\nmd n I\r\nmg n v\r\nmg n v T90\r\nms n 1 MA\r\nx\r\n"
            + "gat -1 n\r\n");
    }

    private static async Task AssertAllocatesNothingAsync(string script)
    {
        await using var server = await MemcachedUnderTest.StartAsync(Behind.Leaf, time: TimeProvider.System);
        var connection = server.Connect();
        var commands = Encoding.ASCII.GetBytes(script);
        connection.Repeat(commands, 2_000);
        Assert.Equal(0, AllocatedBytes.Least(() => connection.Repeat(commands, 2_000)));
    }

    private static async Task<string> AnswerAsync(Behind behind, byte[] script, int cut)
    {
        await using var server = await MemcachedUnderTest.StartAsync(behind);
        var connection = server.Connect();
        var answer = new StringBuilder();
        foreach (var part in cut == 1 ? script.Chunk(1) : [script[..cut], script[cut..]])
            answer.Append(Encoding.Latin1.GetString(await connection.SendAsync(part)));
        return OurCas().Replace(answer.ToString(), "CAS");
    }

    [GeneratedRegex("1[0-9]{17}")]
    private static partial Regex OurCas();
}

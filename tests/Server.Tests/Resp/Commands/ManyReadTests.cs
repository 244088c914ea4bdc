using System.Buffers;
using System.Text;
using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Commands;

namespace Hedgerow.Server.Tests.Resp.Commands;

/// <summary>MGET: what is there is answered, and what can't be read is no miss.</summary>
public sealed class ManyReadTests
{
    [Theory, BeforeLeafAndCluster]
    public async Task Values_that_do_not_fit_into_one_answer_of_a_shard_are_all_there(string kind)
    {
        await using var node = await RespNode.StartAsync(kind);
        using var client = node.Connect();
        var (a, b) = (new string('a', 9 << 20), new string('b', 9 << 20));
        Assert.Equal("OK", client.Ask("set", "{t}a", a));
        Assert.Equal("OK", client.Ask("set", "{t}b", b));
        Assert.Equal([a, null, b], (object?[])client.Ask("mget", "{t}a", "{t}none", "{t}b")!);
    }

    [Fact]
    public void A_row_that_was_too_large_is_read_by_itself_and_stands_in_its_place()
    {
        var connection = RespHarness.Over(new Rows()).Connect();
        Assert.Equal(
            "*5\r\n$1\r\na\r\n$5\r\nlarge\r\n$-1\r\n$6\r\nlarge2\r\n$1\r\nb\r\n",
            connection.Ask("MGET", "a", "large", "none", "large2", "b"));
    }

    [Fact]
    public void A_key_whose_shard_is_away_is_an_error_and_no_miss()
    {
        var connection = RespHarness.Over(new Rows()).Connect();
        Assert.Equal(
            "-CLUSTERDOWN the key in place 2 could not be read: its shard said Unavailable\r\n",
            connection.Ask("MGET", "a", "away", "b"));
    }

    [Fact]
    public async Task An_answer_is_bounded_however_often_a_key_is_named()
    {
        const string TooMuch = "-ERR the answer would have more than 1000000 bytes, which resp.output allows\r\n";
        await using var harness = await RespHarness.LeafAsync(s => s with { RespOutputBytesMax = 1_000_000 });
        var connection = harness.Connect();
        connection.Ask("SET", "k", new string('v', 100_000));
        var keys = Enumerable.Repeat("k", 1_000).ToArray();
        Assert.Equal(TooMuch, connection.Ask(["MGET", .. keys]));
        Assert.StartsWith("*9\r\n", connection.Ask(["MGET", .. keys[..9]]), StringComparison.Ordinal);
        connection.Say("MULTI");
        for (var i = 0; i < 20; i++) Assert.Equal("+QUEUED\r\n", connection.Say("GET k"));
        Assert.Equal(TooMuch, connection.Say("EXEC"));
        for (var i = 0; i < 12; i++) connection.Ask("SET", i + new string('n', 8_000), "");
        Assert.StartsWith("*13\r\n", connection.Say("KEYS *"), StringComparison.Ordinal);
        for (var i = 0; i < 125; i++) connection.Ask("SET", i + new string('m', 8_000), "");
        Assert.Equal(TooMuch, connection.Say("KEYS *"));
    }

    [Fact]
    public async Task A_transaction_over_more_bytes_than_an_answer_may_have_does_nothing()
    {
        await using var harness = await RespHarness.LeafAsync(s => s with { RespOutputBytesMax = 1_000_000 });
        var connection = harness.Connect();
        var value = new string('v', 300_000);
        for (var i = 0; i < 4; i++) connection.Ask("SET", $"k{i}", value);
        connection.Say("MULTI\r\nSET other 1");
        for (var i = 0; i < 4; i++) connection.Say($"STRLEN k{i}");
        Assert.Equal(
            "-ERR the values of a transaction's keys have together at most 1000000 bytes; nothing was done\r\n",
            connection.Say("EXEC"));
        Assert.Equal("$-1\r\n", connection.Say("GET other"));
        connection.Say("MULTI\r\nSET other 1\r\nSTRLEN k0\r\nSTRLEN k1\r\nSTRLEN k2");
        Assert.Equal("*4\r\n+OK\r\n:300000\r\n:300000\r\n:300000\r\n", connection.Say("EXEC"));
    }

    /// <summary>A cluster in which keys are called what becomes of them.</summary>
    private sealed class Rows : ICommandExecutor
    {
        public int Shards => 4;

        public long UtcNowMs => 1_000_000;

        public bool TryExecute(
            in CacheCommand command, ulong pathHash, IBufferWriter<byte> output, out CommandOutcome outcome)
        {
            outcome = default;
            return false;
        }

        public ValueTask<Reply> ExecuteAsync(
            RequestHeader header, ReadOnlyMemory<byte> body, CancellationToken cancel)
        {
            var output = new ArrayBufferWriter<byte>();
            if (header.Opcode == Opcode.Get)
            {
                Assert.Equal(StatusCode.Ok, CacheCommand.TryRead(Opcode.Get, body.Span, out var get, out _));
                output.Write(Entry(get.Path));
            }
            else
            {
                Assert.Equal(Opcode.GetMany, header.Opcode);
                WriteRows(body.Span, output);
            }

            return new ValueTask<Reply>(Reply.Copy(new ReplyHeader { Status = StatusCode.Ok }, output.WrittenSpan));
        }

        public int ShardOf(ReadOnlySpan<byte> path) => 0;

        public void Prefetch(ReadOnlySpan<byte> path)
        {
        }

        public void BeginBatch()
        {
        }

        public void EndBatch()
        {
        }

        private static void WriteRows(ReadOnlySpan<byte> request, IBufferWriter<byte> output)
        {
            Assert.Equal(StatusCode.Ok, GetManyCodec.TryReadRequest(request, out var paths, out _));
            GetManyCodec.WriteCount(output, paths.Count);
            while (paths.MoveNext())
            {
                var name = Encoding.ASCII.GetString(paths.Path);
                if (name.StartsWith("large", StringComparison.Ordinal))
                    GetManyCodec.WriteMissing(output, StatusCode.TooLarge, 7);
                else if (name == "away") GetManyCodec.WriteMissing(output, StatusCode.Unavailable, 0);
                else if (name == "none") GetManyCodec.WriteMissing(output, StatusCode.NotFound, 0);
                else GetManyCodec.WriteRow(output, StatusCode.Ok, 7, Entry(paths.Path));
            }
        }

        private static byte[] Entry(ReadOnlySpan<byte> value)
        {
            var entry = new byte[EntryBody.PrefixLength + value.Length];
            EntryBody.WritePrefix(entry, 0, 0);
            value.CopyTo(entry.AsSpan(EntryBody.PrefixLength));
            return entry;
        }
    }
}

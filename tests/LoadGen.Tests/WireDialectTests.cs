using System.Text;
using Hedgerow.LoadGen.Wire;
using Hedgerow.LoadGen.Workload;
using Hedgerow.Protocol;
using Microsoft.Extensions.Time.Testing;

namespace Hedgerow.LoadGen.Tests;

public sealed class WireDialectTests
{
    private static readonly RequestContent Content = Drawn.Content();

    [Theory]
    [InlineData("resp", "Get", "*2\r\n$3\r\nGET\r\n$15\r\n/load/000000042\r\n")]
    [InlineData("resp", "Modify", "*2\r\n$3\r\nGET\r\n$15\r\n/load/000000042\r\n")]
    [InlineData("resp", "Delete", "*2\r\n$3\r\nDEL\r\n$15\r\n/load/000000042\r\n")]
    [InlineData("resp", "Scan", "*3\r\n$4\r\nMGET\r\n$15\r\n/load/000000042\r\n$15\r\n/load/000000043\r\n")]
    [InlineData(
        "resp", "Search",
        "*6\r\n$9\r\nFT.SEARCH\r\n$5\r\nwords\r\n$3\r\nsm*\r\n$5\r\nLIMIT\r\n$1\r\n0\r\n$1\r\n3\r\n")]
    [InlineData("resp", "Set", "*3\r\n$3\r\nSET\r\n$15\r\n/load/000000042\r\n$5\r\nvalue\r\n")]
    [InlineData("memcached", "Get", "get /load/000000042\r\n")]
    [InlineData("memcached", "Delete", "delete /load/000000042\r\n")]
    [InlineData("memcached", "Scan", "get /load/000000042 /load/000000043\r\n")]
    [InlineData("memcached", "Insert", "set /load/000000042 0 0 5\r\nvalue\r\n")]
    [InlineData("http", "Get", "GET /v1/entries/load/000000042 HTTP/1.1\r\nHost: loadgen\r\n\r\n")]
    [InlineData("http", "Delete", "DELETE /v1/entries/load/000000042 HTTP/1.1\r\nHost: loadgen\r\n\r\n")]
    [InlineData(
        "http", "Set", "PUT /v1/entries/load/000000042 HTTP/1.1\r\nHost: loadgen\r\nContent-Length: 5\r\n\r\nvalue")]
    public void A_request_is_written_as_the_protocol_has_it(string protocol, string kind, string expected) =>
        Assert.Equal(
            expected,
            Written(protocol, new Operation(Enum.Parse<OperationKind>(kind), 42, 2, ValueBytes: 5, Query: "sm*")));

    [Theory]
    [InlineData("resp", "*5\r\n$3\r\nSET\r\n$15\r\n/load/000000042\r\n$3\r\nval\r\n$2\r\nEX\r\n$2\r\n60\r\n")]
    [InlineData("memcached", "set /load/000000042 0 60 3\r\nval\r\n")]
    [InlineData(
        "http",
        "PUT /v1/entries/load/000000042 HTTP/1.1\r\nHost: loadgen\r\nHedgerow-TTL: 60s\r\n"
            + "Content-Length: 3\r\n\r\nval")]
    public void A_time_to_live_is_written_as_the_protocol_has_it(string protocol, string expected) =>
        Assert.Equal(
            expected, Written(protocol, new Operation(OperationKind.Set, 42, ValueBytes: 3, TtlSeconds: 60)));

    [Theory]
    [InlineData(2_592_000, "2592000")]
    [InlineData(2_592_001, "1002592001")]
    public void A_time_to_live_beyond_thirty_days_is_an_instant_to_memcached(int seconds, string expected)
    {
        var time = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1_000_000_000));
        var dialect = new MemcachedDialect(Content, time);
        var output = new byte[dialect.RequestBytesMax];
        var set = new Operation(OperationKind.Set, 42, ValueBytes: 3, TtlSeconds: seconds);
        Assert.Equal(
            $"set /load/000000042 0 {expected} 3\r\nval\r\n",
            Encoding.ASCII.GetString(output, 0, dialect.Write(output, set, 0)));
    }

    [Fact]
    public void A_path_without_a_slash_and_with_other_signs_is_escaped_for_http()
    {
        var content = Drawn.Content("k%:ü");
        var output = new byte[4_096];
        var length = WireDialect.Of("http", content).Write(output, new Operation(OperationKind.Get, 1), 0);
        Assert.StartsWith(
            "GET /v1/entries?path=k%25%3A%C3%BC000000001 HTTP", Encoding.ASCII.GetString(output, 0, length),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_search_is_escaped_for_http() => Assert.StartsWith(
        "GET /v1/collections/words/search?size=3&allowPartial=false&q=a%20b%2A HTTP/1.1\r\n",
        Written("http", new Operation(OperationKind.Search, 0, Query: "a b*")), StringComparison.Ordinal);

    [Theory]
    [InlineData("native")]
    [InlineData("resp")]
    [InlineData("http")]
    public void The_longest_search_fits_into_the_room_that_is_asked_for(string protocol)
    {
        var spec = new WorkloadSpec
        {
            Operations = new Dictionary<string, int> { ["search"] = 1 },
            Search = new SearchSpec
            {
                Collection = new string('c', 100), Queries = [new string('ü', 1_000), "short"],
                Fields = [.. Enumerable.Range(0, 60).Select(i => $"a-field-with-a-long-name-{i}")],
            },
        };
        var workload = WorkloadRules.Prepare(spec, 1, 0, 1, out _);
        Assert.NotNull(workload);
        var dialect = WireDialect.Of(protocol, workload.Content);
        foreach (var kind in (OperationKind[])[OperationKind.Search, OperationKind.Instant])
        {
            if (!WireDialect.Supports(protocol, kind)) continue;
            var output = new byte[dialect.RequestBytesMax];
            var query = new Operation(kind, 0, Query: spec.Search.Queries[0] + "x*");
            Assert.True(dialect.Write(output, query, 0) > 2_000);
        }
    }

    [Fact]
    public void A_scan_over_http_is_as_many_reads_with_as_many_replies()
    {
        var scan = new Operation(OperationKind.Scan, 42, 3);
        Assert.Equal(3, WireDialect.Of("http", Content).RepliesOf(scan));
        Assert.Equal(1, WireDialect.Of("resp", Content).RepliesOf(scan));
        Assert.Equal(3, Written("http", scan).Split("GET ").Length - 1);
    }

    [Fact]
    public void A_native_request_is_a_frame_with_its_id()
    {
        var dialect = WireDialect.Of("native", Content);
        var output = new byte[dialect.RequestBytesMax];
        var length = dialect.Write(output, new Operation(OperationKind.Set, 42, ValueBytes: 5), id: 7);
        var header = RequestHeader.Read(output);
        Assert.Equal((Opcode.Set, 7u), (header.Opcode, header.RequestId));
        Assert.Equal(length - RequestHeader.Size, header.BodyLength);
        Assert.Equal(
            StatusCode.Ok, CacheCommand.TryRead(Opcode.Set, output.AsSpan(32, length - 32), out var command, out _));
        Assert.Equal("/load/000000042", Encoding.ASCII.GetString(command.Path));
        Assert.Equal("value", Encoding.ASCII.GetString(command.Value));
    }

    [Fact]
    public void A_native_read_of_many_and_a_search_carry_what_was_asked()
    {
        var dialect = WireDialect.Of("native", Content);
        var output = new byte[dialect.RequestBytesMax];
        var length = dialect.Write(output, new Operation(OperationKind.Scan, 8, 3), 1);
        Assert.Equal(Opcode.GetMany, RequestHeader.Read(output).Opcode);
        var many = output.AsSpan(RequestHeader.Size, length - RequestHeader.Size);
        Assert.Equal(StatusCode.Ok, GetManyCodec.TryReadRequest(many, out var rows, out _));
        Assert.Equal(3, rows.Count);

        length = dialect.Write(output, new Operation(OperationKind.Search, 0, Query: "hedge"), 2);
        var body = output.AsMemory(RequestHeader.Size, length - RequestHeader.Size);
        Assert.True(SearchCodec.TryRead(body, out SearchRequest? search, out _));
        Assert.Equal(("words", 3, false), (search!.Collection, search.Size, search.AllowPartial));
    }

    [Theory]
    [InlineData("resp", "$3\r\na\r\n\r\n", "Ok")]
    [InlineData("resp", "$-1\r\n", "Miss")]
    [InlineData("resp", "_\r\n", "Miss")]
    [InlineData("resp", "+OK\r\n", "Ok")]
    [InlineData("resp", ":1\r\n", "Ok")]
    [InlineData("resp", ":0\r\n", "Miss")]
    [InlineData("resp", "-ERR no\r\n", "Failed")]
    [InlineData("resp", "*2\r\n$-1\r\n$1\r\na\r\n", "Ok")]
    [InlineData("resp", "*2\r\n$-1\r\n$-1\r\n", "Miss")]
    [InlineData("resp", "*1\r\n:0\r\n", "Ok")]
    [InlineData("resp", "*3\r\n:7\r\n$1\r\na\r\n*2\r\n$1\r\nt\r\n*1\r\n$2\r\n\r\n\r\n", "Ok")]
    [InlineData("memcached", "VALUE k 0 3\r\na\r\n\r\nEND\r\n", "Ok")]
    [InlineData("memcached", "VALUE k 0 1\r\na\r\nVALUE l 0 5\r\nEND\r\n\r\nEND\r\n", "Ok")]
    [InlineData("memcached", "END\r\n", "Miss")]
    [InlineData("memcached", "NOT_FOUND\r\n", "Miss")]
    [InlineData("memcached", "STORED\r\n", "Ok")]
    [InlineData("memcached", "DELETED\r\n", "Ok")]
    [InlineData("memcached", "SERVER_ERROR out of memory\r\n", "Failed")]
    [InlineData("http", "HTTP/1.1 200 OK\r\nETag: \"1\"\r\ncontent-length: 4\r\n\r\n\r\n\r\n", "Ok")]
    [InlineData("http", "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}", "Miss")]
    [InlineData("http", "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", "Failed")]
    [InlineData("http", "HTTP/1.1 204 No Content\r\n\r\n", "Ok")]
    [InlineData("http", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nA\r\n0123456789\r\n0\r\n\r\n", "Ok")]
    public void A_reply_is_read_when_it_is_whole_and_not_before(string protocol, string reply, string expected)
    {
        var dialect = WireDialect.Of(protocol, Content);
        var bytes = Encoding.ASCII.GetBytes(reply);
        for (var cut = 0; cut < bytes.Length; cut++) Assert.Equal(0, dialect.Read(bytes.AsSpan(0, cut)).Bytes);
        var read = dialect.Read([.. bytes, .. "next"u8]);
        Assert.Equal((bytes.Length, null), (read.Bytes, read.Id));
        Assert.Equal(Enum.Parse<Outcome>(expected), read.Outcome);
    }

    [Fact]
    public void A_native_reply_says_which_request_it_answers_and_whether_more_follows()
    {
        var dialect = WireDialect.Of("native", Content);
        var frame = new byte[RequestHeader.Size + 3];
        new ReplyHeader
        {
            ProtocolVersion = ProtocolLimits.Version, Opcode = Opcode.Get, RequestId = 9, BodyLength = 3,
            Flags = FrameFlags.More,
        }.WriteTo(frame);
        for (var cut = 0; cut < frame.Length; cut++) Assert.Equal(0, dialect.Read(frame.AsSpan(0, cut)).Bytes);
        Assert.Equal(new WireReply(frame.Length, Outcome.Ok, 9, IsPart: true), dialect.Read(frame));
    }

    [Theory]
    [InlineData("resp", "$x\r\n")]
    [InlineData("resp", "?\r\n")]
    [InlineData("memcached", "VALUE k 0 x\r\n")]
    [InlineData("http", "nonsense\r\n\r\n")]
    public void What_is_no_reply_is_an_error_that_shows_it(string protocol, string reply)
    {
        var dialect = WireDialect.Of(protocol, Content);
        var error = Assert.Throws<InvalidDataException>(() => dialect.Read(Encoding.ASCII.GetBytes(reply)));
        Assert.Contains(reply, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Lists_within_lists_without_end_are_no_reply()
    {
        var lists = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("*1\r\n", 10_000)));
        Assert.Throws<InvalidDataException>(() => WireDialect.Of("resp", Content).Read(lists));
        Assert.Equal(4, WireDialect.Of("resp", Content).Read("*0\r\n"u8).Bytes);
    }

    [Fact]
    public void Requests_in_flight_are_found_by_their_id_however_many_there_are()
    {
        var slots = new WireSlots();
        for (var i = 0; i < 1_000; i++) slots.Add(new WireSlot { DueNanos = i, RepliesLeft = 1 });
        // Answered from the last to the first, as a protocol may that answers in any order.
        for (var id = 999u; id > 0; id--)
        {
            Assert.True(slots.Has(id));
            Assert.Equal(id, slots[id].DueNanos);
            slots.Remove(id);
            Assert.False(slots.Has(id));
        }

        Assert.Equal((1, 0u), (slots.Count, slots.OldestId));
        slots.Remove(0);
        Assert.Equal((0, 1_000u), (slots.Count, slots.OldestId));
        Assert.False(slots.Has(1_000));
    }

    [Fact]
    public void Processor_time_is_read_past_a_name_with_blanks_and_brackets() =>
        Assert.Equal(
            (1_500 + 250) * 10_000,
            ProcessorTime.Parse("12 (a) b (c) S 1 12 12 0 -1 4194560 1 0 0 0 1500 250 0 0 20 0 1 0 99 1 1"));

    private static string Written(string protocol, Operation operation)
    {
        var dialect = WireDialect.Of(protocol, Content);
        var output = new byte[dialect.RequestBytesMax];
        return Encoding.ASCII.GetString(output, 0, dialect.Write(output, operation, 0));
    }
}

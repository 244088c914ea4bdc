using System.Buffers;
using MessagePack;

namespace Hedgerow.Protocol.Tests;

/// <summary>
/// Each limit is enforced on read, at its value and not before, by an error that names the field and the limit.
/// </summary>
public class LimitTests
{
    [Fact]
    public void A_query_may_be_32_nodes_deep_and_no_deeper()
    {
        Assert.Null(ErrorOf(Request(Nested(32))));
        Assert.Throws<ArgumentException>(() => Request(Nested(33)));
        Assert.Contains("deeper than 32", ErrorOf(WrapInBoolean(Request(Nested(32)))));
    }

    [Fact]
    public void A_query_may_have_1024_nodes_and_no_more()
    {
        Assert.Null(ErrorOf(Request(Wide(1_023))));
        Assert.Contains("1024", ErrorOf(Request(Wide(1_024))));
    }

    [Fact]
    public void Too_many_nodes_are_counted_over_all_queries_of_a_message_as_far_as_they_are_read()
    {
        Assert.StartsWith(
            "query: more than 1024 nodes, which is the limit: there are 1025, where", ErrorOf(Request(Wide(1_024))));
        var two = new SearchRequest
        {
            Collection = "c", Query = Wide(600), Highlighting = [new HighlightField("f") { Query = Wide(600) }],
        };
        Assert.Contains("there are 1202, where", ErrorOf(two));
        Assert.Contains("there are 8193 or more, where", ErrorOf(Request(Wide(8_192))));
        Assert.Contains("8193 elements; at most 8192", ErrorOf(Request(Wide(8_193))));
    }

    [Fact]
    public void A_text_may_have_8192_characters_and_no_more()
    {
        Assert.Null(ErrorOf(Request(new MatchQuery("f", new string('ß', 8_192), false))));
        var error = ErrorOf(Request(new MatchQuery("f", new string('a', 8_193), false)));
        Assert.Equal("query.text: 8193 characters; at most 8192 are allowed.", error);
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(-1f)]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void A_boost_is_a_number_above_0(float boost) =>
        Assert.StartsWith("query.boost:", ErrorOf(Request(new MatchAllQuery { Boost = boost })));

    [Theory]
    [InlineData(10_001, 0, "search.size: 10001 is out of range; 0 to 10000 are allowed.")]
    [InlineData(-1, 0, "search.size: -1 is out of range; 0 to 10000 are allowed.")]
    [InlineData(1, 10_000, "search.from: from + size may be 10000 at most.")]
    public void A_search_asks_for_10000_hits_at_most(int size, int from, string error) => Assert.Equal(
        error,
        ErrorOf(new SearchRequest { Collection = "c", Query = new MatchAllQuery(), Size = size, From = from }));

    [Fact]
    public void A_query_of_an_unknown_kind_is_named()
    {
        var body = Write((ref MessagePackWriter writer) =>
        {
            writer.WriteArrayHeader(2);
            writer.Write("c");
            writer.WriteArrayHeader(2);
            writer.Write(77);
            writer.Write(1f);
        });

        Assert.False(SearchCodec.TryRead(body, out SearchRequest? _, out var error));
        Assert.Equal("query.kind: 77 is not known; 1 to 21, 30 to 38, 40 are.", error);
    }

    [Fact]
    public void Fields_an_older_version_lacks_take_their_defaults()
    {
        var body = Write((ref MessagePackWriter writer) =>
        {
            writer.WriteArrayHeader(2);
            writer.Write("c");
            writer.WriteArrayHeader(2);
            writer.Write(1);
            writer.Write(1f);
        });

        Assert.True(SearchCodec.TryRead(body, out SearchRequest? request, out _));
        Assert.Equal(Dump.Of(new SearchRequest { Collection = "c", Query = new MatchAllQuery() }), Dump.Of(request));
    }

    [Fact]
    public void Text_that_is_not_utf8_is_refused_rather_than_altered()
    {
        byte[] body = [0x93, 0xA1, (byte)'c', 0xA2, 0xC3, 0x28, 0x01];

        Assert.False(ScanCodec.TryRead(body, out ScanRequest? _, out var error));
        Assert.Equal("scan.after: not valid UTF-8.", error);
    }

    [Fact]
    public void A_value_of_another_type_is_named_with_the_type_that_is_due()
    {
        byte[] body = [0x93, 0xA1, (byte)'c', 0xA0, 0xC3];

        Assert.False(ScanCodec.TryRead(body, out ScanRequest? _, out var error));
        Assert.Equal("scan.limit: a boolean found where an integer is due.", error);
    }

    [Fact]
    public void A_bulk_request_has_10000_documents_at_most()
    {
        var documents = Enumerable.Repeat(new BulkDocument("/c/a", 1, default), BulkRequest.DocumentsMax + 1).ToArray();
        var output = new ArrayBufferWriter<byte>();
        BulkCodec.Write(output, new BulkRequest { Collection = "c", Documents = documents });

        Assert.False(BulkCodec.TryRead(output.WrittenMemory, out BulkRequest? _, out var error));
        Assert.Equal("bulk.documents: 10001 elements; at most 10000 are allowed.", error);
    }

    [Theory]
    [InlineData(1.5, 0u, 0)]
    [InlineData(0, 60_000_001u, 0)]
    [InlineData(0, 0u, -0.1)]
    public void A_fault_keeps_to_its_ranges(double delayShare, uint delayMicros, double errorShare)
    {
        var output = new ArrayBufferWriter<byte>();
        FaultCodec.Write(output, new FaultRequest(delayShare, delayMicros, errorShare));

        Assert.False(FaultCodec.TryRead(output.WrittenMemory, out FaultRequest? _, out var error));
        Assert.Contains("out of range", error);
    }

    [Fact]
    public void A_path_of_8192_bytes_is_read_and_a_longer_one_is_too_large()
    {
        Assert.Equal(StatusCode.Ok, ReadGet(new byte[8_192]));
        Assert.Equal(StatusCode.TooLarge, ReadGet(new byte[8_193]));
        Assert.Equal(StatusCode.BadRequest, ReadGet([]));
    }

    [Fact]
    public void A_get_many_of_4097_paths_is_refused()
    {
        byte[] body = [0x01, 0x10];
        Assert.Equal(StatusCode.BadRequest, GetManyCodec.TryReadRequest(body, out _, out var error));
        Assert.Equal("GetMany: 4097 paths; at most 4096 are allowed.", error);
        Assert.Throws<ArgumentOutOfRangeException>(() => GetManyCodec.WriteCount(new ArrayBufferWriter<byte>(), 4_097));
    }

    private delegate void WriteFields(ref MessagePackWriter writer);

    private static StatusCode ReadGet(byte[] path)
    {
        var command = new CacheCommand { Opcode = Opcode.Get, Path = path };
        var body = new byte[command.Length];
        command.WriteTo(body);
        return CacheCommand.TryRead(Opcode.Get, body, out _, out _);
    }

    private static QueryNode Nested(int depth) =>
        depth == 1 ? new MatchAllQuery() : new BooleanQuery([Nested(depth - 1)], [], [], []);

    private static BooleanQuery Wide(int clauses) =>
        new([], [.. Enumerable.Repeat(new MatchAllQuery(), clauses)], [], []);

    private static byte[] Request(QueryNode query)
    {
        var output = new ArrayBufferWriter<byte>();
        SearchCodec.Write(output, new SearchRequest { Collection = "c", Query = query });
        return output.WrittenSpan.ToArray();
    }

    private static byte[] WrapInBoolean(byte[] request)
    {
        // 9a a1 'c' query …: a boolean node of one must clause around the query, and none of the others.
        var least = Request(new MatchAllQuery());
        var queryEnd = request.Length - (least.Length - 3 - 7);
        byte[] head = [0x96, 0x08, 0xCA, 0x3F, 0x80, 0x00, 0x00, 0x91];
        return [.. request[..3], .. head, .. request[3..queryEnd], 0x90, 0x90, 0x90, .. request[queryEnd..]];
    }

    private static string? ErrorOf(SearchRequest request)
    {
        var output = new ArrayBufferWriter<byte>();
        SearchCodec.Write(output, request);
        return ErrorOf(output.WrittenSpan.ToArray());
    }

    private static string? ErrorOf(byte[] body)
    {
        SearchCodec.TryRead(body, out SearchRequest? _, out var error);
        return error;
    }

    private static byte[] Write(WriteFields write)
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(output);
        write(ref writer);
        writer.Flush();
        return output.WrittenSpan.ToArray();
    }
}

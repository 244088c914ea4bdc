using System.Text;
using Hedgerow.LoadGen.Wire;
using Hedgerow.LoadGen.Workload;
using Hedgerow.Protocol;

namespace Hedgerow.LoadGen.Tests;

public sealed class WireDialectTests
{
    private static readonly WireKeys Keys = new("/load/");

    [Theory]
    [InlineData("resp", "*2\r\n$3\r\nGET\r\n$15\r\n/load/000000042\r\n")]
    [InlineData("memcached", "get /load/000000042\r\n")]
    public void A_read_is_written_as_the_protocol_has_it(string protocol, string expected)
    {
        var dialect = WireDialect.Of(protocol, Keys, "value"u8.ToArray());
        var output = new byte[dialect.RequestBytesMax];
        Assert.Equal(expected, Encoding.ASCII.GetString(output, 0, dialect.WriteGet(output, 42, 0)));
    }

    [Theory]
    [InlineData("resp", "*3\r\n$3\r\nSET\r\n$15\r\n/load/000000042\r\n$5\r\nvalue\r\n")]
    [InlineData("memcached", "set /load/000000042 0 0 5\r\nvalue\r\n")]
    public void A_write_is_written_as_the_protocol_has_it(string protocol, string expected)
    {
        var dialect = WireDialect.Of(protocol, Keys, "value"u8.ToArray());
        var output = new byte[dialect.RequestBytesMax];
        Assert.Equal(expected, Encoding.ASCII.GetString(output, 0, dialect.WriteSet(output, 42, 0)));
    }

    [Fact]
    public void A_native_request_is_a_frame_with_its_id()
    {
        var dialect = WireDialect.Of("native", Keys, "value"u8.ToArray());
        var output = new byte[dialect.RequestBytesMax];
        var length = dialect.WriteSet(output, 42, id: 7);
        var header = RequestHeader.Read(output);
        Assert.Equal((Opcode.Set, 7u), (header.Opcode, header.RequestId));
        Assert.Equal(length - RequestHeader.Size, header.BodyLength);
        Assert.Equal(
            StatusCode.Ok, CacheCommand.TryRead(Opcode.Set, output.AsSpan(32, length - 32), out var command, out _));
        Assert.Equal("/load/000000042", Encoding.ASCII.GetString(command.Path));
        Assert.Equal("value", Encoding.ASCII.GetString(command.Value));
    }

    [Theory]
    [InlineData("resp", "$3\r\na\r\n\r\n", "Ok")]
    [InlineData("resp", "$-1\r\n", "Miss")]
    [InlineData("resp", "_\r\n", "Miss")]
    [InlineData("resp", "+OK\r\n", "Ok")]
    [InlineData("resp", "-ERR no\r\n", "Failed")]
    [InlineData("memcached", "VALUE k 0 3\r\na\r\n\r\nEND\r\n", "Ok")]
    [InlineData("memcached", "END\r\n", "Miss")]
    [InlineData("memcached", "STORED\r\n", "Ok")]
    [InlineData("memcached", "SERVER_ERROR out of memory\r\n", "Failed")]
    public void A_reply_is_read_when_it_is_whole_and_not_before(string protocol, string reply, string expected)
    {
        var dialect = WireDialect.Of(protocol, Keys, []);
        var bytes = Encoding.ASCII.GetBytes(reply);
        uint id = 5;
        for (var cut = 0; cut < bytes.Length; cut++)
            Assert.Equal(0, dialect.Read(bytes.AsSpan(0, cut), ref id, out _));
        Assert.Equal(bytes.Length, dialect.Read([.. bytes, .. "next"u8], ref id, out var outcome));
        Assert.Equal(Enum.Parse<Outcome>(expected), outcome);
        Assert.Equal(5u, id);
    }

    [Fact]
    public void A_native_reply_says_which_request_it_answers()
    {
        var dialect = WireDialect.Of("native", Keys, []);
        var frame = new byte[RequestHeader.Size + 3];
        new ReplyHeader { ProtocolVersion = ProtocolLimits.Version, Opcode = Opcode.Get, RequestId = 9, BodyLength = 3 }
            .WriteTo(frame);
        uint id = 5;
        for (var cut = 0; cut < frame.Length; cut++)
            Assert.Equal(0, dialect.Read(frame.AsSpan(0, cut), ref id, out _));
        Assert.Equal(frame.Length, dialect.Read(frame, ref id, out var outcome));
        Assert.Equal((9u, Outcome.Ok), (id, outcome));
    }

    [Theory]
    [InlineData("resp", "$x\r\n")]
    [InlineData("resp", "?\r\n")]
    [InlineData("memcached", "VALUE k 0 x\r\n")]
    public void What_is_no_reply_is_an_error_that_shows_it(string protocol, string reply)
    {
        var dialect = WireDialect.Of(protocol, Keys, []);
        uint id = 0;
        var error = Assert.Throws<InvalidDataException>(
            () => dialect.Read(Encoding.ASCII.GetBytes(reply), ref id, out _));
        Assert.Contains(reply, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Processor_time_is_read_past_a_name_with_blanks_and_brackets() =>
        Assert.Equal(
            (1_500 + 250) * 10_000,
            ProcessorTime.Parse("12 (a) b (c) S 1 12 12 0 -1 4194560 1 0 0 0 1500 250 0 0 20 0 1 0 99 1 1"));
}

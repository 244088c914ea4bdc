using System.Text;
using Hedgerow.Server.FrontEnds.Resp;
using Hedgerow.Tests;

namespace Hedgerow.Server.Tests.Resp;

public sealed class RespParserTests
{
    private static readonly string[] Wholes =
    [
        "*1\r\n$4\r\nPING\r\n",
        "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$12\r\nline\r\nbreaks\r\n",
        "*2\r\n$3\r\nGET\r\n$0\r\n\r\n",
        "*11\r\n" + string.Concat(Enumerable.Repeat("$2\r\nxy\r\n", 11)),
        "*2\r\n$4\r\nECHO\r\n$123\r\n" + new string('z', 123) + "\r\n",
        "PING\r\n",
        "SET a \"b c\\x41\\n\"\r\n",
        "echo 'it\\'s'\n",
        "\r\n\r\n*0\r\n*-1\r\n*1\r\n$4\r\nPING\r\n",
    ];

    [Theory]
    [InlineData("*1\r\n$4\r\nPING\r\n", "PING")]
    [InlineData("*2\r\n$4\r\nECHO\r\n$3\r\na\nb\r\n", "ECHO|a\nb")]
    [InlineData("*02\r\n", "!invalid multibulk length")]
    [InlineData("PING\n", "PING")]
    [InlineData("  SET  a   b \r\n", "SET|a|b")]
    [InlineData("SET a \"b c\"\r\n", "SET|a|b c")]
    [InlineData("SET a '' \"\"\r\n", "SET|a||")]
    [InlineData("ECHO \"\\x41\\x5a\\\\\\\"\"\r\n", "ECHO|AZ\\\"")]
    [InlineData("ECHO \"a\"b\r\n", "!unbalanced quotes in request")]
    [InlineData("ECHO \"a\r\n", "!unbalanced quotes in request")]
    [InlineData("*a\r\n", "!invalid multibulk length")]
    [InlineData("*1048577\r\n", "!invalid multibulk length")]
    [InlineData("*99999999999999999999\r\n", "!invalid multibulk length")]
    [InlineData("*1\r\n:4\r\nPING\r\n", "!expected '$', got ':'")]
    [InlineData("*1\r\n*1\r\n$4\r\nPING\r\n", "!expected '$', got '*'")]
    [InlineData("*1\r\n$-1\r\n", "!invalid bulk length")]
    [InlineData("*1\r\n$536870913\r\n", "!invalid bulk length")]
    [InlineData("*1\r\n$4x\r\n", "!invalid bulk length")]
    public void Commands_and_protocol_errors_are_read_as_Redis_reads_them(string bytes, string expected)
    {
        var seen = Read(new RespParser(new RespLimits()), Encoding.Latin1.GetBytes(bytes));
        Assert.Equal([expected], seen);
    }

    [Fact]
    public void A_command_cut_off_at_every_byte_is_the_same_command()
    {
        foreach (var whole in Wholes)
        {
            var bytes = Encoding.Latin1.GetBytes(whole);
            var expected = Read(new RespParser(new RespLimits()), bytes);
            Assert.Single(expected);
            for (var cut = 0; cut <= bytes.Length; cut++)
                Assert.Equal(expected, ReadParts(new RespParser(new RespLimits()), [bytes[..cut], bytes[cut..]]));
            Assert.Equal(expected, ReadParts(new RespParser(new RespLimits()), bytes.Select(b => new[] { b })));
        }
    }

    [Fact]
    public void Arguments_that_trickle_in_are_looked_at_once()
    {
        var parser = new RespParser(new RespLimits());
        var input = new List<byte>(Encoding.ASCII.GetBytes("*10000\r\n"));
        for (var i = 0; i < 9_999; i++)
        {
            input.AddRange("$1\r\nx\r\n"u8);
            parser.Reset();
            Assert.Equal(ParseResult.NeedsMore, parser.Read(input.ToArray(), out var used));
            Assert.Equal((0, i + 1), (used, parser.Count));
        }
    }

    [Fact]
    public void What_is_announced_reserves_nothing_and_is_wanted()
    {
        var parser = new RespParser(new RespLimits { CommandBytesMax = 1L << 30 });
        var result = ParseResult.Nothing;
        Assert.InRange(AllocatedBytes.Least(Announce), 0, 4095);
        Assert.Equal(ParseResult.NeedsMore, result);
        Assert.Equal("*3\r\n$3\r\nSET\r\n$1\r\na\r\n$536870912\r\n".Length + 536_870_912 + 2, parser.Wanted);

        void Announce()
        {
            parser.Reset();
            result = parser.Read("*3\r\n$3\r\nSET\r\n$1\r\na\r\n$536870912\r\n"u8, out _);
        }
    }

    [Fact]
    public void Before_a_password_commands_are_small()
    {
        Assert.Equal(["!unauthenticated multibulk length"], Restricted("*11\r\n"));
        Assert.Equal(["!unauthenticated bulk length"], Restricted("*1\r\n$16385\r\n"));
        Assert.Equal(["AUTH|x"], Restricted("*2\r\n$4\r\nAUTH\r\n$1\r\nx\r\n"));

        static List<string> Restricted(string bytes) =>
            Read(new RespParser(new RespLimits()) { IsRestricted = true }, Encoding.Latin1.GetBytes(bytes));
    }

    [Theory]
    [InlineData('x', "!too big inline request")]
    [InlineData('*', "!too big mbulk count string")]
    public void A_line_without_an_end_is_refused_at_64_KiB(char first, string expected)
    {
        var line = new byte[RespLimits.LineBytesMax + 2];
        line.AsSpan().Fill((byte)'1');
        line[0] = (byte)first;
        Assert.Equal([expected], Read(new RespParser(new RespLimits()), line));
        Assert.Empty(Read(new RespParser(new RespLimits()), line[..RespLimits.LineBytesMax]));
        Assert.Equal(
            ["!too big bulk count string"],
            Read(new RespParser(new RespLimits()), [.. "*1\r\n$"u8, .. line.AsSpan(1).ToArray(), .. "111"u8]));
    }

    [Fact]
    public void A_command_over_the_byte_limit_is_read_past_and_the_next_one_is_read()
    {
        var limits = new RespLimits { CommandBytesMax = 100 };
        var big = TestConnection.Encode("SET", "a", new string('v', 90), "PX", new string('9', 50));
        byte[] bytes = [.. TestConnection.Encode("GET", "a"), .. big, .. TestConnection.Encode("GET", "b")];
        string[] expected = ["GET|a", "!!", "GET|b"];
        Assert.Equal(expected, Read(new RespParser(limits), bytes));
        for (var cut = 0; cut <= bytes.Length; cut++)
            Assert.Equal(expected, ReadParts(new RespParser(limits), [bytes[..cut], bytes[cut..]]));
        Assert.Equal(expected, ReadParts(new RespParser(limits), bytes.Select(b => new[] { b })));
    }

    [Fact]
    public void Random_bytes_are_commands_or_a_protocol_error_and_never_an_exception()
    {
        const int Seed = 20_261_123;
        var random = new Random(Seed);
        byte[] alphabet = [.. "*$+-:019\r\n\"'\\x PINGSET"u8];
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = new byte[random.Next(1, 60)];
            for (var i = 0; i < bytes.Length; i++) bytes[i] = alphabet[random.Next(alphabet.Length)];
            var whole = Read(new RespParser(new RespLimits { CommandBytesMax = 20 }), bytes);
            var parts = ReadParts(
                new RespParser(new RespLimits { CommandBytesMax = 20 }), bytes.Select(b => new[] { b }));
            Assert.True(whole.SequenceEqual(parts), $"seed {Seed}, round {round}: {Convert.ToHexString(bytes)}");
        }
    }

    [Fact]
    public void Mutated_commands_are_read_alike_whole_and_in_pieces()
    {
        const int Seed = 7;
        var random = new Random(Seed);
        for (var round = 0; round < 5_000; round++)
        {
            var bytes = Encoding.Latin1.GetBytes(string.Concat(Wholes.OrderBy(_ => random.Next()).Take(4)));
            for (var i = random.Next(4); i > 0; i--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            var cut = random.Next(bytes.Length);
            var whole = Read(new RespParser(new RespLimits()), bytes);
            var parts = ReadParts(new RespParser(new RespLimits()), [bytes[..cut], bytes[cut..]]);
            Assert.True(whole.SequenceEqual(parts), $"seed {Seed}, round {round}: {Convert.ToHexString(bytes)}");
        }
    }

    private static List<string> Read(RespParser parser, byte[] bytes) => ReadParts(parser, [bytes]);

    // As a loop does: what is not consumed stays at the front. Stops at a protocol error.
    private static List<string> ReadParts(RespParser parser, IEnumerable<byte[]> parts)
    {
        var seen = new List<string>();
        byte[] held = [];
        foreach (var part in parts)
        {
            held = [.. held, .. part];
            var isOpen = true;
            while (isOpen)
            {
                var batch = new CommandBatch();
                batch.Fill(parser, held, 0, 3);
                for (var i = 0; i < batch.Count; i++) seen.Add(Show(parser, batch[i], held));
                held = held[batch.Used..];
                if (batch.Ending == ParseResult.TooLarge) seen.Add("!!");
                if (batch.Ending == ParseResult.Broken)
                {
                    seen.Add("!" + parser.Error["ERR Protocol error: ".Length..]);
                    return seen;
                }

                isOpen = batch.Count > 0 || batch.Ending == ParseResult.TooLarge;
            }
        }

        return seen;
    }

    private static string Show(RespParser parser, in ParsedCommand command, byte[] input)
    {
        var bytes = command.IsInline ? parser.Words : input.AsSpan(command.Start, command.End - command.Start);
        var args = new RespArgs(bytes, parser.Spans.Slice(command.First, command.Count));
        var words = new List<string>();
        for (var i = 0; i < args.Count; i++) words.Add(Encoding.Latin1.GetString(args[i]));
        return string.Join('|', words);
    }
}

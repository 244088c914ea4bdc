using System.IO.Hashing;
using System.IO.Pipelines;
using System.Text;
using CsCheck;
using Hedgerow.Server.Cli.Import;

namespace Hedgerow.Server.Tests.Cli;

public sealed class LineReaderTests
{
    private static readonly Gen<string> Texts =
        Gen.String[Gen.Char["aé\r\n\n{"], 0, 60];

    [Fact]
    public void Lines_are_those_of_a_naive_split_however_the_stream_is_cut() =>
        Gen.Select(Texts, Gen.Int[1, 7]).Sample((text, pieceBytes) =>
        {
            var expected = NaiveLines(text);
            var bytes = Encoding.UTF8.GetBytes(text);
            using var pieces = new PieceStream(bytes, pieceBytes);
            var lines = new LineReader(PipeReader.Create(pieces, new StreamPipeReaderOptions(bufferSize: 8)));
            var found = new List<string>();
            while (Read(lines))
            {
                found.Add(Encoding.UTF8.GetString(lines.Current.Span));
                Assert.Equal(found.Count, lines.Line);
                Assert.Equal(XxHash3.HashToUInt64(bytes.AsSpan(0, (int)lines.Offset)), lines.Hash);
            }

            Assert.Equal(expected, found);
            Assert.Equal(bytes.Length, lines.Offset);
        });

    [Fact]
    public async Task Skipping_to_a_known_place_goes_on_with_the_next_line()
    {
        var first = Over("one\ntwo\nthree\n");
        await first.ReadAsync(TestContext.Current.CancellationToken);
        await first.ReadAsync(TestContext.Current.CancellationToken);

        var second = Over("one\ntwo\nthree\n");
        Assert.True(await second.SkipToAsync(first.Offset, TestContext.Current.CancellationToken));
        Assert.Equal(first.Hash, second.Hash);
        Assert.True(await second.ReadAsync(TestContext.Current.CancellationToken));
        Assert.Equal("three", Encoding.UTF8.GetString(second.Current.Span));
        Assert.Equal(3, second.Line);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(100)]
    public async Task Skipping_to_a_place_where_no_line_ends_is_refused(long offset) =>
        Assert.False(await Over("one\ntwo\n").SkipToAsync(offset, TestContext.Current.CancellationToken));

    [Fact]
    public async Task Byte_order_mark_is_no_part_of_the_first_line()
    {
        var lines = Over("\uFEFF{}\n");
        await lines.ReadAsync(TestContext.Current.CancellationToken);
        Assert.Equal("{}", Encoding.UTF8.GetString(lines.Current.Span));
        Assert.Equal(6, lines.Offset);
    }

    [Fact]
    public async Task Line_over_the_limit_is_refused_with_its_number_before_it_fills_the_memory()
    {
        using var endless = new PieceStream(new byte[LineReader.LineBytesMax + (1 << 20)], 1 << 20);
        await using var lines = new LineReader(PipeReader.Create(endless));
        var refused = await Assert.ThrowsAsync<InvalidDataException>(
            async () => await lines.ReadAsync(TestContext.Current.CancellationToken));
        Assert.Contains("line 1 is longer than 17825792 bytes", refused.Message, StringComparison.Ordinal);
    }

    private static List<string> NaiveLines(string text)
    {
        var parts = text.Split('\n').ToList();
        if (parts[^1].Length == 0) parts.RemoveAt(parts.Count - 1);
        return [.. parts.Select(part => part.EndsWith('\r') ? part[..^1] : part)];
    }

    private static LineReader Over(string text) =>
        new(PipeReader.Create(new MemoryStream(Encoding.UTF8.GetBytes(text))));

    // The stream never waits, so the task is done when it is returned.
    private static bool Read(LineReader lines) =>
        lines.ReadAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult();

    private sealed class PieceStream(byte[] bytes, int pieceBytes) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(pieceBytes, buffer.Length)], cancellationToken);
    }
}

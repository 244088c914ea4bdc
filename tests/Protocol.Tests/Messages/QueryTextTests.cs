using System.Buffers;

namespace Hedgerow.Protocol.Tests.Messages;

/// <summary>Texts that have no bytes: half of a surrogate pair.</summary>
public sealed class QueryTextTests
{
    private static readonly QueryNode[] Halves =
    [
        new MatchQuery("title", "a\ud800", AllWords: true),
        new TermQuery("title", "\udc00a"),
        new QueryStringQuery("\ud800\ud800\udc00", [], false),
        new BooleanQuery([new PrefixQuery("title", "\ud800")], [], [], []),
        new PathsQuery(["/a", "/\udfff"]),
    ];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Half_of_a_pair_is_refused_and_not_replaced(int query)
    {
        var refusal = Assert.Throws<ArgumentException>(() => Write(Halves[query]));
        Assert.Contains("half of a surrogate pair (U+D", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_whole_pair_travels()
    {
        const string Text = "a\ud83d\ude00\ufffd";
        var written = Write(new TermQuery("title", Text));
        Assert.True(SearchCodec.TryRead(written, out SearchRequest? read, out var error), error);
        Assert.Equal(Text, Assert.IsType<TermQuery>(read.Query).Value);
    }

    private static ReadOnlyMemory<byte> Write(QueryNode query)
    {
        var output = new ArrayBufferWriter<byte>();
        SearchCodec.Write(output, new SearchRequest { Collection = "wiki", Query = query });
        return output.WrittenMemory;
    }
}

using System.Globalization;
using System.Text;
using System.Text.Json;
using Hedgerow.Bench.Words;
using Hedgerow.Leaf.Search.Analysis;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Protocol;

namespace Hedgerow.Bench.Pages;

/// <summary>Our index of the articles, in memory, one segment.</summary>
internal sealed class HedgerowPages : IPageEngine, IDisposable
{
    /// <summary>What paths begin with.</summary>
    public const string Prefix = "/pages/";

    private readonly IndexDirectory _directory = IndexDirectory.InMemory();
    private readonly CollectionIndex _index;

    public HedgerowPages(Article[] articles)
    {
        var options = new CollectionIndexOptions { BufferBytesMax = 1L << 30 };
        _index = CollectionIndex.Open(_directory, Schema, Analyzers.Get, options, TimeProvider.System);
        for (var i = 0; i < articles.Length; i++)
        {
            var status = _index.Put(Encoding.UTF8.GetBytes(PathOf(i)), 1, Json(articles[i]), out _, out var error);
            if (status != StatusCode.Ok) throw new InvalidOperationException($"{status}: {error}");
        }

        _index.Refresh();
    }

    /// <summary>What the articles are stored as.</summary>
    public static CollectionSchema Schema { get; } = new()
    {
        Name = "pages",
        Fields =
        [
            new FieldSchema { Name = "text", Type = FieldType.Text, Analyzer = "whitespace" },
            new FieldSchema { Name = "group", Type = FieldType.Keyword },
            new FieldSchema { Name = "length", Type = FieldType.Integer },
        ],
    };

    /// <summary>The path of an article.</summary>
    public static string PathOf(int article) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{article:D6}");

    /// <summary>An article as a document.</summary>
    public static byte[] Json(Article article) => JsonSerializer.SerializeToUtf8Bytes(
        new { text = article.Text, group = PageCorpus.GroupOf(article), length = article.Text.Length });

    /// <summary>The plain request of one of the words of a text.</summary>
    public static SearchRequest Request(string text) => new()
    {
        Collection = "pages",
        Query = new MatchQuery("text", text, AllWords: false),
        WithSource = false,
        ExactTotal = false,
    };

    public List<int> ByScore(string text, int pages, int size) => Paged(Request(text) with { Size = size }, pages);

    public List<int> ByLength(string text, int pages, int size) => Paged(Sorted(text) with { Size = size }, pages);

    public List<int> Deep(string text, int from, int size) =>
        Numbers(Search(Sorted(text) with { From = from, Size = size }));

    public List<int> Groups(string text, int size) =>
        Numbers(Search(Sorted(text) with { Size = size, Collapse = new Collapse("group") }));

    /// <summary>Characters of what is marked in the ten best.</summary>
    public int Marked(string text, HighlightField? field) => Search(Request(text) with
    {
        Highlighting = field is null ? [] : [field],
    }).Hits.Sum(hit => hit.Highlights.Sum(highlight => highlight.Fragments.Sum(fragment => fragment.Length)));

    public void Dispose()
    {
        _index.Dispose();
        _directory.Dispose();
    }

    private static SearchRequest Sorted(string text) =>
        Request(text) with { Sort = [new Protocol.SortKey("length", Descending: true)], TrackScores = false };

    private static List<int> Numbers(SearchReply reply) =>
    [
        .. reply.Hits.Select(hit =>
            int.Parse(hit.Path.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture)),
    ];

    private List<int> Paged(SearchRequest request, int pages)
    {
        var all = new List<int>();
        for (var page = 0; page < pages; page++)
        {
            var reply = Search(request);
            all.AddRange(Numbers(reply));
            if (reply.Hits.Count < request.Size) break;
            request = request with { After = SearchAfter.Of(reply.Hits[^1]) };
        }

        return all;
    }

    private SearchReply Search(SearchRequest request)
    {
        var status = _index.Search(request, SearchBudget.Unlimited(), out var reply, out var error);
        return status == StatusCode.Ok ? reply! : throw new InvalidOperationException($"{status}: {error}");
    }
}

using System.Buffers;
using CsCheck;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Search.Indexing;

/// <summary>The index against a model that reads every document, whatever was done to it before.</summary>
public sealed class CollectionIndexModelTests
{
    private const int Paths = 60;

    [Fact]
    public void Every_query_finds_what_the_model_finds_in_memory() => Gen.Int[0, int.MaxValue].Sample(
        seed =>
        {
            using var directory = IndexDirectory.InMemory();
            Run(directory, new Random(seed));
        },
        iter: 24,
        threads: 1);

    [Fact]
    public void Every_query_finds_what_the_model_finds_on_disk() => Gen.Int[0, int.MaxValue].Sample(
        seed =>
        {
            using var temporary = new TemporaryDirectory();
            using var directory = IndexDirectory.OnDisk(temporary.Path);
            Run(directory, new Random(seed));
        },
        iter: 12,
        threads: 1);

    [Fact]
    public void Many_documents_fill_many_blocks_and_windows()
    {
        using var directory = IndexDirectory.InMemory();
        using var harness = new IndexHarness(directory);
        var random = new Random(5);
        for (var i = 0; i < 5_000; i++)
        {
            var body = i % 3 == 0 ? "hedge row" : "row";
            harness.Put(new ModelDocument($"/docs/{i}", (ulong)i + 1, null, body, [], i, null));
        }

        harness.Refresh();
        var both = harness.Search(new PhraseQuery("body", "hedge row", 0), 20);
        Assert.Equal(1_667, both.Total);
        var range = new BooleanQuery(
            [new TermQuery("body", "hedge")], [], [], [new RangeQuery("price", "100", "4000", true, false)]);
        Assert.Equal(Enumerable.Range(100, 3_900).Count(i => i % 3 == 0), harness.Search(range, 5).Total);
        for (var i = 0; i < 2_000; i++) harness.Delete($"/docs/{random.Next(5_000)}");
        harness.Refresh();
        Compare(harness, new MatchQuery("body", "hedge row", false), 100);
        harness.Flush();
        while (harness.Merge())
        {
        }

        Compare(harness, new MatchQuery("body", "hedge row", true), 100);
    }

    private static void Run(IndexDirectory directory, Random random)
    {
        using var harness = new IndexHarness(directory);
        for (var step = 0; step < 250; step++)
        {
            var path = Corpus.PathOf(random.Next(Paths));
            switch (random.Next(40))
            {
                case < 24:
                    harness.Put(random, path);
                    break;
                case < 31:
                    harness.Delete(path);
                    break;
                case < 35:
                    harness.Refresh();
                    break;
                case < 37:
                    harness.Flush();
                    break;
                case < 39:
                    harness.Merge();
                    break;
                default:
                    harness.Reopen();
                    break;
            }

            if (step % 10 == 0) CompareReads(harness);
            if (step % 5 == 0) Compare(harness, RandomQueries.Any(random, 2), random.Next(30));
        }

        harness.Refresh();
        for (var i = 0; i < 60; i++) Compare(harness, RandomQueries.Any(random, 3), 1_000);
    }

    internal static void Compare(IndexHarness harness, QueryNode query, int size)
    {
        var expected = new ModelIndex(harness.Searchable).Search(query);
        var reply = harness.Search(query, size);
        Assert.Equal(harness.Searchable.Count, reply.Coverage.DocumentsTotal);
        Assert.True(expected.Count == reply.Total, $"{Show(query)}: {reply.Total} found, {expected.Count} expected");
        Assert.Equal(Math.Min(size, expected.Count), reply.Hits.Count);
        var scores = expected.ToDictionary(hit => hit.Path, hit => hit.Score);
        for (var i = 0; i < reply.Hits.Count; i++)
        {
            var hit = reply.Hits[i];
            var tolerance = 1e-4 * Math.Max(1, expected[i].Score);
            var off = Math.Max(Math.Abs(scores[hit.Path] - hit.Score), Math.Abs(expected[i].Score - hit.Score));
            Assert.True(
                off < tolerance,
                $"{hit.Path} scores {hit.Score}, the model says {scores[hit.Path]}; {Show(query)}");
            if (i == 0) continue;
            var before = reply.Hits[i - 1];
            Assert.True(
                before.Score > hit.Score
                || (before.Score == hit.Score && string.CompareOrdinal(before.Path, hit.Path) < 0));
        }
    }

    private static string Show(QueryNode query) => query switch
    {
        BooleanQuery group => $"{{must [{Show(group.Must)}] should [{Show(group.Should)}] not [{Show(group.MustNot)}]" +
            $" filter [{Show(group.Filter)}] boost {group.Boost}}}",
        _ => query.ToString(),
    };

    private static string Show(IReadOnlyList<QueryNode> queries) => string.Join("; ", queries.Select(Show));

    private static void CompareReads(IndexHarness harness)
    {
        Assert.Equal(harness.Live.Count, harness.Index.Documents);
        for (var i = 0; i < Paths; i++)
        {
            var path = Corpus.PathOf(i);
            var json = new ArrayBufferWriter<byte>();
            var found = harness.Index.TryGet(Corpus.Utf8(path), json, out var version);
            Assert.Equal(harness.Live.TryGetValue(path, out var document), found);
            if (document is null) continue;
            Assert.Equal(document.Version, version);
            Assert.Equal(document.Json(), json.WrittenSpan);
        }

        var scanned = new List<string>();
        var page = harness.Index.Scan("", 7);
        while (true)
        {
            scanned.AddRange(page.Documents.Select(d => d.Path));
            if (!page.More) break;
            page = harness.Index.Scan(scanned[^1], 7);
        }

        Assert.Equal(harness.Live.Keys.Order(StringComparer.Ordinal), scanned);
    }
}

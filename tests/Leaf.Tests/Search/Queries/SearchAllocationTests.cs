using System.Text;
using Hedgerow.Leaf.Search.Analysis;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Protocol;
using Hedgerow.Tests;

namespace Hedgerow.Leaf.Tests.Search.Queries;

/// <summary>What a search leaves to the collector of garbage, whose pauses hold up every read.</summary>
public sealed class SearchAllocationTests
{
    private const int Segments = 10;

    /// <summary>The query, ten hits, and of each segment some small objects for each word; arrays are lent.</summary>
    [Theory]
    [InlineData("w3", 40_000)]
    [InlineData("+w1 +w5", 50_000)]
    [InlineData("w1 w5 w40", 60_000)]
    public void A_search_leaves_little_behind_however_many_blocks_it_reads(string query, long bytesMax)
    {
        using var directory = IndexDirectory.InMemory();
        using var index = Filled(directory);
        var request = new SearchRequest
        {
            Collection = "docs", Query = new QueryStringQuery(query, [], false), ExactTotal = false,
        };
        Run();
        var before = AllocatedBytes.Start();
        for (var i = 0; i < 20; i++) Run();
        var bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / 20;
        Assert.True(bytes < bytesMax, $"{bytes} bytes a search");

        void Run()
        {
            var status = index.Search(request, SearchBudget.Unlimited(), out var reply, out _);
            Assert.Equal((StatusCode.Ok, 10), (status, reply!.Hits.Count));
        }
    }

    [Fact]
    public void Arrays_that_a_search_gave_back_are_lent_again_and_never_twice()
    {
        var one = new BlockArrays();
        int[][] first = [one.TakeIntegers(), one.TakeIntegers()];
        one.GiveBack();
        var two = new BlockArrays();
        var three = new BlockArrays();
        int[][] second = [two.TakeIntegers(), three.TakeIntegers(), two.TakeIntegers()];
        Assert.Equal(3, second.Distinct().Count());
        Assert.Equal(2, second.Intersect(first).Count());
        Assert.NotSame(one.TakeFloats(), two.TakeFloats());
    }

    [Fact]
    public void A_search_holds_no_more_than_so_many_arrays_however_often_it_opens_its_clauses()
    {
        var arrays = new BlockArrays();
        for (var i = 0; i < 5_000; i++)
        {
            Assert.Equal(BlockArrays.Length, arrays.TakeIntegers().Length);
            Assert.Equal(BlockArrays.Length, arrays.TakeFloats().Length);
        }

        Assert.Equal(2 * 4_096, arrays.Held);
        arrays.GiveBack();
        Assert.Equal(0, arrays.Held);
    }

    private static CollectionIndex Filled(IndexDirectory directory)
    {
        var index = CollectionIndex.Open(
            directory,
            new CollectionSchema { Name = "docs", Fields = [new FieldSchema { Name = "text", Type = FieldType.Text }] },
            Analyzers.Get, new CollectionIndexOptions(), TimeProvider.System);
        var random = new Random(1);
        const int Documents = 300;
        for (var i = 0; i < Segments * Documents; i++)
        {
            var words = Enumerable.Range(0, 40).Select(_ => $"w{(int)(1 / (0.001 + random.NextDouble()))}");
            index.Put(
                Encoding.UTF8.GetBytes($"/docs/{i:D5}"), 1,
                Encoding.UTF8.GetBytes($"{{\"text\":\"{string.Join(' ', words)}\"}}"), out _, out _);
            if (i % Documents == Documents - 1) index.Refresh();
        }

        Assert.Equal(Segments, index.SegmentCount);
        return index;
    }
}

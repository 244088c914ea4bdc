using CsCheck;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Search.Indexing;

/// <summary>A document's score and place do not depend on how many indexes share the documents.</summary>
public sealed class ShardSplitTests
{
    private const int Shards = 7;

    [Fact]
    public void One_index_and_seven_give_the_same_hits_in_the_same_order_to_the_last_bit() =>
        Gen.Int[0, int.MaxValue].Sample(
            seed =>
            {
                var random = new Random(seed);
                using var directory = IndexDirectory.InMemory();
                using var one = new IndexHarness(directory);
                var seven = new IndexHarness[Shards];
                for (var i = 0; i < Shards; i++) seven[i] = new IndexHarness(IndexDirectory.InMemory());
                Fill(random, one, seven);
                for (var i = 0; i < 60; i++) Compare(RandomQueries.Any(random, 3), random.Next(1, 40), one, seven);
                foreach (var shard in seven) shard.Dispose();
            },
            iter: 6,
            threads: 1);

    [Fact]
    public void Statistics_depend_on_the_live_documents_only()
    {
        var random = new Random(11);
        using var directory = IndexDirectory.InMemory();
        using var worn = new IndexHarness(directory);
        Fill(random, worn, [worn]);
        using var other = IndexDirectory.InMemory();
        using var fresh = new IndexHarness(other);
        foreach (var document in worn.Live.Values) fresh.Put(document);
        fresh.Refresh();
        for (var i = 0; i < 100; i++)
        {
            var query = RandomQueries.Any(random, 3);
            Assert.Equivalent(fresh.Statistics(query), worn.Statistics(query), strict: true);
        }
    }

    internal static void Fill(Random random, IndexHarness one, IndexHarness[] shards)
    {
        for (var step = 0; step < 500; step++)
        {
            var number = random.Next(150);
            var shard = shards[number % shards.Length];
            if (random.Next(5) == 0)
            {
                one.Delete(Corpus.PathOf(number));
                if (shard != one) shard.Delete(Corpus.PathOf(number));
            }
            else
            {
                var document = Corpus.Document(random, Corpus.PathOf(number), (ulong)step + 10_000);
                one.Put(document);
                if (shard != one) shard.Put(document);
            }

            if (random.Next(20) == 0) one.Refresh();
            if (random.Next(10) == 0) shard.Refresh();
            if (random.Next(60) == 0) one.Flush();
            if (random.Next(30) == 0) shard.Merge();
        }

        one.Refresh();
        foreach (var shard in shards) shard.Refresh();
    }

    private static void Compare(QueryNode query, int size, IndexHarness one, IndexHarness[] seven)
    {
        var statistics = StatisticsSum.Of([.. seven.Select(shard => shard.Statistics(query))]);
        Assert.Equivalent(one.Statistics(query), statistics, strict: true);
        SameHits(query, size, one, seven, statistics);
    }

    internal static void SameHits(
        QueryNode query, int size, IndexHarness one, IndexHarness[] seven, TermStatistics statistics)
    {
        var whole = one.Search(query, size);
        var parts = seven.Select(shard => shard.Search(query, size, statistics)).ToArray();
        Assert.Equal(whole.Total, parts.Sum(part => part.Total));
        var merged = parts.SelectMany(part => part.Hits)
            .OrderByDescending(hit => hit.Score)
            .ThenBy(hit => hit.Path, StringComparer.Ordinal)
            .Take(size);
        Assert.Equal(
            whole.Hits.Select(hit => (hit.Path, BitConverter.SingleToInt32Bits(hit.Score), hit.Version)),
            merged.Select(hit => (hit.Path, BitConverter.SingleToInt32Bits(hit.Score), hit.Version)));
    }
}

using CsCheck;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Tests.Search.Indexing;

namespace Hedgerow.Leaf.Tests.Search.Queries;

/// <summary>Queries about words against a model that reads every document; over seven indexes as over one.</summary>
public sealed class TextQueryModelTests
{
    private const int Shards = 7;

    [Fact]
    public void Every_query_finds_what_the_model_finds() => Gen.Int[0, int.MaxValue].Sample(
        seed =>
        {
            var random = new Random(seed);
            using var directory = IndexDirectory.InMemory();
            using var harness = new IndexHarness(directory);
            ShardSplitTests.Fill(random, harness, [harness]);
            for (var i = 0; i < 60; i++)
            {
                var query = RandomTextQueries.Any(random, 2);
                CollectionIndexModelTests.Compare(harness, query, random.Next(2) == 0 ? 1_000 : random.Next(20));
            }
        },
        iter: 8,
        threads: 1);

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
                ShardSplitTests.Fill(random, one, seven);
                for (var i = 0; i < 80; i++)
                {
                    var query = RandomTextQueries.Any(random, 2);
                    var statistics = StatisticsSum.Of([.. seven.Select(shard => shard.Statistics(query))]);
                    ShardSplitTests.SameHits(query, random.Next(1, 40), one, seven, statistics);
                }

                foreach (var shard in seven) shard.Dispose();
            },
            iter: 4,
            threads: 1);
}

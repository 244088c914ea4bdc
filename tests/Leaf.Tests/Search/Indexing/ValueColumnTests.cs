using CsCheck;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;

namespace Hedgerow.Leaf.Tests.Search.Indexing;

/// <summary>Columns of every layout and width against the lists that they were written from.</summary>
public sealed unsafe class ValueColumnTests
{
    [Fact]
    public void A_column_gives_back_the_values_and_knows_the_bounds_of_its_blocks() =>
        Gen.Int[0, int.MaxValue].Sample(
            seed =>
            {
                var random = new Random(seed);
                var documents = Documents(random);
                using var region = Written(documents);
                var column = new ValueColumn(region.Start, documents.Length);
                for (var d = 0; d < documents.Length; d++) CheckDocument(column, documents, d, random);
                CheckRanges(column, documents, random);
            },
            iter: 60);

    [Fact]
    public void A_tally_counts_each_document_once_for_each_of_its_values() =>
        Gen.Int[0, int.MaxValue].Sample(
            seed =>
            {
                var random = new Random(seed);
                var values = random.Next(3) switch { 0 => 1, 1 => 200, _ => 70_000 };
                var most = random.Next(4) == 0 ? 60 : random.Next(1, 4);
                var least = random.Next(2);
                var documents = new long[random.Next(1, 3_000)][];
                for (var d = 0; d < documents.Length; d++)
                {
                    documents[d] = new long[random.Next(least, most + 1)];
                    for (var i = 0; i < documents[d].Length; i++)
                        documents[d][i] = i > 0 && random.Next(3) == 0 ? documents[d][i - 1] : random.Next(values);
                }

                using var region = Written(documents);
                var column = new ValueColumn(region.Start, documents.Length);
                int[] some = [.. Enumerable.Range(0, documents.Length).Where(_ => random.Next(3) > 0)];
                var expected = new int[values];
                foreach (var d in some)
                    foreach (var value in documents[d].Distinct()) expected[value]++;
                var counts = new int[values];
                column.Tally(some, counts);
                Assert.Equal(expected, counts);
            },
            iter: 60);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_tally_passes_over_blocks_in_which_no_document_has_a_value(int values)
    {
        var documents = Enumerable.Range(0, 3 * ValueColumn.BlockDocuments)
            .Select(d => d == ValueColumn.BlockDocuments ? new long[values] : []).ToArray();
        using var region = Written(documents);
        var counts = new int[1];
        new ValueColumn(region.Start, documents.Length).Tally([.. Enumerable.Range(0, documents.Length)], counts);
        Assert.Equal([1], counts);
    }

    [Fact]
    public void Numbers_order_as_their_integers_do() => Gen.Select(Gen.Double, Gen.Double).Sample((a, b) =>
    {
        if (double.IsNaN(a) || double.IsNaN(b)) return;
        Assert.Equal(Math.Sign(a.CompareTo(b)), Math.Sign(FieldValue.Sortable(a).CompareTo(FieldValue.Sortable(b))));
        Assert.Equal(a, FieldValue.Number(FieldValue.Sortable(a)));
        Assert.Equal(FieldValue.Sortable(0.0), FieldValue.Sortable(-0.0));
    });

    [Fact]
    public void A_block_out_of_range_is_passed_over_at_once()
    {
        var documents = Enumerable.Range(0, 100_000).Select(i => new[] { (long)i }).ToArray();
        using var region = Written(documents);
        var column = new ValueColumn(region.Start, documents.Length);
        var budget = SearchBudget.Unlimited();
        var scorer = new ColumnScorer<ValueRange>(column, new ValueRange(70_000, 70_002), documents.Length, 1, budget);
        Assert.Equal(70_000 / ValueColumn.BlockDocuments * ValueColumn.BlockDocuments, scorer.NextCandidate());
        Assert.Equal(70_000, scorer.Advance(70_000));
        Assert.Equal(70_001, scorer.Next());
        Assert.Equal(70_002, scorer.Next());
        Assert.Equal(Scorer.End, scorer.Next());
    }

    private static void CheckDocument(ValueColumn column, long[][] documents, int d, Random random)
    {
        Assert.Equal(documents[d].Length, column.Count(d));
        for (var i = 0; i < documents[d].Length; i++) Assert.Equal(documents[d][i], column[d, i]);
        var low = random.NextInt64(-100, 100);
        Assert.Equal(documents[d].Any(v => v >= low && v <= low + 20), column.HasBetween(d, low, low + 20));
        if (d % ValueColumn.BlockDocuments != 0) return;
        var block = documents.Skip(d).Take(ValueColumn.BlockDocuments).SelectMany(values => values).ToArray();
        var (lowest, highest) = column.Bounds(d);
        if (block.Length == 0) Assert.True(lowest > highest);
        else Assert.Equal((block.Min(), block.Max()), (lowest, highest));
    }

    private static void CheckRanges(ValueColumn column, long[][] documents, Random random)
    {
        for (var i = 0; i < 5; i++)
        {
            var low = random.NextInt64(-120, 120);
            var range = new ValueRange(low, low + random.Next(100));
            var expected = Enumerable.Range(0, documents.Length)
                .Where(d => documents[d].Any(v => v >= range.From && v <= range.To)).ToArray();
            var scorer = new ColumnScorer<ValueRange>(column, range, documents.Length, 1, SearchBudget.Unlimited());
            var found = new List<int>();
            for (var d = scorer.Next(); d != Scorer.End; d = scorer.Next()) found.Add(d);
            Assert.Equal(expected, found);
            var at = random.Next(documents.Length + 1);
            scorer = new ColumnScorer<ValueRange>(column, range, documents.Length, 1, SearchBudget.Unlimited());
            Assert.Equal(expected.FirstOrDefault(d => d >= at, Scorer.End), scorer.Advance(at));
        }
    }

    private static long[][] Documents(Random random)
    {
        var documents = new long[random.Next(1, 5_000)][];
        var most = random.Next(1, 4);
        var spread = random.Next(5) switch
        {
            0 => 1,
            1 => 100,
            2 => 60_000,
            3 => int.MaxValue,
            _ => long.MaxValue,
        };
        var missing = random.Next(3);
        for (var d = 0; d < documents.Length; d++)
        {
            var count = random.Next(3) < missing ? 0 : random.Next(1, most + 1);
            documents[d] = new long[count];
            for (var i = 0; i < count; i++) documents[d][i] = random.NextInt64(-spread, spread);
        }

        return documents;
    }

    private static IndexRegion Written(long[][] documents)
    {
        var firsts = new int[documents.Length + 1];
        for (var d = 0; d < documents.Length; d++) firsts[d + 1] = firsts[d] + documents[d].Length;
        IndexRegion? region = null;
        using var output = new MemoryIndexOutput("test", (bytes, n) => region = IndexRegion.OfPinned("test", bytes, n));
        ValueColumn.Write(output, firsts, documents.SelectMany(values => values).ToArray());
        output.Finish();
        return region!;
    }
}

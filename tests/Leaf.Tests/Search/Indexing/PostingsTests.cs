using CsCheck;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;

namespace Hedgerow.Leaf.Tests.Search.Indexing;

/// <summary>Postings of one term, written and walked, against the list they were made from.</summary>
public sealed unsafe class PostingsTests
{
    public static TheoryData<int, bool> Shapes
    {
        get
        {
            var data = new TheoryData<int, bool>();
            foreach (var count in new[] { 1, 2, 15, 16, 17, 127, 128, 129, 256, 128 * 32, (128 * 33) + 5, 20_000 })
            {
                data.Add(count, true);
                data.Add(count, false);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Walking_gives_every_posting_back(int count, bool isText)
    {
        var postings = Random(new Random(count), count, isText);
        using var region = Write(postings, isText);
        var cursor = Open(region, count, isText);
        foreach (var (document, positions) in postings)
        {
            Assert.Equal(document, cursor.Next());
            if (!isText) continue;
            Assert.Equal(positions.Length, cursor.Frequency);
            if (document % 3 != 0) Assert.Equal(positions, cursor.Positions());
        }

        Assert.Equal(PostingsCursor.End, cursor.Next());
    }

    [Fact]
    public void Advancing_lands_on_the_first_posting_at_or_behind_the_target() => Gen.Int[0, int.MaxValue].Sample(
        seed =>
        {
            var random = new Random(seed);
            var count = random.Next(1, 6_000);
            var postings = Random(random, count, true);
            using var region = Write(postings, true);
            var cursor = Open(region, count, true);
            var at = -1;
            while (cursor.Document != PostingsCursor.End)
            {
                if (random.Next(3) == 0)
                {
                    cursor.Next();
                    at++;
                }
                else
                {
                    var target = cursor.Document + 1 + random.Next(random.Next(2) == 0 ? 10 : 5_000);
                    cursor.Advance(target);
                    while (++at < count && postings[at].Document < target)
                    {
                    }
                }

                Assert.Equal(at < count ? postings[at].Document : PostingsCursor.End, cursor.Document);
                if (at < count && random.Next(2) == 0) Assert.Equal(postings[at].Positions, cursor.Positions());
            }
        },
        iter: 40,
        threads: 1);

    [Fact]
    public void A_spent_budget_ends_the_walk_within_a_block()
    {
        var postings = Random(new Random(1), 5_000, false);
        using var region = Write(postings, false);
        using var cancel = new CancellationTokenSource();
        var budget = new SearchBudget(TimeProvider.System, Timeout.InfiniteTimeSpan, cancel.Token);
        var cursor = new PostingsCursor(region.Start, 5_000, PostingsShape.Keyword, budget);
        for (var i = 0; i < 300; i++) cursor.Next();
        cancel.Cancel();
        var left = 0;
        while (cursor.Next() != PostingsCursor.End) left++;
        Assert.InRange(left, 0, PostingsWriter.BlockDocuments);
        Assert.Equal(Protocol.StatusCode.Cancelled, budget.Status);
    }

    private static List<(int Document, int[] Positions)> Random(Random random, int count, bool isText)
    {
        var postings = new List<(int, int[])>();
        var document = -1;
        for (var i = 0; i < count; i++)
        {
            document += random.Next(10) == 0 ? random.Next(1, 3_000) : 1;
            var positions = new int[isText ? random.Next(20) == 0 ? random.Next(1, 400) : random.Next(1, 4) : 0];
            var position = 0;
            for (var p = 0; p < positions.Length; p++) positions[p] = position += random.Next(50);
            postings.Add((document, positions));
        }

        return postings;
    }

    private static IndexRegion Write(List<(int Document, int[] Positions)> postings, bool isText)
    {
        IndexRegion? region = null;
        using var output = new MemoryIndexOutput("test", (bytes, n) => region = IndexRegion.OfPinned("test", bytes, n));
        var writer = new PostingsWriter();
        writer.Begin(isText ? PostingsShape.Text : PostingsShape.Keyword);
        foreach (var (document, positions) in postings)
            writer.Add(document, FieldNorm.Encode(positions.Length), positions);
        Assert.Equal(postings.Count, writer.Documents);
        Assert.Equal(writer.End(output), output.Position);
        // What stands behind the postings of a segment: a reader reads whole vectors.
        output.Write(new byte[IntPacking.ReadPast]);
        output.Finish();
        return region!;
    }

    private static PostingsCursor Open(IndexRegion region, int count, bool isText) => new(
        region.Start, count, isText ? PostingsShape.Text : PostingsShape.Keyword, SearchBudget.Unlimited());
}

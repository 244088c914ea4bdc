using CsCheck;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;

namespace Hedgerow.Leaf.Tests.Search.Queries;

/// <summary>
/// The collector beside sorting: whatever the order of scores, the hits of one segment are the best, ties by number,
/// and what it says a sum has to reach never leaves one of them out.
/// </summary>
public sealed class TopHitsTests
{
    [Fact]
    public void Hits_of_a_segment_are_the_best_of_what_was_offered() => Gen.Int[0, int.MaxValue].Sample(
        seed =>
        {
            var random = new Random(seed);
            var documents = Enumerable.Range(0, random.Next(3_000)).Where(_ => random.Next(3) > 0).ToArray();
            var score = ScoresOf(random, documents.Length);
            var scored = documents.Select((document, i) => (Document: document, Score: score(i))).ToArray();
            var dead = random.Next(2) == 0 ? null : new ulong[BitWords.For(3_000)];
            foreach (var document in documents)
                if (dead is not null && random.Next(4) == 0) BitWords.Add(dead, document);
            var size = random.Next(4) == 0 ? random.Next(2) : random.Next(1, 1_500);
            var best = scored.Where(hit => !BitWords.Has(dead, hit.Document))
                .OrderByDescending(hit => (float)hit.Score).ThenBy(hit => hit.Document).Take(size).ToArray();
            var top = new TopHits(null!, size);
            top.BeginView(0);

            // A third of the documents may come first, as those of another clause do.
            var isAgain = random.Next(2) == 0;
            if (isAgain) Offer(top, random, [.. scored.Where(hit => hit.Document % 3 == 0)], dead);
            if (isAgain) top.BeginAgain();
            Offer(top, random, isAgain ? [.. scored.Where(hit => hit.Document % 3 != 0)] : scored, dead);
            Assert.Equal(best.Length, top.Count);
            Assert.Equal(
                best.Select(hit => new HitPlace((float)hit.Score, 0, hit.Document)), top.Sorted());
        },
        iter: 300,
        threads: 1);

    private static void Offer(TopHits top, Random random, (int Document, double Score)[] scored, ulong[]? dead)
    {
        var candidates = new Candidates();
        for (var at = 0; at < scored.Length;)
        {
            candidates.Count = 0;
            for (var room = random.Next(1, Candidates.Size + 1); room > 0 && at < scored.Length; room--, at++)
                if (scored[at].Score >= top.ScoreMin) candidates.Add(scored[at].Document, scored[at].Score);
            top.Offer(candidates, dead);
        }
    }

    /// <summary>Scores that rise, fall, are few or all the same, or are anything.</summary>
    private static Func<int, double> ScoresOf(Random random, int count)
    {
        var kind = random.Next(6);
        return kind switch
        {
            0 => i => i / 7.0,
            1 => i => (count - i) / 7.0,
            2 => _ => 1.5,
            3 => _ => random.Next(5),
            4 => i => Math.Min(i, count - i) / 3.0,
            _ => _ => random.NextDouble(),
        };
    }
}

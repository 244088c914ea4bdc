using System.Runtime.Intrinsics.X86;
using CsCheck;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;

namespace Hedgerow.Leaf.Tests.Search.Queries;

/// <summary>Scores, bounds and filters of many documents at a time beside the same one by one.</summary>
public sealed unsafe class BoundTests
{
    [Fact]
    public void No_posting_scores_above_the_bound_of_its_block_whatever_the_statistics() => Sample(
        random =>
        {
            var set = new ImpactSet();
            set.BeginField(Bm25.Inverses(100, random.Next(100, 20_000)));
            var postings = Postings(random);
            foreach (var (frequency, norm) in postings) set.Add(frequency, norm);
            var sink = new ByteSink();
            set.PutAndClear(sink);
            Assert.Equal(ImpactSet.Bytes, sink.Length);
            set.AddWritten(sink.Written);
            set.PutAndClear(sink);
            sink.Put(new byte[32]);
            var similarity = Similarity(random);
            var highest = postings.Max(posting => similarity.Score(posting.Frequency, posting.Norm));
            fixed (byte* impacts = sink.Written)
            {
                var bounds = new float[2];
                similarity.Bounds(impacts, bounds);
                Assert.Equal(similarity.BoundScalar(impacts), bounds[0]);
                if (Avx2.IsSupported) Assert.Equal(similarity.Bound256(impacts), bounds[0]);
                Assert.True(bounds[0] >= highest, $"{bounds[0]} is below {highest}");
                Assert.True(bounds[1] >= bounds[0], "the group's bound is below its block's");
            }
        });

    [Fact]
    public void Few_pairs_bound_exactly() => Sample(
        random =>
        {
            var set = new ImpactSet();
            List<(int Frequency, byte Norm)> postings =
            [
                .. Postings(random).Where(posting => posting.Frequency < ImpactSet.FrequencyMax)
                    .Append((1, (byte)3)).Take(ImpactSet.Pairs),
            ];
            foreach (var (frequency, norm) in postings) set.Add(frequency, norm);
            var sink = new ByteSink();
            set.PutAndClear(sink);
            var similarity = Similarity(random);
            fixed (byte* impacts = sink.Written)
            {
                Assert.Equal(
                    postings.Max(posting => similarity.Score(posting.Frequency, posting.Norm)),
                    similarity.BoundScalar(impacts));
            }
        });

    [Fact]
    public void Scores_are_the_same_bits_one_by_one_and_many_at_a_time() => Sample(
        random =>
        {
            var count = random.Next(1, 129);
            var norms = new byte[1_000];
            random.NextBytes(norms);
            var documents = Enumerable.Range(0, count).Select(i => (i * 7) + random.Next(7)).ToArray();
            var frequencies = documents.Select(_ => random.Next(1, 40)).ToArray();
            var scores = new double[count];
            var similarity = Similarity(random);
            similarity.Score(documents, frequencies, norms, scores);
            for (var i = 0; i < count; i++)
                Assert.Equal((double)similarity.Score(frequencies[i], norms[documents[i]]), scores[i]);
        });

    [Fact]
    public void Filters_keep_the_same_with_and_without_vectors() => Sample(
        random =>
        {
            var one = new Candidates();
            var other = new Candidates();
            for (var i = random.Next(Candidates.Size + 1); i > 0; i--)
            {
                var score = random.Next(10);
                one.Add(1_000 - i, score);
                other.Add(1_000 - i, score);
            }

            one.ScoreMin = random.Next(11);
            one.Filter();
            fixed (int* documents = other.Documents)
            fixed (double* scores = other.Scores)
                other.Count = Candidates.FilterScalar(documents, scores, other.Count, one.ScoreMin);
            Assert.Equal(other.Documents[..other.Count], one.Documents[..one.Count]);
            Assert.Equal(other.Scores[..other.Count], one.Scores[..one.Count]);
        });

    [Fact]
    public void A_window_gives_back_sums_that_reach_the_least_and_is_empty_then() => Sample(
        random =>
        {
            var window = new DocumentWindow();
            for (var round = 0; round < 2; round++)
            {
                var from = random.Next(10_000);
                window.Move(from, from + random.Next(1, DocumentWindow.Size));
                var sums = new SortedDictionary<int, double>();
                for (var clause = random.Next(1, 4); clause > 0; clause--) Fill(random, window, sums);
                var least = random.Next(3) == 0 ? double.NegativeInfinity : random.Next(8);
                var candidates = new Candidates { ScoreMin = least };
                var taken = new List<(int, double)>();
                for (var at = window.Base; at < window.End;)
                {
                    at = window.Take(at, candidates);
                    for (var i = 0; i < candidates.Count; i++)
                        taken.Add((candidates.Documents[i], candidates.Scores[i]));
                }

                Assert.Equal(sums.Where(sum => sum.Value >= least).Select(sum => (sum.Key, sum.Value)), taken);
            }
        });

    private static void Fill(Random random, DocumentWindow window, SortedDictionary<int, double> sums)
    {
        var step = random.Next(1, random.Next(2) == 0 ? 4 : 200);
        var documents = new List<int>();
        for (var at = window.Base + random.Next(step); at < window.End; at += random.Next(1, step + 1))
            documents.Add(at);
        var scores = documents.ConvertAll(_ => (double)random.Next(1, 5));
        window.Add([.. documents], [.. scores]);
        for (var i = 0; i < documents.Count; i++)
            sums[documents[i]] = sums.GetValueOrDefault(documents[i]) + scores[i];
    }

    private static List<(int Frequency, byte Norm)> Postings(Random random) =>
    [
        .. Enumerable.Range(0, random.Next(1, 128)).Select(_ =>
        {
            var norm = (byte)random.Next(1, 200);
            return (random.Next(20) == 0 ? random.Next(1, 1_000) : random.Next(1, 2 + (norm / 8)), norm);
        }),
    ];

    private static Bm25 Similarity(Random random) =>
        new(random.NextSingle() * 10, Bm25.Inverses(1_000, random.Next(1_000, 1_000_000)));

    private static void Sample(Action<Random> test) =>
        Gen.Int[0, int.MaxValue].Sample(seed => test(new Random(seed)), iter: 200, threads: 1);
}

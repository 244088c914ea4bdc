namespace Hedgerow.LoadGen.Comparing;

/// <summary>
/// Whether two samples differ by more than chance: the rank-sum test (Mann and Whitney 1947), its chance found by
/// shuffling, so that ties and few values need no special tables. Seeded: the same samples give the same answer.
/// </summary>
internal static class RankTest
{
    /// <summary>Shuffles: the smallest chance that can be told is 1 by this.</summary>
    public const int Shuffles = 10_000;

    /// <summary>How likely a difference of ranks as large as this is if there is none, two-sided.</summary>
    public static double Chance(IReadOnlyList<double> a, IReadOnlyList<double> b)
    {
        var ranks = Ranks([.. a, .. b]);
        var expected = a.Count * (ranks.Length + 1) / 2.0;
        var distance = Math.Abs(Sum(ranks, a.Count) - expected);
        var random = new Random(1);
        var asFar = 1;
        for (var i = 1; i < Shuffles; i++)
        {
            random.Shuffle(ranks);
            if (Math.Abs(Sum(ranks, a.Count) - expected) >= distance - 1e-9) asFar++;
        }

        return (double)asFar / Shuffles;
    }

    /// <summary>Places in the order of size, from 1; equal values share the mean of theirs.</summary>
    internal static double[] Ranks(double[] values)
    {
        var order = Enumerable.Range(0, values.Length).OrderBy(i => values[i]).ToArray();
        var ranks = new double[values.Length];
        for (var from = 0; from < order.Length;)
        {
            var to = from;
            while (to < order.Length && values[order[to]] == values[order[from]]) to++;
            for (var i = from; i < to; i++) ranks[order[i]] = (from + 1 + to) / 2.0;
            from = to;
        }

        return ranks;
    }

    private static double Sum(double[] ranks, int count)
    {
        var sum = 0.0;
        for (var i = 0; i < count; i++) sum += ranks[i];
        return sum;
    }
}

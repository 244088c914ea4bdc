using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>What several values of one document count as.</summary>
internal static class Several
{
    /// <summary>Numbers, at least one, which may change places. What would be infinite ends at the last finite one.
    /// </summary>
    public static double Of(ValueMode mode, Span<double> values)
    {
        switch (mode)
        {
            case ValueMode.Min or ValueMode.Max:
                var best = values[0];
                foreach (var value in values)
                    best = mode == ValueMode.Min ? Math.Min(best, value) : Math.Max(best, value);
                return best;
            case ValueMode.Median:
                values.Sort();
                var middle = values.Length / 2;
                return values.Length % 2 == 1 ? values[middle] : (values[middle - 1] / 2) + (values[middle] / 2);
            default:
                double sum = 0, mean = 0;
                foreach (var value in values) sum += value;
                if (mode == ValueMode.Sum || double.IsFinite(sum))
                    return Ended(mode == ValueMode.Sum ? sum : sum / values.Length);
                foreach (var value in values) mean += value / values.Length;
                return Ended(mean);
        }
    }

    /// <summary>Beyond the last finite number nothing is told.</summary>
    private static double Ended(double number) => Math.Clamp(number, double.MinValue, double.MaxValue);

    /// <summary>Whole numbers, at least one, which may change places. Means are rounded, halves up; sums end at the
    /// bounds of 64 bits.</summary>
    public static long Of(ValueMode mode, Span<long> values)
    {
        switch (mode)
        {
            case ValueMode.Min or ValueMode.Max:
                var best = values[0];
                foreach (var value in values)
                    best = mode == ValueMode.Min ? Math.Min(best, value) : Math.Max(best, value);
                return best;
            case ValueMode.Median:
                values.Sort();
                var middle = values.Length / 2;
                return values.Length % 2 == 1
                    ? values[middle]
                    : Rounded((Int128)values[middle - 1] + values[middle], 2);
            default:
                Int128 sum = 0;
                foreach (var value in values) sum += value;
                return mode == ValueMode.Average
                    ? Rounded(sum, values.Length)
                    : (long)Int128.Clamp(sum, long.MinValue, long.MaxValue);
        }
    }

    private static long Rounded(Int128 sum, int count)
    {
        // The floor of sum / count + 1 / 2.
        var (quotient, rest) = Int128.DivRem((2 * sum) + count, 2 * (Int128)count);
        return (long)(rest < 0 ? quotient - 1 : quotient);
    }
}

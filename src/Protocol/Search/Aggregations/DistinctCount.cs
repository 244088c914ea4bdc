using System.Numerics;

namespace Hedgerow.Protocol;

/// <summary>
/// How many different values there are, by HyperLogLog (Flajolet et al., 2007) over 64-bit hashes, as in HyperLogLog++
/// (Heule, Nunkesser, Hall, 2013), estimated by Ertl's improved estimator ("New cardinality estimation algorithms for
/// HyperLogLog sketches", 2017), which needs no tables for its bias.
/// </summary>
public static class DistinctCount
{
    private const int PrecisionMin = 10;

    /// <summary>Bits that choose a register: at least four registers for each value of a threshold, at least 1,024.
    /// </summary>
    public static int Precision(int threshold)
    {
        var precision = PrecisionMin;
        while (1 << precision < threshold * 4) precision++;
        return precision;
    }

    /// <summary>Takes a hash into registers.</summary>
    /// <param name="registers">A power of two of them.</param>
    /// <param name="hash">The hash.</param>
    public static void Add(Span<byte> registers, ulong hash)
    {
        var precision = BitOperations.Log2((uint)registers.Length);
        var rank = (byte)(BitOperations.LeadingZeroCount((hash << precision) | (1UL << (precision - 1))) + 1);
        ref var register = ref registers[(int)(hash >> (64 - precision))];
        if (rank > register) register = rank;
    }

    /// <summary>Takes registers into as many others.</summary>
    public static void Join(Span<byte> registers, ReadOnlySpan<byte> others)
    {
        for (var i = 0; i < registers.Length; i++) registers[i] = Math.Max(registers[i], others[i]);
    }

    /// <summary>How many different hashes were taken in, about.</summary>
    public static long Estimate(ReadOnlySpan<byte> registers)
    {
        var precision = BitOperations.Log2((uint)registers.Length);
        var rest = 64 - precision;
        Span<int> counts = stackalloc int[66];
        counts.Clear();
        foreach (var register in registers) counts[Math.Min(register, rest + 1)]++;
        double m = registers.Length;
        var z = m * Tau(1 - (counts[rest + 1] / m));
        for (var k = rest; k >= 1; k--) z = 0.5 * (z + counts[k]);
        z += m * Sigma(counts[0] / m);
        return double.IsInfinity(z) ? 0 : (long)Math.Round(m * m / (2 * Math.Log(2)) / z);
    }

    private static double Sigma(double x)
    {
        if (x == 1) return double.PositiveInfinity;
        double y = 1, z = x;
        for (double before = -1; before != z;)
        {
            x *= x;
            before = z;
            z += x * y;
            y += y;
        }

        return z;
    }

    private static double Tau(double x)
    {
        if (x is 0 or 1) return 0;
        double y = 1, z = 1 - x;
        for (double before = -1; before != z;)
        {
            x = Math.Sqrt(x);
            before = z;
            y *= 0.5;
            z -= (1 - x) * (1 - x) * y;
        }

        return z / 3;
    }
}

namespace Hedgerow.Protocol;

/// <summary>
/// The bins of a DDSketch (Masson, Rim, Lee: "DDSketch: A Fast and Fully-Mergeable Quantile Sketch with Relative-Error
/// Guarantees", VLDB 2019): bin i holds the magnitudes from γ^(i-1) to γ^i, γ = (1 + ε) / (1 - ε), so that its middle
/// is within the relative error ε of each. Sketches are joined by adding the counts of equal bins. Immutable.
/// </summary>
/// <remarks>
/// Bins are numbered in the order of the values: 0 is zero (and what is below 1e-300), negative magnitudes are below.
/// No bin is ever given up: a finite number has one of about 2 × 701,000 at the smallest error.
/// </remarks>
public sealed class DistributionSketch
{
    /// <summary>The relative error where none is asked for: 1 %.</summary>
    public const double StandardError = 0.01;

    /// <summary>The least relative error: 0.1 %.</summary>
    public const double ErrorMin = 0.001;

    /// <summary>The greatest relative error: 10 %.</summary>
    public const double ErrorMax = 0.1;

    private const double MagnitudeMin = 1e-300;

    private readonly double _gamma;
    private readonly double _byLog;
    private readonly int _shift;

    /// <summary>Bins of a relative error.</summary>
    public DistributionSketch(double relativeError)
    {
        _gamma = (1 + relativeError) / (1 - relativeError);
        _byLog = 1 / Math.Log(_gamma);
        _shift = 1 - (int)Math.Ceiling(Math.Log(MagnitudeMin) * _byLog);
    }

    /// <summary>The bin of a finite number.</summary>
    public int Bin(double value)
    {
        var magnitude = Math.Abs(value);
        if (magnitude < MagnitudeMin) return 0;
        var bin = (int)Math.Ceiling(Math.Log(magnitude) * _byLog) + _shift;
        return value < 0 ? -bin : bin;
    }

    /// <summary>The number that stands for a bin.</summary>
    public double Value(int bin)
    {
        if (bin == 0) return 0;
        var exponent = Math.Abs(bin) - _shift;
        // In two steps, because the upper end of the last bin may be no number.
        var magnitude = Math.Exp((exponent - 1) / _byLog) * (2 * _gamma / (_gamma + 1));
        return bin < 0 ? -magnitude : magnitude;
    }

    /// <summary>The value of a rank among sorted ones: that of rank ⌊share × (count - 1)⌋, from 0.</summary>
    /// <param name="part">Values, at least one.</param>
    /// <param name="share">0 to 1.</param>
    public double Quantile(SketchPart part, double share)
    {
        var rank = (long)Math.Floor(share * (CountOf(part) - 1));
        foreach (var bin in part.Bins)
        {
            rank -= bin.Count;
            if (rank < 0) return Math.Clamp(Value(bin.Bin), part.Min, part.Max);
        }

        return part.Max;
    }

    /// <summary>The share of values that are at or below one: exact for one that lies at most 2 ε above it.</summary>
    public double Rank(SketchPart part, double value)
    {
        if (value < part.Min) return 0;
        if (value >= part.Max) return 1;
        var last = Bin(value);
        long below = 0;
        foreach (var bin in part.Bins)
            if (bin.Bin <= last) below += bin.Count;
        return (double)below / CountOf(part);
    }

    private static long CountOf(SketchPart part)
    {
        long count = 0;
        foreach (var bin in part.Bins) count += bin.Count;
        return count;
    }
}

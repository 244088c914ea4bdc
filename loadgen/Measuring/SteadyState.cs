namespace Hedgerow.LoadGen.Measuring;

/// <summary>
/// Whether a server has warmed up: over the last stretches of time neither its rate of answers nor its typical latency
/// varies by more than a threshold, and what chance alone makes of so few answers. The criterion of Georges, Buytaert
/// and Eeckhout, "Statistically Rigorous Java
/// Performance Evaluation" (OOPSLA 2007): the coefficient of variation over a window.
/// </summary>
internal sealed class SteadyState
{
    /// <summary>Stretches looked at: fewer agree by chance.</summary>
    public const int Window = 5;

    /// <summary>Standard deviation by mean. 0.05: what a cluster at rest shows from second to second.</summary>
    public const double VariationMax = 0.05;

    private readonly Queue<(double Rate, double Latency, long Answers)> _last = [];

    /// <summary>Whether the last stretches agree.</summary>
    public bool IsSteady { get; private set; }

    /// <summary>Looks at one more stretch, and returns whether it is steady now.</summary>
    public bool Observe(Interval interval)
    {
        var all = interval.All();
        // Failures are no steady state, however steadily they come.
        if (all.TotalCount == 0 || interval.Failed * 2 > interval.Answers) _last.Clear();
        else _last.Enqueue((interval.Answers / interval.Seconds, all.GetValueAtPercentile(50), interval.Answers));
        if (_last.Count > Window) _last.Dequeue();
        // Independent arrivals vary by the root of their number, and a median of so many by about as much.
        var allowed = VariationMax + (_last.Count > 0 ? 1 / Math.Sqrt(_last.Average(s => s.Answers)) : 0);
        IsSteady = _last.Count == Window
            && Variation(_last.Select(s => s.Rate)) <= allowed
            && Variation(_last.Select(s => s.Latency)) <= allowed;
        return IsSteady;
    }

    internal static double Variation(IEnumerable<double> values)
    {
        var all = values.ToArray();
        var mean = all.Average();
        var variance = all.Sum(value => (value - mean) * (value - mean)) / (all.Length - 1);
        return mean == 0 ? 0 : Math.Sqrt(variance) / mean;
    }
}

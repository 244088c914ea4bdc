namespace Hedgerow.Server.Simulation.Scenarios;

/// <summary>
/// How long something takes: a time drawn at random. Immutable; the random numbers come from the caller.
/// </summary>
internal abstract class Distribution
{
    /// <summary>No time at all.</summary>
    public static Distribution Zero { get; } = new Constant(0);

    /// <summary>One draw, in nanoseconds; never below 0.</summary>
    public abstract long Draw(Random random);

    /// <summary>Always the same.</summary>
    internal sealed class Constant(long nanos) : Distribution
    {
        public override long Draw(Random random) => nanos;
    }

    /// <summary>Times between events that know nothing of each other.</summary>
    internal sealed class Exponential(double meanNanos) : Distribution
    {
        public override long Draw(Random random) => (long)(-Math.Log(1 - random.NextDouble()) * meanNanos);
    }

    /// <summary>Anything between two times, each as likely.</summary>
    internal sealed class Uniform(double leastNanos, double mostNanos) : Distribution
    {
        public override long Draw(Random random) =>
            (long)(leastNanos + (random.NextDouble() * (mostNanos - leastNanos)));
    }

    /// <summary>Products of many small causes: a body and a tail to the right.</summary>
    /// <param name="medianNanos">Half are longer.</param>
    /// <param name="sigma">Of the logarithm.</param>
    internal sealed class LogNormal(double medianNanos, double sigma) : Distribution
    {
        /// <summary>The 99th percentile of a normal distribution, in standard deviations.</summary>
        public const double Deviations99 = 2.326_347_874;

        public override long Draw(Random random)
        {
            // Box and Muller 1958; the second number is left, for a draw must not depend on the one before.
            var radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
            return (long)(medianNanos * Math.Exp(sigma * radius * Math.Cos(2 * Math.PI * random.NextDouble())));
        }
    }

    /// <summary>
    /// What was measured: times at some percentiles, and between two of them as if the logarithm of the time went
    /// straight over the logarithm of the share that is longer. So a tail of few points keeps its shape.
    /// </summary>
    internal sealed class Measured : Distribution
    {
        /// <summary>What stands in for a share of nothing: the longest of so many.</summary>
        private const double LongerMin = 1e-9;

        private readonly double[] _logLonger;
        private readonly double[] _logNanos;

        /// <param name="points">Percentiles from 0 to 100 with their times, both growing, at least two.</param>
        public Measured(IReadOnlyList<(double Percentile, double Nanos)> points)
        {
            _logLonger = [.. points.Select(p => Math.Log(Math.Max(LongerMin, 1 - (p.Percentile / 100))))];
            _logNanos = [.. points.Select(p => Math.Log(Math.Max(1, p.Nanos)))];
        }

        public override long Draw(Random random)
        {
            var at = Math.Log(1 - random.NextDouble());
            var last = _logLonger.Length - 1;
            if (at >= _logLonger[0]) return (long)Math.Exp(_logNanos[0]);
            if (at <= _logLonger[last]) return (long)Math.Exp(_logNanos[last]);
            var i = 1;
            while (_logLonger[i] > at) i++;
            var way = (_logLonger[i - 1] - at) / (_logLonger[i - 1] - _logLonger[i]);
            return (long)Math.Exp(_logNanos[i - 1] + (way * (_logNanos[i] - _logNanos[i - 1])));
        }
    }

    /// <summary>One of several, by their shares.</summary>
    internal sealed class Mix(IReadOnlyList<(double Share, Distribution Of)> parts) : Distribution
    {
        private readonly double _total = parts.Sum(part => part.Share);

        public override long Draw(Random random)
        {
            var at = random.NextDouble() * _total;
            foreach (var (share, of) in parts)
            {
                at -= share;
                if (at < 0) return of.Draw(random);
            }

            return parts[^1].Of.Draw(random);
        }
    }
}

using HdrHistogram;
using Hedgerow.Protocol;
using Hedgerow.Server.Simulation.Time;

namespace Hedgerow.Server.Simulation.Load;

/// <summary>How one stream of load fared: its latencies, its failures, and both over time.</summary>
internal sealed class LoadRecord
{
    /// <summary>Slices that a run is cut into, for plots over time.</summary>
    public const int Slices = 60;

    private const long MicrosMax = 3_600_000_000;
    private readonly long _from;
    private readonly long _to;
    private readonly long _slowNanos;
    private readonly Slice[] _slices;

    /// <param name="name">The stream's.</param>
    /// <param name="from">What begins before is not counted, but shown over time; nanoseconds.</param>
    /// <param name="to">The end of the load.</param>
    /// <param name="slowNanos">What is longer counts as slow; 0 counts none.</param>
    public LoadRecord(string name, long from, long to, long slowNanos)
    {
        Name = name;
        _from = from;
        _to = to;
        _slowNanos = slowNanos;
        _slices = [.. Enumerable.Range(0, Slices).Select(_ => new Slice())];
    }

    public string Name { get; }

    /// <summary>Of requests answered well, in microseconds.</summary>
    public HistogramBase Latencies { get; } = new LongHistogram(1, MicrosMax, 3);

    /// <summary>Requests that fell due.</summary>
    public long Offered { get; private set; }

    public long Answered => Latencies.TotalCount;

    public long Slow { get; private set; }

    /// <summary>Calls of a router, tries of the application among them.</summary>
    public long Calls { get; private set; }

    /// <summary>Requests that failed, by why.</summary>
    public SortedDictionary<StatusCode, long> Failures { get; } = [];

    public long Failed => Failures.Values.Sum();

    public IReadOnlyList<Slice> OverTime => _slices;

    /// <summary>Length of a slice, in seconds.</summary>
    public double SliceSeconds => (double)_to / Slices / VirtualTime.NanosPerSecond;

    public void Began(long at)
    {
        SliceOf(at).Offered++;
        if (at >= _from) Offered++;
    }

    public void Ended(long startedAt, long now, StatusCode failure, int tries)
    {
        var micros = Math.Clamp((now - startedAt) / VirtualTime.NanosPerMicro, 1, MicrosMax);
        var slice = SliceOf(startedAt);
        if (failure == StatusCode.Ok) slice.Latencies.RecordValue(micros);
        else slice.Failed++;
        if (startedAt < _from) return;
        Calls += tries;
        if (failure != StatusCode.Ok)
        {
            Failures[failure] = Failures.GetValueOrDefault(failure) + 1;
            return;
        }

        Latencies.RecordValue(micros);
        if (_slowNanos > 0 && now - startedAt > _slowNanos) Slow++;
    }

    private Slice SliceOf(long at) => _slices[Math.Clamp(at * Slices / _to, 0, Slices - 1)];

    /// <summary>Requests that fell due in one slice of the run.</summary>
    internal sealed class Slice
    {
        public long Offered { get; set; }

        public long Failed { get; set; }

        public HistogramBase Latencies { get; } = new LongHistogram(1, MicrosMax, 2);

        /// <summary>Latency at a percentile, 0 to 100; 0 where nothing was answered.</summary>
        public double Milliseconds(double percentile) =>
            Latencies.TotalCount == 0 ? 0 : Latencies.GetValueAtPercentile(percentile) / 1_000.0;
    }
}

using Hedgerow.LoadGen.Arrivals;
using Hedgerow.LoadGen.Keys;
using Hedgerow.LoadGen.Traces;

namespace Hedgerow.LoadGen.Workload;

/// <summary>A workload that was checked, from which streams of requests are made. One caller at a time.</summary>
/// <param name="Spec">As it was asked for.</param>
/// <param name="Mix">Kinds of operation.</param>
/// <param name="Sizes">Bytes of values.</param>
/// <param name="Space">The keys; inserts of all streams take theirs from it.</param>
/// <param name="Queries">What searches ask.</param>
/// <param name="Trace">What is replayed instead; null for drawn requests.</param>
/// <param name="Content">What the numbers stand for.</param>
/// <param name="Traits">What writes and scans have.</param>
/// <param name="Seed">Same seed, same requests.</param>
internal sealed record PreparedWorkload(
    WorkloadSpec Spec, OperationMix Mix, ValueSizes Sizes, KeySpace Space, IReadOnlyList<string> Queries, Trace? Trace,
    RequestContent Content, OperationTraits Traits, int Seed)
{
    /// <summary>Kinds of operation that may come.</summary>
    public IReadOnlyList<OperationKind> Kinds =>
        Trace is null ? [.. Mix.Kinds] : [.. Trace.Records.Select(r => r.Kind).Distinct().Order()];

    /// <summary>Whether requests come at the times of a trace, and not at a rate.</summary>
    public bool HasOwnTimes => Trace is { HasTimes: true } && Spec.Trace!.RealTiming;

    /// <summary>Requests a second of a trace at its own times; 0 without one.</summary>
    public double OwnRate
    {
        get
        {
            if (!HasOwnTimes) return 0;
            // The trace's clock has whole seconds; the last one counts, too.
            var seconds = Math.Floor(Trace!.OffsetNanos[^1] / 1e9) + 1;
            return Trace.Records.Count / seconds * Spec.Trace!.Speed;
        }
    }

    /// <summary>Draws of operations, for a fill or a stream; each time anew from the seed.</summary>
    public OperationSource Source(int seed)
    {
        _ = KeyDistribution.TryMake(Spec.Keys, Space, new Random(seed), out var keys, out _);
        var random = new Random(seed + 1);
        IQueryChooser queries = Spec.Search is { AsYouType: true, Typos: var typos }
            ? new TypedQueries(Queries, typos, new Random(seed + 3))
            : new QueriesInTurn(Queries);
        return new OperationSource(keys!, Space, Sizes, Mix, queries, Traits, random);
    }

    /// <summary>The requests of one run.</summary>
    /// <param name="rate">Requests a second, where the workload has no times of its own.</param>
    /// <param name="isPoisson">Whether arrivals are independent, or even.</param>
    /// <param name="index">Which of several generators this is.</param>
    /// <param name="of">How many there are.</param>
    public IRequestStream Stream(double rate, bool isPoisson, int index, int of)
    {
        // Generators that work together draw differently.
        var seed = Seed + (index * 1_000);
        IArrivals arrivals = isPoisson
            ? new PoissonArrivals(rate, new Random(seed + 2))
            : new ConstantArrivals(rate, phase: (double)index / of);
        if (Trace is null) return new DrawnRequests(arrivals, Source(seed));
        return new TracedRequests(Trace, Spec.Trace!.Speed, HasOwnTimes ? null : arrivals, index, of);
    }
}

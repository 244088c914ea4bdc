using System.Runtime.CompilerServices;

namespace Hedgerow.Router;

/// <summary>The bounds of a router's options.</summary>
internal static class RouterOptionsRules
{
    public static void Check(RouterOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Above0(options.Timeout);
        Above0(options.SearchTimeout);
        Above0(options.BulkTimeout);
        Above0(options.ConnectTimeout);
        Within(options.SearchSoftShare, 0.01, 1);
        Within(options.SearchStatisticsEnd, 0.01, 1);
        Within(options.SearchQueryEnd, 0.01, 1);
        Within(options.SearchCoverageMin, 0, 1);
        Within(options.SearchStragglerFactor, 1, 1_000);
        Within(options.SearchStragglerMin.TotalMilliseconds, 0, 60_000);
        Within(options.SearchBytesMax, 1 << 20, 1L << 40);
        Within(options.SearchSlowLog.TotalSeconds, 0, 3_600);
        Within((int)options.ReplicaOrder, 0, (int)ReplicaOrder.RoundRobin);
        Within(options.RoutersPerLeaf, 1, 10_000);
        Within(options.ZoneFactor, 1, 1_000);
        Within(options.Limit.InFlightMin, 1, 1_000_000);
        Within(options.Limit.InFlightMax, options.Limit.InFlightMin, 1_000_000);
        Within(options.Limit.Tolerance, 1, 100);
        Within(options.Limit.LatencyFree.TotalMilliseconds, 0, 60_000);
        Within(options.EjectShareMax, 0, 1);
        Within(options.SlowStart.TotalSeconds, 0, 3_600);
        Within(options.FailuresToEject, 1, 1_000);
        if (options.SlowFactor != 0) Within(options.SlowFactor, 1.5, 1_000);
        Above0(options.SlowMin);
        Above0(options.EjectSilence);
        Above0(options.ProbeDelay);
        Above0(options.ProbeDelayMax);
        Within(options.RetryBudget, 0, 1);
        Within(options.EntryAcksMin, 1, Topology.ReplicasMax);
        Within(options.DocumentAcksMin, 0, Topology.ReplicasMax);
        Within(options.WriteGrace.TotalMilliseconds, 0, 60_000);
        Above0(options.CollectionsRefresh);
        Within(options.Hot.Rate, 1, 1_000_000_000);
        Within(options.Hot.Paths, 1, 4_096);
        Within((double)options.SingleFlight, (double)SingleFlight.Off, (double)SingleFlight.All);
        Within(options.NearCache.Bytes, 0, 16L << 30);
        Above0(options.NearCache.MaxAge);
        Within(options.Hedge.Budget, 0, 1);
        Within(options.Hedge.DelayMin.TotalMilliseconds, 0, 60_000);
        Within(options.Hedge.DelayMax.TotalMilliseconds, options.Hedge.DelayMin.TotalMilliseconds, 60_000);
        Within(options.Hedge.TiedDelay.TotalMilliseconds, 0, 60_000);
    }

    private static void Above0(TimeSpan value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (value <= TimeSpan.Zero || value > TimeSpan.FromHours(1))
            throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; allowed: above 0, up to 1 hour.");
    }

    private static void Within(
        double value, double least, double most, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (!(value >= least && value <= most))
            throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; allowed: {least} to {most}.");
    }
}

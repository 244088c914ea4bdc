using Hedgerow.Router;
using Hedgerow.Server.Simulation.Leaves;
using Hedgerow.Server.Simulation.Load;

namespace Hedgerow.Server.Simulation.Reports;

/// <summary>What came out of one run. All but the wall time depends on the scenario and the seed alone.</summary>
/// <param name="Run">Its name.</param>
/// <param name="Seed">Gives the same run again.</param>
/// <param name="VirtualNanos">Time that passed in it.</param>
/// <param name="Events">Events that happened.</param>
/// <param name="Wall">Time that it took.</param>
internal sealed record RunResult(string Run, int Seed, long VirtualNanos, long Events, TimeSpan Wall)
{
    public required IReadOnlyList<LoadRecord> Loads { get; init; }

    /// <summary>Of all routers together, after the warm-up.</summary>
    public required RouterCounters Routers { get; init; }

    /// <summary>By the leaves' places, after the warm-up.</summary>
    public required IReadOnlyList<LeafCounts> Leaves { get; init; }

    /// <summary>Time from the end of the warm-up to that of the load.</summary>
    public required long CountedNanos { get; init; }

    /// <summary>Of each leaf.</summary>
    public required int Cores { get; init; }

    /// <summary>Requests that had not ended long after the load had.</summary>
    public required long Unfinished { get; init; }

    /// <summary>Hedges as a share of the requests that routers sent first.</summary>
    public double ExtraShare => Routers.Requests == 0 ? 0 : (double)Routers.HedgesSent / Routers.Requests;

    /// <summary>Share of all cores' time that was spent on requests.</summary>
    public double Utilization => Leaves.Sum(leaf => leaf.BusyNanos) / (double)CountedNanos / Cores / Leaves.Count;

    /// <summary>How many times the mean the busiest leaf was asked.</summary>
    public double Imbalance
    {
        get
        {
            var mean = Leaves.Average(leaf => leaf.Came);
            return mean == 0 ? 1 : Leaves.Max(leaf => leaf.Came) / mean;
        }
    }

    /// <summary>Share of the work done that nobody waited for any more.</summary>
    public double WastedShare
    {
        get
        {
            var served = Leaves.Sum(leaf => leaf.Served);
            return served == 0 ? 0 : Leaves.Sum(leaf => leaf.Wasted) / (double)served;
        }
    }
}

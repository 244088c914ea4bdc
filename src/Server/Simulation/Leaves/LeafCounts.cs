namespace Hedgerow.Server.Simulation.Leaves;

/// <summary>What a modelled leaf did since it was last reset.</summary>
internal sealed class LeafCounts
{
    /// <summary>Requests that came.</summary>
    public long Came { get; set; }

    /// <summary>Requests served to the end.</summary>
    public long Served { get; set; }

    /// <summary>Of these, those that nobody waited for any more.</summary>
    public long Wasted { get; set; }

    /// <summary>Requests refused or dropped before work began.</summary>
    public long Dropped { get; set; }

    /// <summary>Time of all cores spent on requests until the load was over, in nanoseconds.</summary>
    public long BusyNanos { get; set; }

    /// <summary>Longest that anything waited before work began, in nanoseconds.</summary>
    public long LongestWaitNanos { get; set; }

    public void Reset()
    {
        Came = Served = Wasted = Dropped = 0;
        BusyNanos = LongestWaitNanos = 0;
    }
}

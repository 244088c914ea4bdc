namespace Hedgerow.Leaf;

/// <summary>When a leaf's queues refuse work that would come too late: see docs/tail/load-shedding.md.</summary>
public sealed record ShedOptions
{
    /// <summary>The one switch: off, only full queues and passed deadlines end a wait.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>
    /// Delay that a queue may always have; less than the mean service time counts as that. 5 ms, as in "Fail at Scale";
    /// above 0 to one hour.
    /// </summary>
    public TimeSpan Target { get; init; } = TimeSpan.FromMilliseconds(5);

    /// <summary>
    /// A queue whose delay stays above the target for so long stands, and is not a burst. 100 ms; above 0 to one hour.
    /// </summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Share of its time that a search may wait in a queue that stands, if that is more than the target: what is left
    /// is for another replica. 0 leaves the target alone. 0.5; 0 to 1.
    /// </summary>
    public double SearchShare { get; init; } = 0.5;

    /// <summary>As <see cref="SearchShare"/>, of a write, which no other replica can take over. 0.8; 0 to 1.</summary>
    public double WriteShare { get; init; } = 0.8;
}

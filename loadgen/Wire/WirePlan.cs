namespace Hedgerow.LoadGen.Wire;

/// <summary>How a <see cref="WireLoad"/> sends.</summary>
/// <param name="Connections">Connections.</param>
/// <param name="IsClosed">Whether requests leave when answers come, and not when they are due.</param>
/// <param name="Depth">Closed loop: requests of a batch.</param>
/// <param name="InFlightMax">Open loop: requests that are due and wait for room on a connection; more fail.</param>
/// <param name="TimeoutNanos">How long the last answers are waited for; what has not come by then has failed.</param>
/// <param name="ServerProcesses">Processes whose processor time is taken over the counted time.</param>
internal sealed record WirePlan(
    int Connections, bool IsClosed, int Depth, int InFlightMax, long TimeoutNanos, IReadOnlyList<int> ServerProcesses)
{
    /// <summary>Most requests of a batch.</summary>
    public const int DepthMax = 1_000;

    /// <summary>Writes in flight on a connection while filling.</summary>
    public const int FillDepth = 64;
}

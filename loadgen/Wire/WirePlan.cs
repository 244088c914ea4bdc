using Hedgerow.LoadGen.Workload;
using HdrHistogram;

namespace Hedgerow.LoadGen.Wire;

/// <summary>What a <see cref="WireLoad"/> does.</summary>
/// <param name="Connections">Connections.</param>
/// <param name="Depth">Closed loop: requests of a batch.</param>
/// <param name="Rate">Open loop: requests a second; 0 for a closed loop.</param>
/// <param name="IsPoisson">Open loop: whether arrivals are independent, or even.</param>
/// <param name="Mix">Reads and writes.</param>
/// <param name="Keys">Number of keys.</param>
/// <param name="WarmupNanos">Sent and not counted.</param>
/// <param name="DurationNanos">Counted.</param>
/// <param name="Seed">Same seed, same requests.</param>
/// <param name="ServerProcesses">Processes whose processor time is taken over the counted time.</param>
internal sealed record WirePlan(
    int Connections, int Depth, double Rate, bool IsPoisson, OperationMix Mix, long Keys, long WarmupNanos,
    long DurationNanos, int Seed, IReadOnlyList<int> ServerProcesses)
{
    /// <summary>Most requests of a batch.</summary>
    public const int DepthMax = 1_000;

    /// <summary>Writes in flight on a connection while filling.</summary>
    public const int FillDepth = 64;
}

/// <summary>What a <see cref="WireLoad"/> counted.</summary>
/// <param name="Seconds">Counted time.</param>
/// <param name="Ok">Answers.</param>
/// <param name="Misses">Reads that found nothing.</param>
/// <param name="Failed">Errors.</param>
/// <param name="NotSent">Due, and not sent, since too many were in flight.</param>
/// <param name="Latency">Nanoseconds, from when a request was due (open) or sent (closed).</param>
/// <param name="CpuMicros">Processor time of the server's processes; null when none were named.</param>
internal sealed record WireResult(
    double Seconds, long Ok, long Misses, long Failed, long NotSent, LongHistogram Latency, double? CpuMicros)
{
    /// <summary>All answers.</summary>
    public long Answers => Ok + Misses + Failed;
}

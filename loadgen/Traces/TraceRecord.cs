using Hedgerow.LoadGen.Workload;

namespace Hedgerow.LoadGen.Traces;

/// <summary>One request of a recorded trace.</summary>
/// <param name="Second">When, in whole seconds of the trace's own clock; 0 in a trace without times.</param>
/// <param name="Key">What it is for: an id of the trace's own.</param>
/// <param name="Kind">What it does.</param>
/// <param name="ValueBytes">Bytes of the value, where the trace says so.</param>
/// <param name="TtlSeconds">Time to live, where the trace says so.</param>
internal readonly record struct TraceRecord(
    long Second, long Key, OperationKind Kind = OperationKind.Get, int ValueBytes = 0, int TtlSeconds = 0);

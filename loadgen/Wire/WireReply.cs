using Hedgerow.LoadGen.Workload;

namespace Hedgerow.LoadGen.Wire;

/// <summary>What was read from the front of what came.</summary>
/// <param name="Bytes">Its length; 0 when it has not come whole.</param>
/// <param name="Outcome">How it went.</param>
/// <param name="Id">Which request it answers; null for the next in order.</param>
/// <param name="IsPart">Whether more of the same answer follows.</param>
internal readonly record struct WireReply(
    int Bytes, Outcome Outcome = Outcome.Ok, uint? Id = null, bool IsPart = false);

namespace Hedgerow.LoadGen.Workload;

/// <summary>What a request does; each kind has a histogram of its own.</summary>
internal enum OperationKind
{
    Get,
    Set,
    Search,
}

/// <summary>One request to send.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="Path">Get and set: the path.</param>
/// <param name="Value">Set: the value.</param>
/// <param name="Query">Search: the query text.</param>
internal readonly record struct Operation(
    OperationKind Kind, ReadOnlyMemory<byte> Path, ReadOnlyMemory<byte> Value, string Query);

/// <summary>How a request ended.</summary>
internal enum Outcome
{
    /// <summary>Answered, and found if it was a read.</summary>
    Ok,

    /// <summary>Answered: no such entry.</summary>
    Miss,

    /// <summary>A search answered without all shards.</summary>
    Partial,

    /// <summary>An error, a refusal, or no answer by the deadline.</summary>
    Failed,
}

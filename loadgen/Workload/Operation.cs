namespace Hedgerow.LoadGen.Workload;

/// <summary>What a request does; each kind has a histogram of its own.</summary>
internal enum OperationKind
{
    /// <summary>Reads one path.</summary>
    Get,

    /// <summary>Writes one path, which is there or not.</summary>
    Set,

    /// <summary>Writes a path that was never asked for before.</summary>
    Insert,

    /// <summary>Reads so many paths of consecutive numbers at once.</summary>
    Scan,

    /// <summary>Reads one path and, when it was answered, writes it: one operation, timed as a whole.</summary>
    Modify,

    /// <summary>Removes one path.</summary>
    Delete,

    /// <summary>Searches a collection.</summary>
    Search,

    /// <summary>Searches it as somebody types.</summary>
    Instant,
}

/// <summary>
/// One request to send, in numbers; whoever sends it makes bytes of it by <see cref="RequestContent"/>.
/// </summary>
/// <param name="Kind">What it does.</param>
/// <param name="Key">Number of the key; of a scan its first.</param>
/// <param name="Count">Scan: keys read.</param>
/// <param name="ValueBytes">Writes: bytes of the value.</param>
/// <param name="TtlSeconds">Writes: time to live; 0 for none.</param>
/// <param name="Query">Searches: the query text.</param>
internal readonly record struct Operation(
    OperationKind Kind, long Key, int Count = 1, int ValueBytes = 0, int TtlSeconds = 0, string Query = "");

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

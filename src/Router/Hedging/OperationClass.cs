namespace Hedgerow.Router;

/// <summary>
/// Kinds of reads whose latencies are told apart, for a hedge's delay only means something among its like.
/// </summary>
internal enum OperationClass
{
    /// <summary>One path.</summary>
    PointRead,

    /// <summary>Many paths of a shard.</summary>
    BatchRead,

    /// <summary>First phase of a search.</summary>
    Statistics,

    /// <summary>Second phase of a search.</summary>
    Search,

    /// <summary>Instant searches and suggestions, which are much quicker.</summary>
    Instant,

    /// <summary>Long reads that are tried again on error, and never hedged.</summary>
    Unhedged,

    /// <summary>One leaf and no other, or every replica: no choice, and no second try.</summary>
    Addressed,
}

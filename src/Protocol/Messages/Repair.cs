namespace Hedgerow.Protocol;

/// <summary>What a <see cref="RepairRequest"/> asks for. The values are wire bytes.</summary>
public enum RepairStep : byte
{
    /// <summary>How each replica is.</summary>
    Look = 0,

    /// <summary>To a router: goes on with the repair for a while.</summary>
    Copy = 1,

    /// <summary>
    /// To a leaf: takes the collection's files of the shard away and begins an empty index in their place, which takes
    /// writes and answers nothing until it has what the other replicas have.
    /// </summary>
    Begin = 2,

    /// <summary>To a leaf: it has everything, and answers again.</summary>
    Finish = 3,
}

/// <summary>How one replica's index of a collection is. The values are wire bytes.</summary>
public enum ReplicaState : byte
{
    /// <summary>It answers.</summary>
    Well = 0,

    /// <summary>Files of it are damaged, or its repair was interrupted: it answers Corrupt.</summary>
    NeedsRepair = 1,

    /// <summary>Its documents are being copied from other replicas: it takes writes, and answers Corrupt.</summary>
    Refilling = 2,

    /// <summary>Its leaf does not say: it can't be reached, or does not have the collection.</summary>
    Unknown = 3,
}

/// <summary>
/// Body of <see cref="Opcode.Repair"/>: has replicas whose files are damaged filled anew from the others. To a router a
/// step does some of it and is answered with where to go on; to a leaf it is about one shard.
/// </summary>
public sealed record RepairRequest
{
    /// <summary>Characters of the longest <see cref="Cursor"/>: a path, two leaves' names and numbers.</summary>
    public const int CursorCharsMax = 16 * 1_024;

    /// <summary>The collection's name.</summary>
    public required string Collection { get; init; }

    /// <summary>What to do.</summary>
    public RepairStep Step { get; init; }

    /// <summary>
    /// The one leaf whose replicas are filled anew, whether they are damaged or not; empty for all that need it.
    /// </summary>
    public string Leaf { get; init; } = "";

    /// <summary>Where to go on: what the answer before said; empty at the beginning.</summary>
    public string Cursor { get; init; } = "";
}

/// <summary>How one replica of one shard is.</summary>
/// <param name="Shard">The shard.</param>
/// <param name="Leaf">The leaf.</param>
/// <param name="State">How it is.</param>
/// <param name="Documents">Documents in its index; 0 where it can't be read.</param>
/// <param name="Problem">What is wrong, with the file's name; empty where nothing is.</param>
public sealed record ReplicaCondition(ushort Shard, string Leaf, ReplicaState State, long Documents, string Problem);

/// <summary>Answer to a repair's step.</summary>
public sealed record RepairReply
{
    /// <summary>Of each replica asked, when that was the question; else of those filled in this step.</summary>
    public IReadOnlyList<ReplicaCondition> Replicas { get; init; } = [];

    /// <summary>Documents and deletes copied in this step.</summary>
    public long Copied { get; init; }

    /// <summary>Where to go on; empty when nothing is left to do.</summary>
    public string Cursor { get; init; } = "";
}

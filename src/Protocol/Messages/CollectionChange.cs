namespace Hedgerow.Protocol;

/// <summary>What a <see cref="CollectionChange"/> does. The values are wire bytes.</summary>
public enum CollectionChangeKind : byte
{
    /// <summary>Deletes a collection, all of its documents, and the aliases that lead to it.</summary>
    Drop = 1,

    /// <summary>Makes a name lead to a collection, in the place of where it led before.</summary>
    SetAlias = 2,

    /// <summary>Takes a name away that leads to a collection.</summary>
    RemoveAlias = 3,

    /// <summary>
    /// Begins to index all documents of a collection again, in the background, under another schema. Reads and searches
    /// go on as before; writes go to both.
    /// </summary>
    BeginReindex = 4,

    /// <summary>Asks whether a reindex is ready: Ok when it is.</summary>
    CheckReindex = 5,

    /// <summary>Puts the new index in the place of the old one, which is deleted.</summary>
    FinishReindex = 6,

    /// <summary>Gives a reindex up.</summary>
    CancelReindex = 7,

    /// <summary>
    /// To a leaf: has it promise that it can finish a reindex, and refuse from then on what does not fit the new
    /// schema. A router has all leaves promise before one finishes.
    /// </summary>
    PrepareReindex = 8,

    /// <summary>To a leaf: takes the promise back. Only where no leaf has finished.</summary>
    ReleaseReindex = 9,

    /// <summary>
    /// To a leaf: asks whether a reindex is under way, ready or not, and changes nothing. Ok when one is, NotFound when
    /// none is; the answer's version says which index is being filled, or else which one serves.
    /// </summary>
    FindReindex = 10,
}

/// <summary>
/// Body of <see cref="Opcode.CollectionChange"/>: a change of a collection as a whole. To a router, for every leaf;
/// doing it again is harmless.
/// </summary>
public sealed record CollectionChange
{
    /// <summary>What it does.</summary>
    public required CollectionChangeKind Kind { get; init; }

    /// <summary>Name of the collection, or of the alias.</summary>
    public required string Name { get; init; }

    /// <summary>The collection that an alias is to lead to; empty else.</summary>
    public string Target { get; init; } = "";

    /// <summary>The schema to index by; null unless a reindex begins.</summary>
    public CollectionSchema? Schema { get; init; }

    /// <summary>
    /// A hybrid logical clock's reading that orders changes; a router stamps 0. Of two aliases of a name the later
    /// holds.
    /// </summary>
    public ulong Version { get; init; }
}

/// <summary>How far a reindex is.</summary>
/// <param name="Schema">What the collection is indexed by then.</param>
/// <param name="Copied">Documents looked at so far.</param>
/// <param name="Documents">Documents there were when it began.</param>
/// <param name="IsReady">Whether it can be finished: nothing is missing.</param>
/// <param name="Problem">Why it cannot go on, such as a document that does not fit; null while it can.</param>
public sealed record ReindexStatus(
    CollectionSchema Schema, long Copied, long Documents, bool IsReady, string? Problem);

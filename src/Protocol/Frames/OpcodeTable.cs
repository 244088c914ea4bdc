namespace Hedgerow.Protocol;

/// <summary>What a router, a hedge and an access rule need to know of an opcode.</summary>
public enum OpcodeKind : byte
{
    /// <summary>About the connection itself; never forwarded.</summary>
    Control,

    /// <summary>Changes nothing: may be sent twice, to any replica, and hedged.</summary>
    Read,

    /// <summary>Changes something, and does no harm twice: versions make the second one void. Never hedged.</summary>
    Write,

    /// <summary>A write whose outcome depends on what is stored: decided by the owner. Never sent twice.</summary>
    ConditionalWrite,
}

/// <summary>One row of docs/PROTOCOL.md's table of opcodes.</summary>
/// <param name="Opcode">The wire byte.</param>
/// <param name="Kind">How it may be sent.</param>
/// <param name="Request">What the request's body is.</param>
/// <param name="Reply">What the body of an Ok reply is.</param>
public readonly record struct OpcodeRow(Opcode Opcode, OpcodeKind Kind, string Request, string Reply);

/// <summary>Every opcode of this protocol version. The documentation is held to it by a test.</summary>
public static class OpcodeTable
{
    private static readonly OpcodeRow[] Table =
    [
        new(Opcode.Hello, OpcodeKind.Control, "HelloRequest", "HelloReply"),
        new(Opcode.Ping, OpcodeKind.Control, "empty", "empty"),
        new(Opcode.Cancel, OpcodeKind.Control, "empty", "none: the target answers"),
        new(Opcode.Stats, OpcodeKind.Read, "empty", "StatsReply"),
        new(Opcode.Topology, OpcodeKind.Read, "empty", "UTF-8 JSON"),
        new(Opcode.Get, OpcodeKind.Read, "cache command", "entry"),
        new(Opcode.GetMany, OpcodeKind.Read, "get-many request", "get-many reply"),
        new(Opcode.Set, OpcodeKind.Write, "cache command", "empty"),
        new(Opcode.Add, OpcodeKind.ConditionalWrite, "cache command", "empty, or entry"),
        new(Opcode.Replace, OpcodeKind.ConditionalWrite, "cache command", "empty, or entry"),
        new(Opcode.Append, OpcodeKind.ConditionalWrite, "cache command", "i64, or entry"),
        new(Opcode.Prepend, OpcodeKind.ConditionalWrite, "cache command", "i64, or entry"),
        new(Opcode.Delete, OpcodeKind.Write, "cache command", "empty"),
        new(Opcode.Touch, OpcodeKind.Write, "cache command", "empty, or entry"),
        new(Opcode.Increment, OpcodeKind.ConditionalWrite, "cache command", "i64, or entry"),
        new(Opcode.CompareAndSet, OpcodeKind.ConditionalWrite, "cache command", "empty, or entry"),
        new(Opcode.FieldGet, OpcodeKind.Read, "cache command", "field values"),
        new(Opcode.FieldSet, OpcodeKind.ConditionalWrite, "cache command", "i64, or i64 and entry"),
        new(Opcode.FieldDelete, OpcodeKind.ConditionalWrite, "cache command", "i64, or i64 and entry"),
        new(Opcode.FieldIncrement, OpcodeKind.ConditionalWrite, "cache command", "i64, or i64 and entry"),
        new(Opcode.Head, OpcodeKind.Read, "cache command", "head"),
        new(Opcode.Search, OpcodeKind.Read, "SearchRequest", "SearchReply"),
        new(Opcode.TermStatistics, OpcodeKind.Read, "SearchRequest", "TermStatistics"),
        new(Opcode.Bulk, OpcodeKind.Write, "BulkRequest", "BulkReply"),
        new(Opcode.CollectionPut, OpcodeKind.Write, "CollectionSchema", "empty"),
        new(Opcode.CollectionGet, OpcodeKind.Read, "UTF-8 name, or empty", "CollectionList"),
        new(Opcode.Scan, OpcodeKind.Read, "ScanRequest", "ScanReply"),
        new(Opcode.Refresh, OpcodeKind.Write, "UTF-8 name", "empty"),
        new(Opcode.Transact, OpcodeKind.ConditionalWrite, "transaction", "transaction results"),
        new(Opcode.Flush, OpcodeKind.Write, "version u64", "empty"),
        new(Opcode.EntryScan, OpcodeKind.Read, "entry scan", "entry scan page"),
        new(Opcode.PointInTime, OpcodeKind.Write, "PointInTimeRequest", "PointInTimeReply"),
        new(Opcode.Analyze, OpcodeKind.Read, "AnalyzeRequest", "AnalyzeReply"),
        new(Opcode.CollectionChange, OpcodeKind.Write, "CollectionChange", "empty"),
        new(Opcode.Instant, OpcodeKind.Read, "InstantRequest", "InstantReply"),
        new(Opcode.Suggest, OpcodeKind.Read, "SuggestRequest", "SuggestReply"),
        new(Opcode.Spelling, OpcodeKind.Read, "SpellingRequest", "SpellingReply"),
        new(Opcode.Fault, OpcodeKind.Write, "FaultRequest", "empty"),
        new(Opcode.Snapshot, OpcodeKind.Write, "empty", "SnapshotReply"),
        new(Opcode.Publish, OpcodeKind.ConditionalWrite, "messages", "listeners u32"),
        new(Opcode.Listen, OpcodeKind.ConditionalWrite, "listener", "messages"),
        new(Opcode.Repair, OpcodeKind.Write, "RepairRequest", "RepairReply"),
    ];

    private static readonly OpcodeKind?[] Kinds = IndexKinds();

    /// <summary>All rows, by wire byte.</summary>
    public static IReadOnlyList<OpcodeRow> Rows => Table;

    /// <summary>Whether this protocol version has the opcode.</summary>
    public static bool IsKnown(Opcode opcode) => Kinds[(byte)opcode] is not null;

    /// <summary>
    /// How the opcode may be sent; null for one that is not known. A delete or touch that compares is conditional too,
    /// and so is a touch that asks for its entry.
    /// </summary>
    public static OpcodeKind? KindOf(Opcode opcode) => Kinds[(byte)opcode];

    private static OpcodeKind?[] IndexKinds()
    {
        var kinds = new OpcodeKind?[256];
        foreach (var row in Table) kinds[(byte)row.Opcode] = row.Kind;
        return kinds;
    }
}

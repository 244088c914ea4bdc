namespace Hedgerow.Protocol;

/// <summary>
/// What a frame asks for. The values are wire bytes and never change; docs/PROTOCOL.md lists the bodies.
/// </summary>
public enum Opcode : byte
{
    /// <summary>No operation: never sent; a header that carries it is malformed.</summary>
    None = 0x00,

    /// <summary>First frame of a connection: version range, features, credentials, topology epoch.</summary>
    Hello = 0x01,

    /// <summary>Answers at once with an empty body, from the thread that read it.</summary>
    Ping = 0x02,

    /// <summary>Stops the request whose id the header carries. Has no reply of its own; the target answers.</summary>
    Cancel = 0x03,

    /// <summary>Counters of the server, as <see cref="StatsReply"/>.</summary>
    Stats = 0x04,

    /// <summary>The topology the server works by, as its JSON file text.</summary>
    Topology = 0x05,

    /// <summary>Reads one entry or document.</summary>
    Get = 0x10,

    /// <summary>Reads many paths of one shard, answered in the order asked.</summary>
    GetMany = 0x11,

    /// <summary>Stores a value whatever was there.</summary>
    Set = 0x12,

    /// <summary>Stores a value only where none is. Conditional: decided by the owner.</summary>
    Add = 0x13,

    /// <summary>Stores a value only where one is. Conditional.</summary>
    Replace = 0x14,

    /// <summary>Puts bytes behind the stored value. Conditional.</summary>
    Append = 0x15,

    /// <summary>Puts bytes before the stored value. Conditional.</summary>
    Prepend = 0x16,

    /// <summary>Removes an entry and leaves a versioned tombstone.</summary>
    Delete = 0x17,

    /// <summary>Changes the time to live and nothing else.</summary>
    Touch = 0x18,

    /// <summary>Adds a signed number to a value that is a decimal number. Conditional.</summary>
    Increment = 0x19,

    /// <summary>Stores a value only if the stored version is the one given. Conditional.</summary>
    CompareAndSet = 0x1A,

    /// <summary>Reads some fields of an entry that is a map.</summary>
    FieldGet = 0x1B,

    /// <summary>Sets fields of a map, and makes the map where no entry is. Conditional.</summary>
    FieldSet = 0x1C,

    /// <summary>Removes fields of a map, and the entry with the last of them. Conditional.</summary>
    FieldDelete = 0x1D,

    /// <summary>Adds a signed number to a field that is a decimal number; one that is not there is 0. Conditional.
    /// </summary>
    FieldIncrement = 0x1E,

    /// <summary>As <see cref="Get"/>, but answers with the value's length in place of the value.</summary>
    Head = 0x1F,

    /// <summary>Runs a query on one shard (to a leaf) or on all (to a router).</summary>
    Search = 0x20,

    /// <summary>
    /// Document frequencies and lengths of a query's terms on one shard: the first phase of a search.
    /// </summary>
    TermStatistics = 0x21,

    /// <summary>Writes many documents of one collection.</summary>
    Bulk = 0x22,

    /// <summary>Declares a collection, or adds fields to it.</summary>
    CollectionPut = 0x23,

    /// <summary>Reads a collection's schema and counts; an empty name lists all.</summary>
    CollectionGet = 0x24,

    /// <summary>Reads documents or entries in path order, a page at a time: export, and repair later.</summary>
    Scan = 0x25,

    /// <summary>Makes every acknowledged document of a collection searchable before it answers.</summary>
    Refresh = 0x26,

    /// <summary>
    /// Compares the versions of some paths of one shard and, if all are as expected, writes others of the same shard:
    /// all or none. Conditional: decided by the owner.
    /// </summary>
    Transact = 0x27,

    /// <summary>Drops all cache entries of a shard (to a leaf) or of all (to a router). Documents stay.</summary>
    Flush = 0x28,

    /// <summary>Reads the paths of a shard's cache entries in hash order, a page at a time.</summary>
    EntryScan = 0x29,

    /// <summary>
    /// Keeps what searches of a collection see now, so that they can go on seeing it; or lets go of it.
    /// </summary>
    PointInTime = 0x2A,

    /// <summary>Shows what an analyzer makes of a text.</summary>
    Analyze = 0x2B,

    /// <summary>Changes a collection as a whole: drops it, gives it another name, another schema.</summary>
    CollectionChange = 0x2C,

    /// <summary>Searches as somebody types: prefixes, typos, and an order by how well the words match.</summary>
    Instant = 0x2D,

    /// <summary>Completes texts; and, to a router, corrects words and texts.</summary>
    Suggest = 0x2E,

    /// <summary>Counts words near others on one shard: the phases of a correction.</summary>
    Spelling = 0x2F,

    /// <summary>Sets the fault switch of a leaf started with faults allowed (tests and demos).</summary>
    Fault = 0x30,

    /// <summary>Writes the cache entries of a leaf's shards to its disk; answered when they are there.</summary>
    Snapshot = 0x31,

    /// <summary>Gives messages of channels to a leaf, which passes them on to those who listen. At most once.</summary>
    Publish = 0x32,

    /// <summary>Waits at a leaf for messages that others publish: answered with them, or after a time.</summary>
    Listen = 0x33,

    /// <summary>Fills replicas of a collection whose files are damaged anew from the others.</summary>
    Repair = 0x34,
}

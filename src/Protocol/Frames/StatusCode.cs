namespace Hedgerow.Protocol;

/// <summary>How a request ended. The values are wire bytes and never change.</summary>
/// <remarks>
/// A status is an expected outcome; an error's body is UTF-8 text that says what was wrong and what is allowed.
/// </remarks>
public enum StatusCode : byte
{
    /// <summary>Done.</summary>
    Ok = 0,

    /// <summary>No live entry has this path.</summary>
    NotFound = 1,

    /// <summary>An add found an entry; the header's version is the stored one.</summary>
    Exists = 2,

    /// <summary>A compare-and-set named another version than the stored one, which the header carries.</summary>
    VersionMismatch = 3,

    /// <summary>The write's version is not above the stored one, which the header carries.</summary>
    VersionTooOld = 4,

    /// <summary>An increment met a value that is not a decimal 64-bit number, or would leave its range.</summary>
    NotANumber = 5,

    /// <summary>The client cancelled it.</summary>
    Cancelled = 6,

    /// <summary>Its deadline passed before it was done; the work was dropped.</summary>
    DeadlineExceeded = 7,

    /// <summary>A queue, a limit or a budget is full. Nothing was done: safe to send elsewhere or later.</summary>
    Overloaded = 8,

    /// <summary>This leaf does not hold the shard, or knows a newer epoch (body: u32). Refresh the topology.</summary>
    WrongShard = 9,

    /// <summary>The leaf is recovering or draining, or no replica of the shard can be reached.</summary>
    Unavailable = 10,

    /// <summary>The leaf cannot write (disk full, read-only); reads go on.</summary>
    ReadOnly = 11,

    /// <summary>The body does not parse.</summary>
    BadRequest = 12,

    /// <summary>A path, a value, a document or a message is over its limit.</summary>
    TooLarge = 13,

    /// <summary>The opcode is not one of this protocol version.</summary>
    UnknownOpcode = 14,

    /// <summary>No protocol version in common; the body names the range spoken.</summary>
    UnsupportedVersion = 15,

    /// <summary>Credentials are missing or wrong.</summary>
    Unauthorized = 16,

    /// <summary>No collection of that name is declared.</summary>
    NoSuchCollection = 17,

    /// <summary>The query does not parse or does not fit the schema; the body points at the column.</summary>
    BadQuery = 18,

    /// <summary>The document is not a JSON object, or does not fit the schema.</summary>
    BadDocument = 19,

    /// <summary>The schema contradicts the declared one.</summary>
    SchemaConflict = 20,

    /// <summary>Stored bytes failed their checksum: the shard needs repair.</summary>
    Corrupt = 21,

    /// <summary>A conditional write reached a replica that is not the shard's owner.</summary>
    NotOwner = 22,

    /// <summary>A defect of the server; the body says where its log has more.</summary>
    Internal = 23,

    /// <summary>The entry is a map of fields where a plain value is needed, or the other way round.</summary>
    WrongKind = 24,

    /// <summary>
    /// The point in time is not held any more: it expired, was closed, or the leaf that held it is gone or began anew.
    /// </summary>
    PointInTimeGone = 25,
}

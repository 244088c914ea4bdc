namespace Hedgerow.Protocol;

/// <summary>
/// Body of <see cref="Opcode.PointInTime"/>: opens one, or closes the one whose id it carries. A search renews the one
/// that it names.
/// </summary>
public sealed record PointInTimeRequest
{
    /// <summary>The collection's name.</summary>
    public required string Collection { get; init; }

    /// <summary>How long it is kept behind its opening and each use. A leaf has a limit. Milliseconds on the wire.
    /// </summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The id to close; null opens one.</summary>
    public string? Id { get; init; }

    /// <summary>
    /// Which index to hold, where the collection's name has led elsewhere before (<see cref="ServedIndex"/>); a router
    /// says it to leaves that do not agree. Null: the one that the name leads to.
    /// </summary>
    public string? Index { get; init; }
}

/// <summary>Answer to it.</summary>
public sealed record PointInTimeReply
{
    /// <summary>The id of what was opened; empty when something was closed.</summary>
    public string Id { get; init; } = "";

    /// <summary>Shards whose snapshot was opened or closed.</summary>
    public required int Shards { get; init; }
}

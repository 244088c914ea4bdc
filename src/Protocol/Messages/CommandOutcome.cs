namespace Hedgerow.Protocol;

/// <summary>
/// How a cache operation that was executed at once ended: what a reply's header and the prefix of its body would say.
/// </summary>
public readonly struct CommandOutcome
{
    /// <summary>How it ended.</summary>
    public StatusCode Status { get; init; }

    /// <summary>The version stored now; 0 when nothing is. Set on refusals too, where the store says why.</summary>
    public ulong Version { get; init; }

    /// <summary>The client's own 32 bits of the entry.</summary>
    public uint EntryFlags { get; init; }

    /// <summary>Unix milliseconds at which the entry expires; 0 means never.</summary>
    public long ExpiresAtMs { get; init; }

    /// <summary>What the value is.</summary>
    public EntryKind Kind { get; init; }

    /// <summary>What is noted with the entry.</summary>
    public EntryMark Mark { get; init; }
}

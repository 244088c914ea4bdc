namespace Hedgerow.Protocol;

/// <summary>
/// What is known of an entry besides what it holds, for caches that recache before they miss: memcached's meta commands
/// set and read it. Kept with the entry, replicated with it, and gone with the next plain write. Beside an <see
/// cref="EntryKind"/> on the wire, in the upper half of its byte.
/// </summary>
[Flags]
public enum EntryMark : byte
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Somebody said that the value is out of date; it is still served.</summary>
    Stale = 1,

    /// <summary>A reader was told to recache it; the others are told that somebody does.</summary>
    Won = 2,

    /// <summary>
    /// Only in answers: it was used before, as far as eviction remembers. Not stored, whoever sends it.
    /// </summary>
    WasRead = 4,
}

/// <summary>A kind and a mark in one byte: the kind in the lower half, the mark in the upper.</summary>
public static class EntryTraits
{
    private const int MarkShift = 4;
    private const int MarkMax = 7;

    /// <summary>Both in one byte.</summary>
    public static byte Pack(EntryKind kind, EntryMark mark) => (byte)((int)kind | ((int)mark << MarkShift));

    /// <summary>Whether the byte is one that <see cref="Pack"/> makes of an entry.</summary>
    public static bool AreKnown(byte traits) =>
        (traits & 0x0F) <= (byte)EntryKind.Fields && traits >> MarkShift <= MarkMax;

    /// <summary>Whether the byte is one that <see cref="Pack"/> makes of what a read answers.</summary>
    public static bool AreAnswered(byte traits) =>
        (traits & 0x0F) <= (byte)EntryKind.HashDocument && traits >> MarkShift <= MarkMax;

    /// <summary>The kind in a byte.</summary>
    public static EntryKind KindOf(byte traits) => (EntryKind)(traits & 0x0F);

    /// <summary>The mark in a byte.</summary>
    public static EntryMark MarkOf(byte traits) => (EntryMark)(traits >> MarkShift);
}

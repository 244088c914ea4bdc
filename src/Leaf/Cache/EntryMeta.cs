using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Cache;

/// <summary>What a store knows of an entry besides its value.</summary>
/// <param name="Version">
/// The version stored now. Also set on VersionTooOld, Exists and VersionMismatch; 0 when nothing is stored.
/// </param>
/// <param name="EntryFlags">The client's own 32 bits.</param>
/// <param name="ExpiresAtMs">Unix milliseconds; 0 means never.</param>
/// <param name="Kind">What the value is.</param>
/// <param name="Mark">What is noted with it.</param>
internal readonly record struct EntryMeta(
    ulong Version, uint EntryFlags, long ExpiresAtMs, EntryKind Kind = EntryKind.Value,
    EntryMark Mark = EntryMark.None);

namespace Hedgerow.Protocol;

/// <summary>
/// Where the time of a search went: its phases in the router, and those of each shard that answered. A shard's phases
/// run beside those of the others, within the router's.
/// </summary>
/// <param name="Phases">The router's, in order; empty in a leaf's answer.</param>
/// <param name="Shards">The shards', in order of their numbers.</param>
public sealed record SearchProfile(IReadOnlyList<SearchPhase> Phases, IReadOnlyList<ShardProfile> Shards);

/// <summary>One phase.</summary>
/// <param name="Name">What was done.</param>
/// <param name="Micros">How long it took, in microseconds.</param>
public sealed record SearchPhase(string Name, long Micros);

/// <summary>What one shard did.</summary>
/// <param name="Shard">Its number.</param>
/// <param name="Segments">Segments that were searched.</param>
/// <param name="Blocks">Blocks of postings, values and stored documents that were read: the work, whatever the clock
/// says.</param>
/// <param name="Phases">Its phases, in order.</param>
public sealed record ShardProfile(int Shard, int Segments, long Blocks, IReadOnlyList<SearchPhase> Phases);

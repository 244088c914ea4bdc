namespace Hedgerow.Protocol;

/// <summary>Answer to <see cref="Opcode.CollectionGet"/> (empty name in the request's body lists all).</summary>
public sealed record CollectionList(IReadOnlyList<CollectionStatus> Collections);

/// <summary>A collection and what is in it.</summary>
/// <param name="Schema">Its declared schema.</param>
/// <param name="Documents">Live documents; to a leaf, in the shard asked.</param>
/// <param name="Searchable">Documents that searches see already; the rest follow within the refresh interval.</param>
/// <param name="Bytes">Bytes on disk, or in memory for a leaf without a data directory.</param>
public sealed record CollectionStatus(CollectionSchema Schema, long Documents, long Searchable, long Bytes)
{
    /// <summary>Other names that lead to it, in order.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>The reindex under way; null when there is none.</summary>
    public ReindexStatus? Reindex { get; init; }
}

/// <summary>Answer to <see cref="Opcode.Stats"/>.</summary>
public sealed record StatsReply
{
    /// <summary>The server's name in the topology.</summary>
    public required string Name { get; init; }

    /// <summary><c>leaf</c> or <c>router</c>.</summary>
    public required string Role { get; init; }

    /// <summary><c>recovering</c>, <c>ready</c>, <c>draining</c> or <c>stopped</c>.</summary>
    public required string State { get; init; }

    /// <summary>The topology epoch it works by.</summary>
    public uint Epoch { get; init; }

    /// <summary>The shards it holds; empty for a router.</summary>
    public IReadOnlyList<ShardStats> Shards { get; init; } = [];

    /// <summary>Counters by their metric name, such as <c>hedgerow_cache_hits_total</c>.</summary>
    public IReadOnlyDictionary<string, long> Counters { get; init; } = new Dictionary<string, long>();
}

/// <summary>One shard replica's sizes.</summary>
/// <param name="Shard">Shard id.</param>
/// <param name="Entries">Live cache entries.</param>
/// <param name="EntryBytes">Memory the cache holds for them.</param>
/// <param name="Documents">Live documents of all collections.</param>
public sealed record ShardStats(ushort Shard, long Entries, long EntryBytes, long Documents);

/// <summary>
/// Body of <see cref="Opcode.Fault"/>: makes a leaf misbehave on purpose, from now until the next one. All zero heals.
/// Refused unless the leaf was started with faults allowed.
/// </summary>
/// <param name="DelayShare">Share of requests delayed, 0 to 1.</param>
/// <param name="DelayMicros">By how much, up to 60 seconds.</param>
/// <param name="ErrorShare">Share of requests answered <see cref="StatusCode.Unavailable"/>, 0 to 1.</param>
public sealed record FaultRequest(double DelayShare, uint DelayMicros, double ErrorShare);

/// <summary>Answer to <see cref="Opcode.Snapshot"/>.</summary>
/// <param name="Shards">What was written of each shard, by shard.</param>
public sealed record SnapshotReply(IReadOnlyList<ShardSnapshot> Shards);

/// <summary>The snapshot of one shard.</summary>
/// <param name="Shard">Shard id.</param>
/// <param name="Entries">Entries in it.</param>
/// <param name="Bytes">Bytes of its file.</param>
/// <param name="Micros">Microseconds it took.</param>
public sealed record ShardSnapshot(ushort Shard, long Entries, long Bytes, long Micros);

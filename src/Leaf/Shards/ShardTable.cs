namespace Hedgerow.Leaf.Shards;

/// <summary>The shards a leaf holds under one topology epoch. Immutable: a new topology is a new table.</summary>
internal sealed class ShardTable
{
    private readonly ShardEngine?[] _byId;

    public ShardTable(uint epoch, IReadOnlyCollection<ShardEngine> shards)
    {
        Epoch = epoch;
        Shards = [.. shards.OrderBy(s => s.Id)];
        _byId = new ShardEngine?[shards.Count == 0 ? 0 : Shards[^1].Id + 1];
        foreach (var shard in Shards) _byId[shard.Id] = shard;
    }

    public uint Epoch { get; }

    /// <summary>By id, lowest first.</summary>
    public IReadOnlyList<ShardEngine> Shards { get; }

    /// <summary>
    /// The shard a request is for, or null when its epoch is older than ours or the shard is not here.
    /// </summary>
    public ShardEngine? Find(uint epoch, ushort shard)
    {
        if (epoch != 0 && epoch < Epoch) return null;
        return shard < _byId.Length ? _byId[shard] : null;
    }
}

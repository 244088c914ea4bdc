using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>The first step of placement: path to shard. Immutable; made anew with each topology.</summary>
internal interface IPlacement
{
    /// <summary>The shard of a path, by its shard key alone. Allocates nothing.</summary>
    int ShardOf(ReadOnlySpan<byte> path);
}

/// <summary>Jump hash of the shard key's XXH3 over the shard ids.</summary>
internal sealed class JumpPlacement : IPlacement
{
    private readonly int _shards;

    public JumpPlacement(int shards)
    {
        _shards = shards;
    }

    public int ShardOf(ReadOnlySpan<byte> path) => JumpHash.Bucket(PathHash.OfShardKey(path), _shards);
}

/// <summary>
/// Ketama ring of the shards, named <c>shard-0</c>, <c>shard-1</c> … by id and not by address, so that a shard keeps
/// its paths when it moves to another leaf.
/// </summary>
internal sealed class RingPlacement : IPlacement
{
    private readonly KetamaRing _ring;

    public RingPlacement(IReadOnlyList<ShardAssignment> shards)
    {
        _ring = new KetamaRing(shards.Select((shard, id) => ($"shard-{id}", shard.Weight)).ToArray());
    }

    public int ShardOf(ReadOnlySpan<byte> path) => _ring.OwnerOf(PathHash.ShardKey(path));
}

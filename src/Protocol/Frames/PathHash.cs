using System.IO.Hashing;

namespace Hedgerow.Protocol;

/// <summary>The two hashes of a path: of all of it (index, header), and of its shard key (placement).</summary>
/// <remarks>
/// XXH3-64 with seed 0, as <c>github.com/Cyan4973/xxHash</c> defines it. The shard key is the part between the first
/// <c>{</c> and the next <c>}</c> if it is not empty (Redis Cluster's hash tag rule), else the path up to a <c>?</c>.
/// </remarks>
public static class PathHash
{
    /// <summary>Hash of the whole path: the header's field, and the store's index.</summary>
    public static ulong OfPath(ReadOnlySpan<byte> path) => XxHash3.HashToUInt64(path);

    /// <summary>Hash of the shard key: what placement maps to a shard.</summary>
    public static ulong OfShardKey(ReadOnlySpan<byte> path) => XxHash3.HashToUInt64(ShardKey(path));

    /// <summary>
    /// The part of the path that decides its shard. Never allocates; never empty for a path that is not.
    /// </summary>
    public static ReadOnlySpan<byte> ShardKey(ReadOnlySpan<byte> path)
    {
        var open = path.IndexOf((byte)'{');
        if (open >= 0)
        {
            var length = path[(open + 1)..].IndexOf((byte)'}');
            if (length > 0) return path.Slice(open + 1, length);
        }

        var query = path.IndexOf((byte)'?');
        return query > 0 ? path[..query] : path;
    }
}

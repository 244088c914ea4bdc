using System.Buffers;
using Hedgerow.Leaf.Cache;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Shards;

/// <summary>One shard: its cache entries and its collections.</summary>
internal sealed class ShardEngine : IDisposable
{
    public ShardEngine(ushort id, CacheStore cache)
    {
        Id = id;
        Cache = cache;
    }

    public ushort Id { get; }

    public CacheStore Cache { get; }

    /// <summary>Reads an entry or a document; appends its value if it is there. Any thread.</summary>
    public StatusCode Read(
        ReadOnlySpan<byte> path, ulong pathHash, long nowMs, IBufferWriter<byte> output, out EntryMeta meta)
    {
        var command = new CacheCommand { Opcode = Opcode.Get, Path = path };
        var hash = pathHash != 0 ? pathHash : PathHash.OfPath(path);
        return Cache.Execute(command, hash, nowMs, output, out meta);
    }

    public void Dispose() => Cache.Dispose();
}

using System.Buffers;
using System.Buffers.Binary;
using Hedgerow.Leaf.Cache;
using Hedgerow.Protocol;

namespace Hedgerow.Bench.HitRatios;

/// <summary>
/// Replays a trace against a store: get, and set on a miss. The store's whole budget is what a cache without any
/// overhead would need for the trace's capacity in entries, so headers, index, counts, free segments and slack are
/// paid for in hits.
/// </summary>
/// <remarks>
/// An entry, path and value together, has 1,000 bytes; in a store that would be smaller than 2 MiB so, it is as much
/// larger as makes it that. Larger entries flatter the store, because its overhead is the smaller share: so the size is
/// part of every figure.
/// </remarks>
internal static class StoreReplay
{
    public const int EntryBytesDefault = 1_000;
    private const int PathBytes = 16;
    private const long MemoryBytesMin = 2 << 20;

    /// <summary>The share of requests that hit, in per cent.</summary>
    /// <param name="requests">Ids.</param>
    /// <param name="capacity">Entries that would fit without overhead.</param>
    /// <param name="entryBytesMin">Bytes of path and value, at least.</param>
    public static double HitPercent(
        IReadOnlyList<long> requests, int capacity, int entryBytesMin = EntryBytesDefault)
    {
        var entryBytes = (int)Math.Max(entryBytesMin, MemoryBytesMin / capacity);
        var memoryBytes = (long)entryBytes * capacity;
        using var store = new CacheStore(
            new CacheStoreOptions { MemoryBytes = memoryBytes, Partitions = 1, HashSeed = 1 });
        var output = new ArrayBufferWriter<byte>(entryBytes);
        var value = new byte[entryBytes - PathBytes];
        Span<byte> path = stackalloc byte[PathBytes];
        path.Fill((byte)'/');
        long hits = 0;
        foreach (var request in requests)
        {
            BinaryPrimitives.WriteInt64LittleEndian(path, request);
            var hash = PathHash.OfPath(path);
            output.ResetWrittenCount();
            var get = new CacheCommand { Opcode = Opcode.Get, Path = path };
            if (store.Execute(get, hash, 1, output, out _) == StatusCode.Ok)
            {
                hits++;
                continue;
            }

            var set = new CacheCommand { Opcode = Opcode.Set, Path = path, Value = value };
            var status = store.Execute(set, hash, 1, output, out _);
            if (status != StatusCode.Ok) throw new InvalidOperationException($"set: {status}");
        }

        return 100.0 * hits / requests.Count;
    }
}

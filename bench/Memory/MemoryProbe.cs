using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using Hedgerow.Bench.Mixes;
using Hedgerow.Leaf.Cache;
using Hedgerow.Protocol;

namespace Hedgerow.Bench.Memory;

/// <summary>What one process held before and after its store was filled.</summary>
/// <param name="Entries">Entries in the store at the end.</param>
/// <param name="EmptyBytes">Resident bytes of the process with an empty store, code warmed up.</param>
/// <param name="FullBytes">Resident bytes at the end.</param>
/// <param name="BudgetBytes">The store's budget.</param>
/// <param name="IndexBytes">What of it is index.</param>
internal sealed record MemoryReading(long Entries, long EmptyBytes, long FullBytes, long BudgetBytes, long IndexBytes)
{
    public string Line => string.Create(
        CultureInfo.InvariantCulture, $"{Entries} {EmptyBytes} {FullBytes} {BudgetBytes} {IndexBytes}");

    public static MemoryReading Parse(string line)
    {
        var n = line.Split(' ').Select(s => long.Parse(s, CultureInfo.InvariantCulture)).ToArray();
        return new MemoryReading(n[0], n[1], n[2], n[3], n[4]);
    }
}

/// <summary>
/// Fills a store with 16-byte paths and 100-byte values in a process of its own, versions stamped as a leaf stamps
/// them, and reads from the kernel what that took.
/// </summary>
internal static class MemoryProbe
{
    public const string Verb = "memory-probe";
    public const int PathBytes = 16;
    public const int ValueBytes = 100;
    private const int WarmUpEntries = 200_000;

    /// <summary>Arguments: bytes of budget, entries to write.</summary>
    public static int Run(string[] args)
    {
        var budget = long.Parse(args[0], CultureInfo.InvariantCulture);
        var writes = long.Parse(args[1], CultureInfo.InvariantCulture);
        using (var warmUp = new CacheStore(new CacheStoreOptions())) Fill(warmUp, WarmUpEntries);
        using var store = new CacheStore(new CacheStoreOptions { MemoryBytes = budget });
        var empty = ResidentBytes();
        Fill(store, writes);
        var stats = store.Stats();
        var reading = new MemoryReading(stats.Entries, empty, ResidentBytes(), budget, stats.IndexBytes);
        Console.WriteLine(reading.Line);
        return 0;
    }

    private static void Fill(CacheStore store, long entries)
    {
        var output = new ArrayBufferWriter<byte>();
        Span<byte> path = stackalloc byte[PathBytes];
        "/item/"u8.CopyTo(path);
        var value = new byte[ValueBytes];
        Random.Shared.NextBytes(value);
        ulong version = 0;
        for (long i = 0; i < entries; i++)
        {
            Utf8Formatter.TryFormat(i, path[6..], out _, new StandardFormat('D', PathBytes - 6));
            var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
            version = Math.Max(version + 1, (ulong)now << 16);
            var command = new CacheCommand { Opcode = Opcode.Set, Path = path, Value = value, Version = version };
            var status = store.Execute(command, PathHash.OfPath(path), now, output, out _);
            if (status != StatusCode.Ok) throw new InvalidOperationException($"write {i} was {status}");
        }
    }

    private static long ResidentBytes()
    {
        GC.Collect();
        return ResidentMemory.Bytes;
    }
}

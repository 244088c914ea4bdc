using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;
using Hedgerow.Leaf.Cache;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Cache;

/// <summary>
/// Readers that only read, beside writers that overwrite in place, in other lengths and in blocks, while the store
/// evicts, compacts, expires and resizes its index. Whatever is read must be whole, of its path, and of its time.
/// </summary>
public sealed class TornValueTests
{
    private const int Writers = 2;
    private const int Readers = 3;
    private const int WritesEach = 10_000;

    /// <summary>Few paths with lengths that repeat are overwritten in place; many of all sizes are evicted.</summary>
    [Theory]
    [InlineData(1, 16, 200, 2 << 20)]
    [InlineData(2, 3_000, 200, 1 << 20)]
    [InlineData(3, 3_000, 3_000, 2 << 20)]
    [InlineData(4, 300, 60_000, 4 << 20)]
    public async Task No_reader_sees_a_torn_or_foreign_value(int seed, int paths, int valueBytesMax, int memoryBytes)
    {
        using var store = new CacheStore(new CacheStoreOptions { MemoryBytes = memoryBytes, HashSeed = seed });
        using var done = new CancellationTokenSource();
        var readers = Enumerable.Range(0, Readers)
            .Select(i => OnThread(() => new Reader(store, seed + (100 * i), paths).Run(done.Token)))
            .ToArray();
        var sweeper = OnThread(() => Sweep(store, done.Token));
        var writers = Enumerable.Range(0, Writers)
            .Select(i => OnThread(() => new Writer(store, seed + i, paths, valueBytesMax).Run()));
        await Task.WhenAll(writers);
        await done.CancelAsync();
        await Task.WhenAll([.. readers, sweeper]);
        store.Verify();
        Assert.True(store.Stats().Hits > 0, "nothing was read");
    }

    private static long Sweep(CacheStore store, CancellationToken stop)
    {
        long now = 0;
        for (; !stop.IsCancellationRequested; now++) store.Sweep(1_000 + (now % 2_000), 200);
        return now;
    }

    private static Task<T> OnThread<T>(Func<T> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static void PathOf(int number, Span<byte> path)
    {
        path.Fill((byte)'/');
        BinaryPrimitives.WriteInt32LittleEndian(path, number);
    }

    /// <summary>A value says its path, its version, its flags and its own checksum.</summary>
    private sealed class Writer(CacheStore store, int seed, int paths, int valueBytesMax)
    {
        private readonly Random _random = new(seed);
        private readonly byte[] _value = new byte[valueBytesMax + 16];
        private readonly ArrayBufferWriter<byte> _output = new(1 << 17);

        public int Run()
        {
            Span<byte> path = stackalloc byte[16];
            for (var i = 0; i < WritesEach; i++)
            {
                var number = _random.Next(paths);
                PathOf(number, path);
                Write(path, number, (uint)i + 1);
            }

            return WritesEach;
        }

        private void Write(ReadOnlySpan<byte> path, int number, uint flags)
        {
            // Three lengths of four are one of few, so that many writes fit where the last one lies.
            var length = _random.Next(4) == 0 ? _random.Next(valueBytesMax) : valueBytesMax / (1 + _random.Next(3));
            var value = _value.AsSpan(0, 16 + length);
            value[16..].Fill((byte)_random.Next(256));
            BinaryPrimitives.WriteInt32LittleEndian(value, number);
            BinaryPrimitives.WriteUInt32LittleEndian(value[8..], flags);
            BinaryPrimitives.WriteInt32LittleEndian(value[12..], length);
            BinaryPrimitives.WriteUInt32LittleEndian(value[4..], Crc32.HashToUInt32(value[8..]));
            var command = new CacheCommand
            {
                Opcode = _random.Next(12) switch { 0 => Opcode.Delete, 1 => Opcode.Touch, _ => Opcode.Set },
                Path = path,
                Value = value,
                EntryFlags = flags,
                ExpiresAtMs = _random.Next(4) == 0 ? 1_001 + _random.Next(2_000) : 0,
            };
            _output.ResetWrittenCount();
            var status = store.Execute(command, PathHash.OfPath(path), 1_000, _output, out _);
            Assert.True(status is StatusCode.Ok or StatusCode.NotFound or StatusCode.Overloaded, $"{status}");
        }
    }

    private sealed class Reader(CacheStore store, int seed, int paths)
    {
        private readonly Random _random = new(seed);
        private readonly ArrayBufferWriter<byte> _output = new(1 << 17);

        public long Run(CancellationToken stop)
        {
            long hits = 0;
            Span<byte> path = stackalloc byte[16];
            while (!stop.IsCancellationRequested)
            {
                var number = _random.Next(paths);
                PathOf(number, path);
                store.Prefetch(path);
                store.PrefetchEntry(path);
                _output.ResetWrittenCount();
                var command = new CacheCommand { Opcode = Opcode.Get, Path = path };
                var status = store.Execute(command, PathHash.OfPath(path), 1_000, _output, out var meta);
                if (status == StatusCode.Ok) Check(number, meta, _output.WrittenSpan, ref hits);
                else Assert.Equal(0, _output.WrittenCount);
            }

            return hits;
        }

        private static void Check(int number, in EntryMeta meta, ReadOnlySpan<byte> value, ref long hits)
        {
            hits++;
            Assert.Equal(number, BinaryPrimitives.ReadInt32LittleEndian(value));
            Assert.Equal(value.Length - 16, BinaryPrimitives.ReadInt32LittleEndian(value[12..]));
            Assert.Equal(Crc32.HashToUInt32(value[8..]), BinaryPrimitives.ReadUInt32LittleEndian(value[4..]));
            Assert.Equal(meta.EntryFlags, BinaryPrimitives.ReadUInt32LittleEndian(value[8..]));
        }
    }
}

using System.Buffers;
using System.Buffers.Binary;
using Hedgerow.Leaf.Cache;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Cache;

/// <summary>Many threads, few paths, sizes from a few bytes to blocks: what is read must be what was written.</summary>
public sealed class StoreConcurrencyTests
{
    private const int Threads = 6;
    private const int Operations = 12_000;
    private const int Paths = 400;

    [Fact]
    public Task While_evicting_and_sweeping_no_reader_sees_a_torn_or_foreign_value() => Stress(2 << 20, grows: false);

    [Fact]
    public Task While_nothing_is_evicted_no_reader_sees_an_older_value_after_a_newer() => Stress(96 << 20, grows: true);

    private static async Task Stress(long memoryBytes, bool grows)
    {
        using var store = new CacheStore(new CacheStoreOptions
        {
            MemoryBytes = memoryBytes, Partitions = 2, ValueBytesMax = 1 << 20,
        });
        using var done = new CancellationTokenSource();
        var sweeper = OnThread(() =>
        {
            for (long now = 0; !done.IsCancellationRequested; now++) store.Sweep(grows ? 1_000 : 1_000 + now, 500);
        });
        var workers = Enumerable.Range(0, Threads).Select(seed => OnThread(() => new Worker(store, seed, grows).Run()));
        await Task.WhenAll(workers);
        await done.CancelAsync();
        await sweeper;
        store.Verify();
        Assert.True(store.Stats().Hits > 0);
        Assert.Equal(grows, store.Stats().Evictions == 0);
    }

    private static Task OnThread(Action work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Values carry their path's number and a checksum; without eviction, versions only grow.</summary>
    private sealed class Worker(CacheStore store, int seed, bool grows)
    {
        private readonly Random _random = new(seed);
        private readonly ArrayBufferWriter<byte> _output = new(1 << 20);
        private readonly ulong[] _seen = new ulong[Paths];
        private readonly byte[] _value = new byte[100_000];

        public void Run()
        {
            Span<byte> path = stackalloc byte[16];
            for (var i = 0; i < Operations; i++)
            {
                var number = _random.Next(Paths);
                path.Fill((byte)'/');
                BinaryPrimitives.WriteInt32LittleEndian(path, number);
                if (_random.Next(3) == 0) Write(path, number, (ulong)((i * Threads) + seed + 1));
                else Read(path, number);
            }
        }

        private void Write(ReadOnlySpan<byte> path, int number, ulong version)
        {
            var value = _value.AsSpan(0, 8 + _random.Next(1 << _random.Next(4, 17)));
            _random.NextBytes(value[8..]);
            BinaryPrimitives.WriteInt32LittleEndian(value, number);
            BinaryPrimitives.WriteUInt32LittleEndian(value[4..], Checksum(value[8..]));
            var command = new CacheCommand
            {
                Opcode = _random.Next(20) == 0 ? Opcode.Delete : Opcode.Set,
                Path = path,
                Value = value,
                Version = version,
                ExpiresAtMs = !grows && _random.Next(4) == 0 ? 1_000 + _random.Next(100_000) : 0,
            };
            _output.ResetWrittenCount();
            var status = store.Execute(command, PathHash.OfPath(path), 1_000, _output, out _);
            var isExpected = status is StatusCode.Ok or StatusCode.VersionTooOld or StatusCode.NotFound
                or StatusCode.Overloaded;
            Assert.True(isExpected, $"{status}");
        }

        private void Read(ReadOnlySpan<byte> path, int number)
        {
            _output.ResetWrittenCount();
            var command = new CacheCommand { Opcode = Opcode.Get, Path = path };
            if (store.Execute(command, PathHash.OfPath(path), 1_000, _output, out var meta) != StatusCode.Ok) return;
            var value = _output.WrittenSpan;
            Assert.Equal(number, BinaryPrimitives.ReadInt32LittleEndian(value));
            Assert.Equal(Checksum(value[8..]), BinaryPrimitives.ReadUInt32LittleEndian(value[4..]));
            Assert.True(!grows || meta.Version >= _seen[number], $"{meta.Version} after {_seen[number]}");
            _seen[number] = Math.Max(_seen[number], meta.Version);
        }

        private static uint Checksum(ReadOnlySpan<byte> bytes) => System.IO.Hashing.Crc32.HashToUInt32(bytes);
    }
}

using System.Buffers;
using System.Buffers.Binary;
using BenchmarkDotNet.Attributes;
using Hedgerow.Leaf.Cache;
using Hedgerow.Protocol;

namespace Hedgerow.Bench;

/// <summary>
/// One operation on a store of 500,000 entries with 16-byte paths and 100-byte values, paths drawn at random, beside
/// the same from a Dictionary under a lock: what a cache on the heap would cost at best.
/// </summary>
[MemoryDiagnoser]
public class StoreBenchmarks : IDisposable
{
    private const int Entries = 500_000;
    private const int PathBytes = 16;
    private const int Batch = 16;
    private readonly byte[] _paths = new byte[PathBytes * Batch];
    private readonly byte[] _value = new byte[100];
    private readonly ArrayBufferWriter<byte> _output = new(4096);
    private readonly Dictionary<PathKey, byte[]> _dictionary = [];
    private readonly Random _random = new(1);
    private CacheStore? _store;

    /// <summary>128 MiB hold all of them.</summary>
    [Params(64, 128)]
    public int MemoryMiB { get; set; }

    [GlobalSetup]
    public void Fill()
    {
        _paths.AsSpan().Fill((byte)'/');
        _store = new CacheStore(new CacheStoreOptions { MemoryBytes = (long)MemoryMiB << 20 });
        for (var i = 0; i < Entries; i++)
        {
            Run(Opcode.Set, i);
            _dictionary[PathKey.Of(Path(0))] = new byte[100];
        }
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _store?.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public StatusCode Get() => Run(Opcode.Get, _random.Next(Entries));

    /// <summary>Sixteen at once, as a pipelined batch is: asked for before the first is read.</summary>
    [Benchmark(OperationsPerInvoke = Batch)]
    public int GetPrefetched()
    {
        var found = 0;
        for (var i = 0; i < Batch; i++) _store!.Prefetch(Path(i, _random.Next(Entries)));
        for (var i = 0; i < Batch; i++) _store!.PrefetchEntry(Path(i));
        for (var i = 0; i < Batch; i++) found += Run(Opcode.Get, Path(i)) == StatusCode.Ok ? 1 : 0;
        return found;
    }

    /// <summary>Same length as before: written where it lies.</summary>
    [Benchmark]
    public StatusCode SetInPlace() => Run(Opcode.Set, _random.Next(Entries));

    /// <summary>A path never seen; evicts once the store is full.</summary>
    [Benchmark]
    public StatusCode SetNew() => Run(Opcode.Set, _random.NextInt64());

    [Benchmark(Baseline = true)]
    public int LockedDictionaryGet()
    {
        _output.ResetWrittenCount();
        var key = PathKey.Of(Path(0, _random.Next(Entries)));
        lock (_dictionary)
        {
            if (_dictionary.TryGetValue(key, out var value)) _output.Write(value);
        }

        return _output.WrittenCount;
    }

    private Span<byte> Path(int place) => _paths.AsSpan(place * PathBytes, PathBytes);

    private Span<byte> Path(int place, long number)
    {
        BinaryPrimitives.WriteInt64LittleEndian(Path(place), number);
        return Path(place);
    }

    private StatusCode Run(Opcode opcode, long number) => Run(opcode, Path(0, number));

    private StatusCode Run(Opcode opcode, ReadOnlySpan<byte> path)
    {
        _output.ResetWrittenCount();
        var command = new CacheCommand
        {
            Opcode = opcode, Path = path, Value = opcode == Opcode.Set ? _value : default,
        };
        return _store!.Execute(command, opcode == Opcode.Set ? PathHash.OfPath(path) : 0, 1, _output, out _);
    }

    /// <summary>A 16-byte path as a key: compared and hashed by all its bytes, and no array of its own.</summary>
    private readonly record struct PathKey(ulong First, ulong Last)
    {
        public static PathKey Of(ReadOnlySpan<byte> path) => new(
            BinaryPrimitives.ReadUInt64LittleEndian(path), BinaryPrimitives.ReadUInt64LittleEndian(path[8..]));
    }
}

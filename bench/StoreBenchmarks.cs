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
    private readonly byte[] _path = new byte[PathBytes];
    private readonly byte[] _value = new byte[100];
    private readonly ArrayBufferWriter<byte> _output = new(4096);
    private readonly Dictionary<long, byte[]> _dictionary = [];
    private readonly Random _random = new(1);
    private CacheStore? _store;

    [Params(64, 1024)]
    public int MemoryMiB { get; set; }

    [GlobalSetup]
    public void Fill()
    {
        _path.AsSpan().Fill((byte)'/');
        _store = new CacheStore(new CacheStoreOptions { MemoryBytes = (long)MemoryMiB << 20 });
        for (var i = 0; i < Entries; i++)
        {
            Run(Opcode.Set, i);
            _dictionary[i] = new byte[100];
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
        lock (_dictionary)
        {
            if (_dictionary.TryGetValue(_random.Next(Entries), out var value)) _output.Write(value);
        }

        return _output.WrittenCount;
    }

    private StatusCode Run(Opcode opcode, long number)
    {
        _output.ResetWrittenCount();
        BinaryPrimitives.WriteInt64LittleEndian(_path, number);
        var command = new CacheCommand
        {
            Opcode = opcode, Path = _path, Value = opcode == Opcode.Set ? _value : default,
        };
        return _store!.Execute(command, PathHash.OfPath(_path), 1, _output, out _);
    }
}

using System.Buffers;
using System.Text;
using Hedgerow.Leaf.Cache;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Cache;

/// <summary>A store with a clock that tests set, and operations that read like sentences.</summary>
internal sealed class StoreUnderTest : IDisposable
{
    private readonly ArrayBufferWriter<byte> _output = new(1 << 20);

    public StoreUnderTest(
        long memoryBytes = 4 << 20, int valueBytesMax = 16 << 20, int partitions = 0, int segmentBytes = 0,
        IEntryEvents? events = null) =>
        Store = new CacheStore(new CacheStoreOptions
        {
            MemoryBytes = memoryBytes,
            ValueBytesMax = valueBytesMax,
            Partitions = partitions,
            SegmentBytes = segmentBytes,
            HashSeed = 1,
            Events = events,
        });

    public CacheStore Store { get; }

    public long NowMs { get; set; } = 1_700_000_000_000;

    /// <summary>Without what eviction remembers: see <see cref="WasRead"/>.</summary>
    public EntryMeta Meta { get; private set; }

    public bool WasRead { get; private set; }

    public CacheStats Stats => Store.Stats();

    public ReadOnlySpan<byte> Output => _output.WrittenSpan;

    public string OutputText => Encoding.UTF8.GetString(_output.WrittenSpan);

    public StatusCode Get(string path, ulong minVersion = 0) =>
        Run(new CacheCommand { Opcode = Opcode.Get, Path = Bytes(path), Version = minVersion });

    public StatusCode Set(string path, string value, ulong version = 0, long expiresAtMs = 0, uint flags = 0) =>
        Write(Opcode.Set, path, Bytes(value), version, expiresAtMs, flags);

    public StatusCode Set(string path, byte[] value, ulong version = 0, long expiresAtMs = 0) =>
        Write(Opcode.Set, path, value, version, expiresAtMs);

    public StatusCode Write(
        Opcode opcode, string path, byte[] value, ulong version = 0, long expiresAtMs = 0, uint flags = 0,
        ulong compare = 0) =>
        Run(new CacheCommand
        {
            Opcode = opcode,
            Path = Bytes(path),
            Value = value,
            Version = version,
            ExpiresAtMs = expiresAtMs,
            EntryFlags = flags,
            CompareVersion = compare,
        });

    public StatusCode Delete(string path, ulong version = 0, ulong compare = 0) =>
        Write(Opcode.Delete, path, [], version, compare: compare);

    public StatusCode Touch(string path, long expiresAtMs, ulong version = 0) =>
        Write(Opcode.Touch, path, [], version, expiresAtMs);

    public StatusCode Increment(string path, long delta, long? initial = null, long expiresAtMs = 0) =>
        Run(new CacheCommand
        {
            Opcode = Opcode.Increment,
            Path = Bytes(path),
            Delta = delta,
            Initial = initial ?? 0,
            HasInitial = initial is not null,
            ExpiresAtMs = expiresAtMs,
        });

    /// <summary>Runs it and asks for the resulting value.</summary>
    public StatusCode Run(in CacheCommand command) => RunAsIs(command with { ReturnEntry = true });

    public StatusCode RunAsIs(in CacheCommand command)
    {
        _output.ResetWrittenCount();
        var status = Store.Execute(command, PathHash.OfPath(command.Path), NowMs, _output, out var meta);
        WasRead = (meta.Mark & EntryMark.WasRead) != 0;
        Meta = meta with { Mark = meta.Mark & ~EntryMark.WasRead };
        return status;
    }

    /// <summary>Sweeps until nothing more comes of it.</summary>
    public void SweepAll()
    {
        for (var i = 0; i < 8; i++) Store.Sweep(NowMs, int.MaxValue);
    }

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>Verifies and frees the store.</summary>
    public void Dispose()
    {
        Store.Verify();
        Store.Dispose();
    }
}

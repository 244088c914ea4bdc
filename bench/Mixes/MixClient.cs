using System.Buffers;
using System.Buffers.Text;
using Hedgerow.Leaf.Cache;
using Hedgerow.Protocol;

namespace Hedgerow.Bench.Mixes;

/// <summary>
/// Writes to a store as a mix says. Seeded, with a clock of its own, and without an allocation once it stands: what
/// the process grows by while it works is the store's.
/// </summary>
internal sealed class MixClient(CacheStore store)
{
    public const int PathBytes = 16;
    public const int ValueBytesMax = 16 << 20;
    private const int SweepBudget = 16_384;
    private const int SecondMs = 1_000;
    private static readonly byte[] Value = Filled();
    private readonly ArrayBufferWriter<byte> _output = new(ValueBytesMax + 4_096);
    private readonly byte[] _path = "/e/-------------"u8.ToArray();
    private long _sweptAtMs;

    public CacheStore Store => store;

    public Random Random { get; } = new(1);

    /// <summary>Unix milliseconds.</summary>
    public long NowMs { get; private set; } = 1_700_000_000_000;

    /// <summary>Bytes of paths and values written so far.</summary>
    public long WrittenBytes { get; private set; }

    /// <summary>Sets an entry; what can't be taken is an error.</summary>
    public void Set(long number, int valueBytes, long lifeMs = 0)
    {
        var expiresAtMs = lifeMs == 0 ? 0 : NowMs + lifeMs;
        var set = new CacheCommand
        {
            Opcode = Opcode.Set, Path = PathOf(number), Value = Value.AsSpan(0, valueBytes), ExpiresAtMs = expiresAtMs,
        };
        var status = Execute(set);
        if (status != StatusCode.Ok) throw new InvalidOperationException($"a set of {valueBytes} bytes was {status}");
        WrittenBytes += PathBytes + valueBytes;
    }

    public bool Get(long number) => Execute(new CacheCommand { Opcode = Opcode.Get, Path = PathOf(number) })
        == StatusCode.Ok;

    public void Delete(long number) => Execute(new CacheCommand { Opcode = Opcode.Delete, Path = PathOf(number) });

    /// <summary>Lets time pass; once a second the store is swept as a leaf does it.</summary>
    public void Pass(long ms)
    {
        NowMs += ms;
        if (NowMs < _sweptAtMs + SecondMs) return;
        _sweptAtMs = NowMs;
        while (!store.Sweep(NowMs, SweepBudget))
        {
        }
    }

    /// <summary>A size of 1 to 2^<paramref name="log2"/> bytes, each power of two as often as the others.</summary>
    public int LogSize(int log2) =>
        (int)Math.Min(1 + Random.Next((1 << Random.Next(1, log2 + 1)) - 1), store.Stats().MemoryBytes / 4);

    private static byte[] Filled()
    {
        var value = new byte[ValueBytesMax];
        value.AsSpan().Fill(1);
        return value;
    }

    private StatusCode Execute(in CacheCommand command)
    {
        _output.ResetWrittenCount();
        return store.Execute(command, PathHash.OfPath(command.Path), NowMs, _output, out _);
    }

    private ReadOnlySpan<byte> PathOf(long number)
    {
        Utf8Formatter.TryFormat(number, _path.AsSpan(3), out _, new StandardFormat('D', PathBytes - 3));
        return _path;
    }
}

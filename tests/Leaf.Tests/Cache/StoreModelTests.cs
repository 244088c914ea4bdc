using System.Buffers;
using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Cache;

/// <summary>Random operations on a store and on a dictionary. The only difference allowed is to have evicted.</summary>
public sealed class StoreModelTests
{
    private static readonly Opcode[] Operations =
    [
        Opcode.Get, Opcode.Get, Opcode.Get, Opcode.Set, Opcode.Set, Opcode.Set, Opcode.Add, Opcode.Replace,
        Opcode.Append, Opcode.Prepend, Opcode.Delete, Opcode.Touch, Opcode.Increment, Opcode.CompareAndSet,
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Without_pressure_every_answer_is_the_models(int seed)
    {
        using var store = new StoreUnderTest(memoryBytes: 32 << 20, valueBytesMax: 6_000, partitions: 2);
        var run = new RandomRun(store, seed, paths: 300, valueBytesMax: 6_100);
        for (var i = 0; i < 20_000; i++) run.Step(evictionsAllowed: false);
        Assert.Equal(0, store.Stats.Evictions);
    }

    [Theory]
    [InlineData(4, 1)]
    [InlineData(5, 1)]
    [InlineData(6, 2)]
    public void Under_pressure_an_entry_is_a_miss_but_never_a_wrong_or_older_one(int seed, int partitions)
    {
        using var store = new StoreUnderTest(memoryBytes: 1 << 20, valueBytesMax: 60_000, partitions: partitions);
        var run = new RandomRun(store, seed, paths: 3_000, valueBytesMax: 60_100);
        for (var i = 0; i < 20_000; i++)
        {
            run.Step(evictionsAllowed: true);
            Assert.True(store.Stats.AllocatedBytes <= 1 << 20, $"seed {seed}, step {i}");
            if (i % 2_048 == 0) store.Store.Verify();
        }

        Assert.True(store.Stats.Evictions > 500);
    }

    [Fact]
    public void The_model_catches_a_store_that_lies()
    {
        using var store = new StoreUnderTest();
        var run = new RandomRun(store, seed: 7, paths: 1, valueBytesMax: 10);
        store.Set(RandomRun.Path(0), "behind the model's back", version: ulong.MaxValue - 1);
        Assert.ThrowsAny<Exception>(() =>
        {
            for (var i = 0; i < 100; i++) run.Step(evictionsAllowed: true);
        });
    }

    private sealed class RandomRun(StoreUnderTest store, int seed, int paths, int valueBytesMax)
    {
        private const int StoreValueSlack = 100;
        private readonly Random _random = new(seed);
        private readonly ArrayBufferWriter<byte> _expected = new();
        private readonly ModelStore _model = new(valueBytesMax - StoreValueSlack, tombstoneLifeMs: 60_000);
        private ulong _clock = (ulong)store.NowMs << HybridClock.CounterBits;
        private int _step;

        public static string Path(int number) => number % 50 == 0
            ? "/long/" + new string('x', 300 + number)
            : $"/p/{number}";

        public void Step(bool evictionsAllowed)
        {
            _step++;
            if (_random.Next(200) == 0) store.NowMs += _random.Next(20_000);
            if (_random.Next(500) == 0) store.Store.Sweep(store.NowMs, 10_000);
            var path = Path(_random.Next(paths));
            var command = Next(path);
            var before = _model.Snapshot(path);
            var status = store.Run(command);
            if (Agrees(command, status, out var difference)) return;
            Assert.True(evictionsAllowed, difference);
            _model.Restore(path, before);
            _model.Forget(path);
            Assert.True(Agrees(command, status, out difference), difference);
        }

        private CacheCommand Next(string path)
        {
            var opcode = Operations[_random.Next(Operations.Length)];
            _clock = Math.Max(_clock, (ulong)store.NowMs << HybridClock.CounterBits) + (ulong)_random.Next(3);
            var value = new byte[opcode is Opcode.Get or Opcode.Delete or Opcode.Touch ? 0 : ValueLength()];
            _random.NextBytes(value);
            if (_random.Next(4) == 0) value = Encoding.ASCII.GetBytes(_random.NextInt64().ToString());
            return new CacheCommand
            {
                Opcode = opcode,
                Path = StoreUnderTest.Bytes(path),
                Value = opcode is Opcode.Get or Opcode.Delete or Opcode.Touch or Opcode.Increment ? [] : value,
                EntryFlags = _random.Next(3) == 0 ? (uint)_random.Next() : 0,
                ExpiresAtMs = _random.Next(3) == 0 ? store.NowMs + _random.Next(-1_000, 30_000) : 0,
                Version = Version(opcode),
                CompareVersion = CompareVersion(opcode, path),
                Delta = _random.Next(2) == 0 ? _random.Next(-9, 9) : _random.NextInt64(),
                Initial = _random.Next(100),
                HasInitial = _random.Next(2) == 0,
                Mark = _random.Next(3) == 0 ? (EntryMark)_random.Next(4) : EntryMark.None,
            };
        }

        private ulong Version(Opcode opcode) => _random.Next(4) switch
        {
            0 => 0,
            1 when opcode != Opcode.Get => _clock - (ulong)_random.Next(200),
            _ => opcode == Opcode.Get ? _clock - 500 : _clock,
        };

        private ulong CompareVersion(Opcode opcode, string path)
        {
            if (opcode is Opcode.Delete or Opcode.Touch && _random.Next(2) == 0) return 0;
            var stored = _model.TryFind(path, store.NowMs, out var entry) ? entry.Version : 5;
            return _random.Next(3) == 0 ? stored + 1 : stored;
        }

        private int ValueLength() => _random.Next(4) switch
        {
            0 => _random.Next(8),
            1 or 2 => _random.Next(300),
            _ => _random.Next(valueBytesMax),
        };

        private bool Agrees(in CacheCommand command, StatusCode status, out string difference)
        {
            _expected.ResetWrittenCount();
            var expected = _model.Execute(command, store.Meta.Version, store.NowMs, _expected, out var meta);
            difference = $"seed {seed}, step {_step}: {command.Opcode} v{command.Version} was {status} with "
                + $"{store.Meta} and {store.Output.Length} bytes; the model says {expected} with {meta} and "
                + $"{_expected.WrittenCount} bytes";
            if (status != expected) return false;
            if (status == StatusCode.TooLarge) return true;
            return store.Meta == meta && store.Output.SequenceEqual(_expected.WrittenSpan);
        }
    }
}

using System.Buffers;
using System.Buffers.Binary;
using Hedgerow.Leaf.Cache;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Cache;

/// <summary>
/// Several threads on few paths; each operation is noted with the moments it began and ended, and the history of each
/// path must have an order that a single-threaded entry could have answered in (Herlihy and Wing, 1990).
/// </summary>
public sealed class LinearizabilityTests
{
    private const int Rounds = 150;
    private const int Threads = 4;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Every_paths_history_has_an_order_that_explains_it(int seed)
    {
        using var store = new CacheStore(new CacheStoreOptions { MemoryBytes = 8 << 20, Partitions = 1 });
        using var done = new CancellationTokenSource();
        var churn = Task.Factory.StartNew(
            () => Churn(store, seed, done.Token), CancellationToken.None, TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        using var recorder = new HistoryRecorder(store, seed, Threads, Rounds);
        var histories = await recorder.Run();
        await done.CancelAsync();
        await churn;
        Assert.Equal(0, store.Stats().Evictions);
        Assert.Equal(Rounds * HistoryRecorder.PathsPerRound, histories.Count);
        foreach (var history in histories)
        {
            var verdict = HistoryChecker.Explain(history);
            Assert.True(verdict is null, $"seed {seed}: {verdict}");
        }

        Assert.True(histories.Sum(h => h.Count(e => e.Overlaps)) > 0, "no two operations overlapped");
        store.Verify();
    }

    [Fact]
    public void The_checker_refuses_a_read_of_a_value_that_was_overwritten_before_it_began()
    {
        HistoryEvent[] history =
        [
            Event(HistoryOperation.Set, 0, 1, written: 7, version: 1),
            Event(HistoryOperation.Set, 3, 4, written: 8, version: 2),
            Event(HistoryOperation.Get, 5, 6, read: 7, version: 1),
        ];
        Assert.NotNull(HistoryChecker.Explain(history));
        history[2] = history[2] with { Began = 2 };
        Assert.Null(HistoryChecker.Explain(history));
    }

    [Fact]
    public void The_checker_refuses_two_increments_with_the_same_sum()
    {
        HistoryEvent[] history =
        [
            Event(HistoryOperation.Set, 0, 1, written: 7, version: 1),
            Event(HistoryOperation.Increment, 2, 5, read: 8, written: 1, version: 2),
            Event(HistoryOperation.Increment, 3, 4, read: 8, written: 1, version: 2),
        ];
        Assert.NotNull(HistoryChecker.Explain(history));
        history[2] = history[2] with { Read = 9, Version = 3 };
        Assert.Null(HistoryChecker.Explain(history));
    }

    /// <summary>Overwrites other paths of the same partition, so that records move and the index grows and shrinks.
    /// </summary>
    private static void Churn(CacheStore store, int seed, CancellationToken stop)
    {
        var random = new Random(seed);
        var output = new ArrayBufferWriter<byte>();
        Span<byte> path = stackalloc byte[8];
        var value = new byte[1_200];
        for (var i = 0; !stop.IsCancellationRequested; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(path, random.Next(2_000));
            var command = new CacheCommand
            {
                Opcode = Opcode.Set,
                Path = path,
                Value = value.AsSpan(0, random.Next(value.Length)),
                ExpiresAtMs = random.Next(3) == 0 ? 500 : 0,
            };
            store.Execute(command, PathHash.OfPath(path), 100, output, out _);
            if (i % 50 == 0) store.Sweep(1_000, 500);
        }
    }

    private static HistoryEvent Event(
        HistoryOperation operation, long began, long ended, long read = 0, long written = 0, ulong version = 0) =>
        new()
        {
            Operation = operation,
            Began = began,
            Ended = ended,
            IsOk = true,
            Read = read,
            Written = written,
            Version = version,
        };
}

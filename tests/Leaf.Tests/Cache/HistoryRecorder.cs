using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Hedgerow.Leaf.Cache;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Cache;

/// <summary>Threads that run random operations, round by round on new paths, and note what each saw.</summary>
internal sealed class HistoryRecorder(CacheStore store, int seed, int threads, int rounds) : IDisposable
{
    public const int PathsPerRound = 2;
    private const int OperationsPerRound = 24;
    private const long NowMs = 1_000;
    private readonly Barrier _together = new(threads);
    private long _clock;

    /// <summary>The histories of all paths.</summary>
    public async Task<IReadOnlyList<HistoryEvent[]>> Run()
    {
        var tasks = Enumerable.Range(0, threads).Select(thread => Task.Factory.StartNew(
            () => RunThread(thread), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));
        var all = await Task.WhenAll(tasks);
        return all.SelectMany(e => e).GroupBy(e => e.Path, e => e.Event).Select(Mark).ToArray();
    }

    public void Dispose() => _together.Dispose();

    private static HistoryEvent[] Mark(IEnumerable<HistoryEvent> events)
    {
        var history = events.OrderBy(e => e.Began).ToArray();
        long latest = 0;
        foreach (var each in history)
        {
            each.Overlaps = each.Began < latest;
            latest = Math.Max(latest, each.Ended);
        }

        return history;
    }

    private List<(int Path, HistoryEvent Event)> RunThread(int thread)
    {
        var caller = new Caller(store, new Random((seed * 100) + thread));
        var events = new List<(int Path, HistoryEvent Event)>(rounds * OperationsPerRound);
        for (var round = 0; round < rounds; round++)
        {
            _together.SignalAndWait();
            for (var i = 0; i < OperationsPerRound; i++)
            {
                var path = (round * PathsPerRound) + caller.Random.Next(PathsPerRound);
                var began = Interlocked.Increment(ref _clock);
                var seen = caller.Run(path);
                events.Add((path, seen with { Began = began, Ended = Interlocked.Increment(ref _clock) }));
            }
        }

        return events;
    }

    private sealed class Caller(CacheStore store, Random random)
    {
        private readonly ArrayBufferWriter<byte> _output = new(64);
        private ulong _lastVersion;
        private long _lastWritten;

        public Random Random => random;

        public HistoryEvent Run(int path)
        {
            var operation = (HistoryOperation)random.Next(6);

            // Lengths of one to ten digits: some fit where the last value lies, some do not.
            var written = operation == HistoryOperation.Increment
                ? random.Next(1, 4)
                : (long)Math.Pow(10, random.Next(1, 10)) + ++_lastWritten;
            var command = new CacheCommand
            {
                Opcode = operation switch
                {
                    HistoryOperation.Get => Opcode.Get,
                    HistoryOperation.Set => Opcode.Set,
                    HistoryOperation.CompareAndSet => Opcode.CompareAndSet,
                    HistoryOperation.Delete => Opcode.Delete,
                    HistoryOperation.Increment => Opcode.Increment,
                    _ => Opcode.Touch,
                },
                Path = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"/history/{path}")),
                Value = Encoding.UTF8.GetBytes(written.ToString(CultureInfo.InvariantCulture)),
                CompareVersion = operation == HistoryOperation.CompareAndSet ? Math.Max(1, _lastVersion) : 0,
                Delta = written,
                ExpiresAtMs = operation == HistoryOperation.Touch && random.Next(2) == 0 ? NowMs + 1_000_000 : 0,
            };
            _output.ResetWrittenCount();
            var status = store.Execute(command, PathHash.OfPath(command.Path), NowMs, _output, out var meta);
            var isOk = status == StatusCode.Ok;
            if (meta.Version != 0) _lastVersion = meta.Version;
            return new HistoryEvent
            {
                Operation = operation,
                Began = 0,
                Ended = 0,
                IsOk = isOk,
                Read = isOk && Utf8Parser.TryParse(_output.WrittenSpan, out long value, out _) ? value : 0,
                Written = written,
                Compared = command.CompareVersion,
                Version = isOk ? meta.Version : 0,
            };
        }
    }
}

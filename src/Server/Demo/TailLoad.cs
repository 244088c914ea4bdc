using HdrHistogram;
using Hedgerow.Router;

namespace Hedgerow.Server.Demo;

/// <summary>What one load measured. Latencies are in microseconds, from the moment a request was due.</summary>
internal sealed record TailResult(HistogramBase Latencies, long Requests, long Failures, RouterCounters Counters)
{
    /// <summary>Second copies sent, as a share of the requests.</summary>
    public double ExtraShare => Requests == 0 ? 0 : (double)Counters.HedgesSent / Requests;

    /// <summary>Latency at a percentile, 0 to 100, in milliseconds.</summary>
    public double Milliseconds(double percentile) => Latencies.GetValueAtPercentile(percentile) / 1_000.0;
}

/// <summary>
/// An open-loop load: reads fall due every millisecond, whether or not earlier ones were answered, and a late start
/// counts as latency. A stall therefore shows in every read that fell into it, as users would see it.
/// </summary>
internal sealed class TailLoad
{
    // Reads waiting for an answer; past it a read counts as failed, so that a dead cluster can't fill the memory.
    private const long InFlightMax = 20_000;
    private const long LatencyMicrosMax = 60_000_000;
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);
    private readonly HedgerowClient _client;
    private readonly string[] _paths;
    private readonly int _readsPerTick;
    private readonly TimeProvider _time;
    private readonly LongConcurrentHistogram _latencies = new(1, LatencyMicrosMax, numberOfSignificantValueDigits: 3);
    private long _failures;
    private long _inFlight;
    private long _sent;

    /// <summary>A load of so many reads a second over these paths, in turn.</summary>
    public TailLoad(HedgerowClient client, string[] paths, int readsPerSecond, TimeProvider time)
    {
        _client = client;
        _paths = paths;
        _readsPerTick = Math.Max(1, readsPerSecond / 1_000);
        _time = time;
    }

    /// <summary>Runs for a while without measuring, then for a while with.</summary>
    public async Task<TailResult> RunAsync(TimeSpan warmUp, TimeSpan duration, CancellationToken cancel)
    {
        await SendAsync(warmUp, cancel);
        _latencies.Reset();
        _failures = _sent = 0;
        var before = _client.Counters;
        await SendAsync(duration, cancel);
        return new TailResult(_latencies, _sent, _failures, Since(before, _client.Counters));
    }

    /// <summary>Sends from a thread of its own, which no busy pool holds up, and waits for the last answer.</summary>
    private async Task SendAsync(TimeSpan duration, CancellationToken cancel)
    {
        var sent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            SendAll((int)(duration / Tick), cancel);
            sent.SetResult();
        })
        {
            IsBackground = true, Name = "demo load",
        };
        thread.Start();
        await sent.Task;
        while (Interlocked.Read(ref _inFlight) > 0) await Task.Delay(Tick, _time, cancel);
        cancel.ThrowIfCancellationRequested();
    }

    private void SendAll(int ticks, CancellationToken cancel)
    {
        var started = _time.GetTimestamp();
        for (var tick = 0; tick < ticks && !cancel.IsCancellationRequested; tick++)
        {
            var due = Tick * tick;

            // Not a sleep: that is good to a millisecond at best, which would be most of what is measured.
            while (_time.GetElapsedTime(started) < due) Thread.Yield();
            for (var i = 0; i < _readsPerTick; i++) Send(_paths[_sent++ % _paths.Length], started, due, cancel);
        }
    }

    private void Send(string path, long started, TimeSpan due, CancellationToken cancel)
    {
        if (Interlocked.Read(ref _inFlight) >= InFlightMax)
        {
            Interlocked.Increment(ref _failures);
            return;
        }

        Interlocked.Increment(ref _inFlight);
        _ = ReadAsync(path, started, due, cancel);
    }

    private async Task ReadAsync(string path, long started, TimeSpan due, CancellationToken cancel)
    {
        try
        {
            using var entry = await _client.GetAsync(path, cancel).ConfigureAwait(false);
            if (!entry.Found) Interlocked.Increment(ref _failures);
        }
        catch (Exception failure) when (failure is HedgerowException or OperationCanceledException)
        {
            Interlocked.Increment(ref _failures);
        }

        var micros = (long)(_time.GetElapsedTime(started) - due).TotalMicroseconds;
        _latencies.RecordValue(Math.Clamp(micros, 1, LatencyMicrosMax));
        Interlocked.Decrement(ref _inFlight);
    }

    private static RouterCounters Since(RouterCounters before, RouterCounters after) => new(
        after.Requests - before.Requests,
        after.HedgesSent - before.HedgesSent,
        after.HedgesWon - before.HedgesWon,
        after.HedgesCancelled - before.HedgesCancelled,
        after.HedgesDenied - before.HedgesDenied,
        after.Retries - before.Retries);
}

using System.Threading.Channels;
using Hedgerow.LoadGen.Measuring;

namespace Hedgerow.LoadGen.Running;

/// <summary>Hears of stretches of time as they end, one after the other.</summary>
internal interface IIntervalObserver
{
    /// <summary>One more.</summary>
    void Observe(Interval interval);
}

/// <summary>
/// Hands stretches from the sending thread to those who write or show them, on a thread of their own, so that the
/// sender is not held up. Without observers it does nothing.
/// </summary>
internal sealed class IntervalFeed : IAsyncDisposable
{
    private readonly Channel<Interval>? _channel;
    private readonly Task _pump = Task.CompletedTask;

    public IntervalFeed(IReadOnlyList<IIntervalObserver> observers)
    {
        if (observers.Count == 0) return;
        // As many as a run has stretches: bounded by RunRequest.IntervalsMax a run, and drained all the time.
        _channel = Channel.CreateUnbounded<Interval>(new UnboundedChannelOptions { SingleReader = true });
        _pump = PumpAsync(_channel.Reader, observers);
    }

    /// <summary>From the sending thread.</summary>
    public void Take(Interval interval) => _channel?.Writer.TryWrite(interval);

    /// <summary>Returns when all has been handed over.</summary>
    public async ValueTask DisposeAsync()
    {
        _channel?.Writer.TryComplete();
        await _pump;
    }

    private static async Task PumpAsync(ChannelReader<Interval> reader, IReadOnlyList<IIntervalObserver> observers)
    {
        await Task.Yield();
        await foreach (var interval in reader.ReadAllAsync())
            foreach (var observer in observers) observer.Observe(interval);
    }
}

using Hedgerow.Leaf.Scheduling;

namespace Hedgerow.Leaf.Faults;

/// <summary>Serves a request that was held back.</summary>
internal delegate void ServeLate(in Request request, ReadOnlySpan<byte> body);

/// <summary>
/// A request that a fault holds back: no thread waits for it, only a timer. It does not count as queued: the leaf
/// reports a stall as the time of service that it looks like.
/// </summary>
internal sealed class DelayedRequest(
    in Request request, ReadOnlySpan<byte> body, PendingContext context, ServeLate serve)
    : PendingRequest(request, body, context, isQueued: false)
{
    /// <summary>Requests held back at once; past it they are refused. 65,536: 10,000 a second delayed by 6 s.</summary>
    public const int CountMax = 65_536;

    private ITimer? _timer;

    /// <summary>Begins to wait.</summary>
    public void Start(TimeSpan delay)
    {
        var timer = Clock.Time.CreateTimer(
            static state => ((DelayedRequest)state!).Run(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer = timer;
        timer.Change(delay, Timeout.InfiniteTimeSpan);
    }

    public override void Hurry() => Run();

    protected override void Serve()
    {
        _timer?.Dispose();
        Unlist();
        serve(Request, Body.Span);
        HandOver();
    }

    protected override void OnCancelWhileWaiting() => _timer?.Dispose();
}

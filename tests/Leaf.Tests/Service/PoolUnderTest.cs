using System.Collections.Concurrent;
using Hedgerow.Leaf.Metrics;
using Hedgerow.Leaf.Scheduling;
using Hedgerow.Leaf.Tests.Durability;
using Hedgerow.Protocol;
using Microsoft.Extensions.Time.Testing;

namespace Hedgerow.Leaf.Tests.Service;

/// <summary>A search pool of one thread with a peer, work made of actions, and a clock that stands still.</summary>
internal sealed class PoolUnderTest : IDisposable
{
    private readonly ConcurrentQueue<uint> _served = new();
    private readonly PendingContext _context;

    public PoolUnderTest(int queueMax, ShedOptions? shed = null, BackgroundThrottle? throttle = null)
    {
        Clock = new LeafClock(Time);
        _context = new PendingContext(Clock, new Replier(Clock, new LeafMetrics()), InFlight, Log);
        Pool = new SearchPool("test", 1, queueMax, Clock, shed ?? new ShedOptions(), throttle: throttle);
    }

    public FakeTimeProvider Time { get; } = new();

    public LeafClock Clock { get; }

    public LogLines Log { get; } = new();

    public InFlight InFlight { get; } = new();

    public RecordingSink Sink { get; } = new();

    public SearchPool Pool { get; }

    public IEnumerable<int> Served => _served.Where(id => id < 1_000).Select(id => (int)id);

    public void Submit(
        uint id, uint deadlineMicros = 0, TimeSpan takes = default, bool fails = false) =>
        Pool.Enqueue(new Work(RequestOf(id, deadlineMicros), _context, Pool, () =>
        {
            _served.Enqueue(id);
            Time.Advance(takes);
            if (fails) throw new InvalidOperationException("made to fail");
        }));

    /// <summary>A request of a write lane.</summary>
    public PendingRequest Piece(uint id, uint deadlineMicros = 0, Action? action = null) =>
        new Work(RequestOf(id, deadlineMicros), _context, Pool, () =>
        {
            _served.Enqueue(id);
            action?.Invoke();
        });

    public void Advance(double ms) => Time.Advance(TimeSpan.FromMilliseconds(ms));

    /// <summary>Keeps the only thread busy until released.</summary>
    public SemaphoreSlim Occupy(uint id = 1_000)
    {
        using var started = new ManualResetEventSlim();
        var release = new SemaphoreSlim(0);
        Pool.Enqueue(new Work(RequestOf(id, 0, Opcode.Scan), _context, Pool, () =>
        {
            started.Set();
            release.Wait();
        }));
        started.Wait();
        return release;
    }

    public void Dispose() => Pool.Dispose();

    private Request RequestOf(uint id, uint deadlineMicros, Opcode opcode = Opcode.Search) => new(
        new RequestHeader { Opcode = opcode, RequestId = id, DeadlineMicros = deadlineMicros }, Sink,
        Time.GetTimestamp());

    private sealed class Work(in Request request, PendingContext context, SearchPool pool, Action action)
        : PendingRequest(request, [], context), ILaneWork
    {
        protected override void Serve()
        {
            action();
            Finish(StatusCode.Ok, 0, []);
        }

        protected override void OnCancelWhileWaiting() => pool.Remove(this);
    }
}

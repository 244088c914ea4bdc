using Hedgerow.Protocol;

namespace Hedgerow.Router;

#pragma warning disable CA1001 // Its source of cancellation has no timer to free, and a late alarm may still come.
/// <summary>
/// Ends the wait for the last shards of one scatter: once so many have answered well that the coverage will do, the
/// others get as long as the slowest of those took, times a factor. Thread-safe; disposed when the scatter is over.
/// </summary>
/// <remarks>
/// "Good enough" results (Dean and Barroso, "The Tail at Scale", CACM 2013). The bound is taken from this very scatter,
/// so that a dear query waits longer than a cheap one and a slow hour longer than a quick one. It is not below
/// <see cref="RouterOptions.SearchStragglerMin"/>, for a factor of next to nothing says nothing; nor above the phase's
/// own end.
/// </remarks>
internal sealed class Stragglers : WheelEntry, IDisposable
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _giveUp = new();
    private readonly CancellationTokenRegistration _registration;
    private readonly CallServices _services;
    private readonly int _shards;
    private readonly int _enough;
    private readonly long _startedAt;
    private int _answered;
    private long _endAt = long.MaxValue;

    private Stragglers(CallServices services, int shards, int enough, CancellationToken cancel)
    {
        _services = services;
        _shards = shards;
        _enough = enough;
        _startedAt = services.Clock.Now;
        _registration = cancel.UnsafeRegister(static giveUp => ((CancellationTokenSource)giveUp!).Cancel(), _giveUp);
    }

    /// <summary>Cancelled when nobody waits any more: the caller has left, or the others are enough.</summary>
    public CancellationToken GivenUp => _giveUp.Token;

    /// <summary>For one scatter; null when all shards are waited for.</summary>
    public static Stragglers? Of(
        CallServices services, SearchRequest request, int shards, CancellationToken cancel)
    {
        var enough = (int)Math.Ceiling((request.CoverageMin ?? services.Options.SearchCoverageMin) * shards);
        return request.AllowPartial && enough < shards
            ? new Stragglers(services, shards, Math.Max(1, enough), cancel)
            : null;
    }

    /// <summary>One more shard has answered well.</summary>
    public void Answered()
    {
        lock (_gate)
        {
            if (++_answered < _enough || _answered == _shards) return;
            var slowest = _services.Clock.Now - _startedAt;
            var least = _services.Clock.Ticks(_services.Options.SearchStragglerMin);
            _endAt = _startedAt + Math.Max(least, (long)(slowest * _services.Options.SearchStragglerFactor));
            _services.Wheel.Schedule(this, _endAt);
        }
    }

    /// <summary>The answer in place of one that was not waited for.</summary>
    public Reply Missing(int shard)
    {
        _services.Counters.Count(RouterCounter.Stragglers);
        return RouterReply.Error(
            StatusCode.DeadlineExceeded,
            $"Shard {shard} was not waited for: {_answered} of {_shards} had answered, {_enough} were enough.");
    }

    /// <inheritdoc/>
    public override void OnWheel()
    {
        lock (_gate)
        {
            if (_endAt == long.MaxValue) return;
            if (_services.Clock.Now < _endAt)
            {
                _services.Wheel.Schedule(this, _endAt);
                return;
            }

            _endAt = long.MaxValue;
        }

        _giveUp.Cancel();
    }

    public void Dispose()
    {
        _registration.Unregister();
        lock (_gate) _endAt = long.MaxValue;
    }
}

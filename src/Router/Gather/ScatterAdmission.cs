namespace Hedgerow.Router;

/// <summary>
/// Refuses searches as a whole, before any shard is asked, while leaves refuse their parts. Thread-safe.
/// </summary>
/// <remarks>
/// A search needs every shard. Where each of four shards serves one request in three, and each chooses for itself
/// which, next to no search is whole, and all that is served is served for nothing: refused clients ask again, and the
/// cluster stays down at full work. So the choice is made once, here. Client-side throttling as in "Handling Overload"
/// (Beyer and others, Site Reliability Engineering, 2016, chapter 21):
/// <code>
///   chance of refusal = (begun + refused here - factor x whole) / (begun + refused here + 1), and at least 0
/// </code>
/// over the last moments, in which news fades by half each second. Whole is what no shard refused. So what is sent is
/// at most a factor above what the shards take up, whatever clients ask for, and as soon as nothing is refused all is
/// sent. A shard that is dead or late refuses nothing, and is no reason to refuse a search.
/// </remarks>
internal sealed class ScatterAdmission
{
    private const double Factor = 1.5;

    /// <summary>Below so many nothing is refused: chance.</summary>
    private const double BegunMin = 20;

    private static readonly TimeSpan HalfLife = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly SplitMix _random;
    private readonly bool _isOn;
    private readonly double _halfLivesPerTick;
    private double _asked;
    private double _whole;
    private long _at;

    public ScatterAdmission(CallServices services)
    {
        _random = services.Random;
        _isOn = services.Options.SearchAdmission;
        _halfLivesPerTick = 1.0 / services.Clock.Ticks(HalfLife);
        _at = services.Clock.Now;
    }

    /// <summary>Whether a search may begin. One that may not is over.</summary>
    public bool TryAdmit(long now)
    {
        if (!_isOn) return true;
        lock (_gate)
        {
            Fade(now);
            var chance = (_asked - (Factor * _whole)) / (_asked + 1);
            if (_asked < BegunMin || chance <= 0 || !_random.Chance(chance)) return true;
            _asked++;
            return false;
        }
    }

    /// <summary>A round of requests to all shards is over.</summary>
    /// <param name="now">The clock's ticks.</param>
    /// <param name="isRefused">A shard refused its part, for want of room.</param>
    public void Ended(long now, bool isRefused)
    {
        if (!_isOn) return;
        lock (_gate)
        {
            Fade(now);
            _asked++;
            if (!isRefused) _whole++;
        }
    }

    private void Fade(long now)
    {
        if (now <= _at) return;
        var share = double.Exp2((_at - now) * _halfLivesPerTick);
        _asked *= share;
        _whole *= share;
        _at = now;
    }
}

using Hedgerow.Protocol;

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
///   chance of refusal = (begun + refused here - factor x served) / (begun + refused here + 1), from 0 to 0.95
/// </code>
/// over the last moments, in which news fades by half each second. Served is a round that no shard refused its part of;
/// and, where a part of an answer will do, one of which no more than half of the shards did: of a hundred shards one
/// that is hot costs a hundredth of each answer, and no search. So what is sent is at most a factor above what the
/// shards take up, whatever clients ask for. One search in twenty is sent however many are refused: when shards serve
/// again, what is sent grows from there by the factor in each fading of the news, so that all of it is sent within
/// about ten seconds, whatever clients asked for meanwhile. A shard that is dead or late refuses nothing, and is no
/// reason to refuse a search.
/// </remarks>
internal sealed class ScatterAdmission
{
    private const double Factor = 1.5;

    /// <summary>Below so many nothing is refused: chance.</summary>
    private const double BegunMin = 20;

    /// <summary>Some are sent in any case: nothing else tells that shards serve again.</summary>
    private const double ChanceMax = 0.95;

    private static readonly TimeSpan HalfLife = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly CounterSet _counters;
    private readonly SplitMix _random;
    private readonly bool _isOn;
    private readonly double _halfLivesPerTick;
    private double _asked;
    private double _served;
    private long _at;

    public ScatterAdmission(CallServices services)
    {
        _counters = services.Counters;
        _random = services.Random;
        _isOn = services.Options.SearchAdmission;
        _halfLivesPerTick = 1.0 / services.Clock.Ticks(HalfLife);
        _at = services.Clock.Now;
    }

    /// <summary>Whether a search may begin. One that may not is over.</summary>
    public bool TryAdmit(long now, out Reply refusal)
    {
        refusal = default;
        if (!_isOn) return true;
        lock (_gate)
        {
            Fade(now);
            var chance = Math.Min(ChanceMax, (_asked - (Factor * _served)) / (_asked + 1));
            if (_asked < BegunMin || chance <= 0 || !_random.Chance(chance)) return true;
            _asked++;
        }

        _counters.Count(RouterCounter.SearchesRefused);
        refusal = RouterReply.Error(
            StatusCode.Overloaded,
            "Leaves refuse parts of too many searches; this one was not begun. Try again later.");
        return false;
    }

    /// <summary>A round of requests to all shards is over.</summary>
    /// <param name="now">The clock's ticks.</param>
    /// <param name="replies">Of all shards; one that has no room for its part is Overloaded.</param>
    /// <param name="allowsPartial">Whether an answer without some shards will do.</param>
    public void Ended(long now, Reply[] replies, bool allowsPartial)
    {
        if (!_isOn) return;
        var refused = replies.Count(static reply => reply.Status == StatusCode.Overloaded);
        lock (_gate)
        {
            Fade(now);
            _asked++;
            if (refused == 0 || (allowsPartial && 2 * refused <= replies.Length)) _served++;
        }
    }

    private void Fade(long now)
    {
        if (now <= _at) return;
        var share = double.Exp2((_at - now) * _halfLivesPerTick);
        _asked *= share;
        _served *= share;
        _at = now;
    }
}

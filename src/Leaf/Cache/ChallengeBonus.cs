namespace Hedgerow.Leaf.Cache;

/// <summary>
/// By how many uses less than the entry of main that it challenges a new entry may have and still win: 0, or a few
/// while main holds what nobody asks for any more.
/// </summary>
/// <remarks>
/// Frequency outlives its cause: after a change of what is used, old favourites turn away what is new. It shows in the
/// ghosts: many of those turned away come back soon, and few of those evicted from main. Both count only within four
/// fifths of a turnover. While the bonus is given, what main loses comes back more often; when that becomes much more
/// than what is turned away the bonus was wrong, and each time it is longer until the next. If nearly all that is
/// turned away comes back it is a loop, in which a bonus would be ruin. In a cache of few entries such shares are told
/// by a handful of returns: it has none. The constants come from a search over the P traces, looking at the others.
/// Guarded by its partition's gate.
/// </remarks>
internal sealed class ChallengeBonus
{
    /// <summary>Entries below which there is no bonus.</summary>
    public const long EntriesMin = 8_192;

    /// <summary>The bonus, when there is one.</summary>
    public const int UsesMax = 3;

    /// <summary>What counts as soon: this share of the entries, in evictions.</summary>
    private const double SoonShare = 0.8;

    /// <summary>Shares of the turned away that come back between which it is considered.</summary>
    private const double ReturnsMin = 0.2;
    private const double ReturnsMax = 0.75;

    /// <summary>It is given when those come back so many times as often as what main loses, and taken back when they
    /// do so many times less often.</summary>
    private const double GiveRatio = 2;
    private const double TakeRatio = 3;

    /// <summary>Where main has lost little: so many more, a share of the entries, of which so many came back.</summary>
    private const double PriorShare = 0.02;
    private const double PriorReturns = 0.2;

    /// <summary>Kept of the counts from period to period.</summary>
    private const double Memory = 0.75;
    private const int PauseMax = 256;
    private const int SettledPeriods = 8;

    private double _turnedAway;
    private double _turnedAwayReturns;
    private double _lost;
    private double _lostReturns;
    private int _periods;
    private int _wait;
    private int _pause = 1;

    /// <summary>Uses to be added to a challenger's.</summary>
    public int Uses { get; private set; }

    /// <summary>Counts who won.</summary>
    public void CountDuel(bool challengerWon)
    {
        if (challengerWon) _lost++;
        else _turnedAway++;
    }

    /// <summary>Counts a path that came back.</summary>
    /// <param name="fromMain">The queue it had been evicted from.</param>
    /// <param name="age">Evictions since.</param>
    /// <param name="entries">Entries now.</param>
    /// <param name="weight">Paths that it stands for.</param>
    public void CountReturn(bool fromMain, long age, long entries, int weight)
    {
        if (age > SoonShare * entries) return;
        if (fromMain) _lostReturns += weight;
        else _turnedAwayReturns += weight;
    }

    /// <summary>A quarter of the entries has arrived since the last time.</summary>
    public void Reconsider(long entries)
    {
        if (entries < EntriesMin)
        {
            Uses = 0;
            return;
        }

        var prior = PriorShare * entries;
        var turnedAway = _turnedAwayReturns / Math.Max(1, _turnedAway);
        var lost = (_lostReturns + (prior * PriorReturns)) / (_lost + prior);
        if (_wait > 0) _wait--;
        if (Uses != 0) LookWhetherWrong(turnedAway, lost);
        else if (_wait == 0 && _turnedAway >= 4 * prior && IsStale(turnedAway, lost)) Give();
        _turnedAway *= Memory;
        _turnedAwayReturns *= Memory;
        _lost *= Memory;
        _lostReturns *= Memory;
    }

    private static bool IsStale(double turnedAway, double lost) =>
        turnedAway is > ReturnsMin and < ReturnsMax && turnedAway > GiveRatio * lost;

    private void Give()
    {
        Uses = UsesMax;
        _periods = 0;
        _lost *= Memory;
        _lostReturns *= Memory;
    }

    private void LookWhetherWrong(double turnedAway, double lost)
    {
        _periods++;
        if (lost > TakeRatio * turnedAway || turnedAway > ReturnsMax)
        {
            Uses = 0;
            _wait = _pause;
            _pause = Math.Min(PauseMax, _pause * 2);
        }
        else if (_periods > SettledPeriods)
        {
            _pause = Math.Max(1, _pause / 2);
        }
    }
}

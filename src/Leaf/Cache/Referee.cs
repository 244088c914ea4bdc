namespace Hedgerow.Leaf.Cache;

/// <summary>Whom a <see cref="Referee"/> favours.</summary>
internal enum Favour
{
    /// <summary>What is used more often than what it challenges.</summary>
    Frequent,

    /// <summary>That, what is used as often, and whatever has been seen before: nearly recency, for when old favourites
    /// are not asked for.</summary>
    Known,
}

/// <summary>Says whether a challenger may have the place of an entry of main.</summary>
/// <remarks>
/// Two exceptions by chance. Ahead by one it wins every other time: else, in a loop, each member that comes back takes
/// the place of the next to come, and so all round. And one in 128 of those used often wins in any case: no path can
/// hold its place for ever by what it was worth once. Guarded by its partition's gate.
/// </remarks>
internal struct Referee()
{
    /// <summary>A frequency above it counts as often.</summary>
    private const int OftenUsed = 5;

    /// <summary>A frequency from which on a challenger was seen before it came.</summary>
    private const int KnownUses = 2;

    private uint _luck = 1;

    /// <param name="favour">Whom.</param>
    /// <param name="own">How often the challenger was used.</param>
    /// <param name="other">How often the entry of main was used.</param>
    /// <param name="victims">Entries like that one that would have to go, 1 or more.</param>
    public bool Prefers(Favour favour, int own, int other, double victims)
    {
        _luck ^= _luck << 13;
        _luck ^= _luck >> 17;
        _luck ^= _luck << 5;
        if (favour == Favour.Known && own >= KnownUses * victims) return true;
        var raised = favour == Favour.Known ? own + 1 : own;
        var wins = raised > other * victims;
        if (wins && (raised != other + 1 || (_luck & 256) != 0)) return true;
        return own > OftenUsed && (_luck & 127) == 0;
    }
}

namespace Hedgerow.Router;

/// <summary>
/// Which of an ordered stream of items are settled, when they settle in any order: the first so many that all are. A
/// ring of flags that grows to the items between the first unsettled one and the last. Not thread-safe.
/// </summary>
internal sealed class SettledWindow
{
    private bool[] _ring = new bool[1_024];

    /// <summary>The first so many items are all settled.</summary>
    public long SettledUpTo { get; private set; }

    public void Settle(long item)
    {
        while (item - SettledUpTo >= _ring.Length) Grow();
        _ring[item % _ring.Length] = true;
        while (_ring[SettledUpTo % _ring.Length])
        {
            _ring[SettledUpTo % _ring.Length] = false;
            SettledUpTo++;
        }
    }

    private void Grow()
    {
        var grown = new bool[_ring.Length * 2];
        for (var item = SettledUpTo; item < SettledUpTo + _ring.Length; item++)
            grown[item % grown.Length] = _ring[item % _ring.Length];
        _ring = grown;
    }
}

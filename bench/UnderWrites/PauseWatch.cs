using System.Globalization;

namespace Hedgerow.Bench.UnderWrites;

/// <summary>
/// What the collector did meanwhile: how often, how long in all, the longest pause seen, what was allocated, and what a
/// collection found alive and kept, which is what makes it long.
/// </summary>
internal sealed class PauseWatch
{
    private readonly int[] _collections = new int[3];
    private TimeSpan _total;
    private TimeSpan _longest;
    private int[] _before = Counts();
    private TimeSpan _pausedBefore;
    private int _seen;
    private long _allocated;
    private long _allocatedBefore;
    private long _promoted;
    private int _looked;

    /// <summary>Counts from here on.</summary>
    public void Begin()
    {
        _before = Counts();
        _pausedBefore = GC.GetTotalPauseDuration();
        _allocatedBefore = GC.GetTotalAllocatedBytes();
        _seen = _before[0];
    }

    /// <summary>Looks whether there was another collection; called often, by one thread.</summary>
    public void Look()
    {
        var count = GC.CollectionCount(0);
        if (count == _seen) return;
        _seen = count;
        var last = GC.GetGCMemoryInfo(GCKind.Any);
        foreach (var pause in last.PauseDurations)
            if (pause > _longest) _longest = pause;
        _promoted += last.PromotedBytes;
        _looked++;
    }

    /// <summary>Adds what was since <see cref="Begin"/>.</summary>
    public void End()
    {
        var now = Counts();
        for (var i = 0; i < now.Length; i++) _collections[i] += now[i] - _before[i];
        _allocated += GC.GetTotalAllocatedBytes() - _allocatedBefore;
        _total += GC.GetTotalPauseDuration() - _pausedBefore;
    }

    /// <summary>Milliseconds in all and longest; collections of the generations 0, 1 and 2; MB allocated; MB kept by a
    /// collection, on the mean.</summary>
    public string Cells() => string.Create(
        CultureInfo.InvariantCulture,
        $"{_total.TotalMilliseconds:F0} | {_longest.TotalMilliseconds:F1} | {string.Join('/', Each())} "
        + $"| {_allocated / 1e6:F1} | {_promoted / 1e6 / Math.Max(1, _looked):F2}");

    private IEnumerable<int> Each() =>
        [_collections[0] - _collections[1], _collections[1] - _collections[2], _collections[2]];

    private static int[] Counts() => [GC.CollectionCount(0), GC.CollectionCount(1), GC.CollectionCount(2)];
}

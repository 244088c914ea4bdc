namespace Hedgerow.Leaf.Tests.Cache;

internal enum HistoryOperation
{
    Get,
    Set,
    CompareAndSet,
    Delete,
    Increment,
    Touch,
}

/// <summary>One operation on one path as its caller saw it. Values are numbers.</summary>
internal sealed record HistoryEvent
{
    public required HistoryOperation Operation { get; init; }

    /// <summary>Ticks of one clock that all threads share: each reading is another.</summary>
    public required long Began { get; init; }

    public required long Ended { get; init; }

    public required bool IsOk { get; init; }

    /// <summary>The value got, or an increment's sum.</summary>
    public long Read { get; init; }

    /// <summary>The value set, or an increment's delta.</summary>
    public long Written { get; init; }

    /// <summary>What a CompareAndSet compares with.</summary>
    public ulong Compared { get; init; }

    /// <summary>The version answered; 0 when none is known.</summary>
    public ulong Version { get; init; }

    public bool Overlaps { get; set; }
}

/// <summary>
/// Looks for an order of a path's operations that respects time and that one entry, served one operation at a time,
/// would have answered likewise: the search of Wing and Gong (Testing and verifying concurrent objects, 1993), with
/// Lowe's memory of states already seen (2017).
/// </summary>
internal static class HistoryChecker
{
    /// <summary>Bits of the set of done operations.</summary>
    public const int EventsMax = 128;

    /// <summary>Null when there is an order; else the history.</summary>
    public static string? Explain(IReadOnlyList<HistoryEvent> history)
    {
        if (history.Count > EventsMax) throw new ArgumentException($"{history.Count} events are too many.");
        var events = history.OrderBy(e => e.Began).ToArray();
        var seen = new HashSet<(UInt128, EntryModel)>();
        return Search(events, 0, default, seen) ? null : string.Join(Environment.NewLine, (object[])events);
    }

    private static bool Search(
        HistoryEvent[] events, UInt128 done, EntryModel entry, HashSet<(UInt128 Done, EntryModel Entry)> seen)
    {
        var earliestEnd = long.MaxValue;
        for (var i = 0; i < events.Length; i++)
        {
            if ((done >> i & 1) == 0) earliestEnd = Math.Min(earliestEnd, events[i].Ended);
        }

        if (earliestEnd == long.MaxValue) return true;
        for (var i = 0; i < events.Length && events[i].Began < earliestEnd; i++)
        {
            if ((done >> i & 1) != 0 || !entry.TryApply(events[i], out var next)) continue;
            var doneThen = done | (UInt128.One << i);
            if (seen.Add((doneThen, next)) && Search(events, doneThen, next, seen)) return true;
        }

        return false;
    }

    /// <summary>
    /// An entry served by one thread. Each write's version is above the last, also a delete's, which leaves it behind;
    /// nothing is evicted or expires.
    /// </summary>
    private readonly record struct EntryModel(bool IsLive, long Value, ulong Version)
    {
        public bool TryApply(HistoryEvent e, out EntryModel next)
        {
            next = this;
            if (e.Operation == HistoryOperation.Get)
                return e.IsOk == IsLive && (!IsLive || (e.Read == Value && e.Version == Version));
            var isExpected = e.Operation switch
            {
                HistoryOperation.Set => true,
                HistoryOperation.CompareAndSet => IsLive && e.Compared == Version,
                _ => IsLive,
            };
            if (e.IsOk != isExpected) return false;
            if (!e.IsOk) return true;
            next = e.Operation switch
            {
                HistoryOperation.Delete => default,
                HistoryOperation.Touch => this,
                HistoryOperation.Increment => this with { Value = Value + e.Written },
                _ => new EntryModel { IsLive = true, Value = e.Written },
            };
            next = next with { Version = e.Version };
            return e.Version > Version && (e.Operation != HistoryOperation.Increment || e.Read == next.Value);
        }
    }
}

using System.Numerics;

namespace Hedgerow.Router;

/// <summary>
/// Wakes calls when their time has come: one timer of the injected time for all of them, because a timer each costs
/// more than the rest of a request. Thread-safe.
/// </summary>
/// <remarks>
/// A hashed wheel (Varghese and Lauck, "Hashed and Hierarchical Timing Wheels", 1987) with one slot a millisecond, the
/// grain of the system's timers. A time is rounded up to a slot; one beyond the wheel waits in its last slot.
/// <code>
///              now                  next timer
///               v                       v
///   slots  | . | . | . |...| . | . | call = call | . |...| call |      lists, linked through the calls
///   bits     0   0   0       0   0        1        0        1          which slots have one
/// </code>
/// <b>Lazy.</b> An entry is moved only to an earlier slot. Most calls end long before their time and are used again;
/// their new time is later, so they stay where they are: a request costs one comparison here. When its slot comes, an
/// entry is taken out and told, and asks again if its real time is later. <see cref="WheelEntry"/> has the rules.
/// Lock order: an entry's own gate, then the wheel's. Entries are told outside the wheel's gate.
/// </remarks>
#pragma warning disable CA1001 // Its timer is disarmed when nobody waits, and is collected with it.
internal sealed class TimerWheel
{
    private const int Slots = 1_024;
    private const int BitsPerWord = 64;
    private const long Never = long.MaxValue;

    private readonly Lock _gate = new();
    private readonly RouterClock _clock;
    private readonly long _ticksPerSlot;
    private readonly WheelEntry?[] _slots = new WheelEntry?[Slots];
    private readonly ulong[] _bits = new ulong[Slots / BitsPerWord];
    private readonly ITimer _timer;
    private List<WheelEntry>? _spare = [];
    private long _lastFired;
    private long _armedFor = Never;

    public TimerWheel(RouterClock clock)
    {
        _clock = clock;
        _ticksPerSlot = Math.Max(1, clock.Ticks(TimeSpan.FromMilliseconds(1)));
        _lastFired = SlotBefore(clock.Now);
        using (ExecutionContext.SuppressFlow())
        {
            _timer = clock.Time.CreateTimer(
                static wheel => ((TimerWheel)wheel!).Fire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>
    /// Has an entry told at <paramref name="at"/>, up to a millisecond later, or earlier; under the entry's own gate.
    /// </summary>
    public void Schedule(WheelEntry entry, long at)
    {
        var slot = SlotAtOrAfter(at);
        if (entry.QueuedSlot <= slot) return;
        lock (_gate)
        {
            if (entry.QueuedSlot != Never) Unlink(entry);
            // What is due already is told by the timer's next look.
            var now = Math.Max(_lastFired, SlotBefore(_clock.Now) - 1);
            if (_armedFor == Never) _lastFired = now;
            Link(entry, Math.Clamp(slot, now + 1, now + Slots - 1));
            if (entry.QueuedSlot < _armedFor) Arm(entry.QueuedSlot);
        }
    }

    private void Fire()
    {
        var due = Interlocked.Exchange(ref _spare, null) ?? [];
        lock (_gate)
        {
            var upTo = SlotBefore(_clock.Now);
            for (var slot = NextUsed(_lastFired + 1); slot <= upTo; slot = NextUsed(slot + 1))
            {
                while (_slots[slot % Slots] is { } entry)
                {
                    Unlink(entry);
                    due.Add(entry);
                }
            }

            _lastFired = Math.Max(_lastFired, upTo);
            _armedFor = Never;
            var next = NextUsed(_lastFired + 1);
            if (next != Never) Arm(next);
        }

        foreach (var entry in due) entry.OnWheel();
        due.Clear();
        Volatile.Write(ref _spare, due);
    }

    private long SlotAtOrAfter(long ticks) => (ticks / _ticksPerSlot) + (ticks % _ticksPerSlot > 0 ? 1 : 0);

    private long SlotBefore(long ticks) => ticks / _ticksPerSlot;

    private void Arm(long slot)
    {
        _armedFor = slot;
        _timer.Change(_clock.TimerSpan((slot * _ticksPerSlot) - _clock.Now), Timeout.InfiniteTimeSpan);
    }

    private void Link(WheelEntry entry, long slot)
    {
        ref var head = ref _slots[slot % Slots];
        entry.QueuedSlot = slot;
        entry.Next = head;
        entry.Previous = null;
        if (head is not null) head.Previous = entry;
        head = entry;
        _bits[slot % Slots / BitsPerWord] |= 1UL << (int)(slot % BitsPerWord);
    }

    private void Unlink(WheelEntry entry)
    {
        var slot = entry.QueuedSlot;
        if (entry.Previous is not null) entry.Previous.Next = entry.Next;
        else _slots[slot % Slots] = entry.Next;
        if (entry.Next is not null) entry.Next.Previous = entry.Previous;
        entry.Next = entry.Previous = null;
        entry.QueuedSlot = Never;
        if (_slots[slot % Slots] is null) _bits[slot % Slots / BitsPerWord] &= ~(1UL << (int)(slot % BitsPerWord));
    }

    /// <summary>The first slot from <paramref name="slot"/> on with an entry in it; Never when all are empty.</summary>
    private long NextUsed(long slot)
    {
        for (var passed = 0; passed < Slots;)
        {
            var at = (int)((slot + passed) % Slots);
            var bits = _bits[at / BitsPerWord] >> (at % BitsPerWord);
            if (bits != 0)
            {
                passed += BitOperations.TrailingZeroCount(bits);
                return passed < Slots ? slot + passed : Never;
            }

            passed += BitsPerWord - (at % BitsPerWord);
        }

        return Never;
    }
}

/// <summary>Something that a <see cref="TimerWheel"/> tells the time to.</summary>
/// <remarks>
/// It is scheduled under a gate of its own, and looks at the time it really waits for under the same gate when it is
/// told. So of a schedule and a telling that meet, either the schedule finds the entry taken out and queues it again,
/// or the telling finds the new time.
/// </remarks>
internal abstract class WheelEntry
{
    /// <summary>Where it is queued; the largest number when it is not. The wheel's.</summary>
    public long QueuedSlot { get; set; } = long.MaxValue;

    /// <summary>Neighbours in its slot. The wheel's.</summary>
    public WheelEntry? Next { get; set; }

    /// <inheritdoc cref="Next"/>
    public WheelEntry? Previous { get; set; }

    /// <summary>Its slot has come, which may be before its time: it then asks again. Takes its own gate.</summary>
    public abstract void OnWheel();
}

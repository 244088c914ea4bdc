namespace Hedgerow.Server.FrontEnds.Sockets;

/// <summary>
/// Decides when a loop sleeps for a moment before it looks for events, so that more of them are there at once: as
/// network cards hold back their interrupts (docs/decisions/0008-router-hop.md). One thread's.
/// </summary>
/// <remarks>
/// A router before many clients that wait for each answer is woken for every one or two of them, and a wake costs as
/// much as a receive; what it finds together it also sends to a leaf together. So it gathers when at least
/// <see cref="ClientsMin"/> clients were heard from within a millisecond: the nap is short beside the time that one of
/// so many waits anyway. Fewer are never held up. A nap is as long as it takes to find <see cref="EventsMin"/> to <see
/// cref="EventsMax"/> events after it, within bounds: clients in step, which come together anyway, are not held up
/// for nothing. A round that was long has let events gather by itself, and a loop that has no time left must not sleep.
/// </remarks>
internal sealed class EventGathering
{
    /// <summary>How long a nap is at least.</summary>
    public const int NapMicrosMin = 50;

    /// <summary>How long a nap is at most.</summary>
    public const int NapMicrosMax = 120;

    /// <summary>Events found after a nap below which the next is a quarter longer.</summary>
    public const int EventsMin = 8;

    /// <summary>Events found after a nap above which the next is a fifth shorter.</summary>
    public const int EventsMax = 12;

    /// <summary>Clients heard from within <see cref="WindowMicros"/> for which it is worth it.</summary>
    public const int ClientsMin = 16;

    /// <summary>How long clients are counted before they are counted anew.</summary>
    public const int WindowMicros = 1_000;

    /// <summary>Work since the last wake from which on there is no nap.</summary>
    public const int LongRoundMicros = 200;

    private readonly long _windowTicks;
    private readonly long _longRoundTicks;
    private long _windowAt;
    private int _clients;
    private int _clientsBefore;

    /// <param name="ticksPerSecond">Of the times that it is told.</param>
    public EventGathering(long ticksPerSecond)
    {
        _windowTicks = ticksPerSecond * WindowMicros / 1_000_000;
        _longRoundTicks = ticksPerSecond * LongRoundMicros / 1_000_000;
    }

    /// <summary>Which window of time it is: a client counts once in each.</summary>
    public int Window { get; private set; } = 1;

    /// <summary>Whether many clients are heard from now.</summary>
    public bool IsCrowded => _clients >= ClientsMin || _clientsBefore >= ClientsMin;

    /// <summary>How long the next nap is.</summary>
    public int NapMicros { get; private set; } = NapMicrosMin;

    /// <summary>So many events were there after a nap.</summary>
    public void Found(int events)
    {
        if (events < EventsMin) NapMicros = Math.Min(NapMicrosMax, NapMicros * 5 / 4);
        else if (events > EventsMax) NapMicros = Math.Max(NapMicrosMin, NapMicros * 4 / 5);
    }

    /// <summary>The loop woke at this time.</summary>
    public void Woke(long now)
    {
        var since = now - _windowAt;
        if (since < _windowTicks) return;
        // After a pause, what was before says nothing.
        _clientsBefore = since < 2 * _windowTicks ? _clients : 0;
        _clients = 0;
        _windowAt = now;
        Window++;
    }

    /// <summary>One client more was heard from in this <see cref="Window"/>.</summary>
    public void Heard() => _clients++;

    /// <summary>Whether a round that took so long needs no nap after it.</summary>
    public bool IsLong(long roundTicks) => roundTicks >= _longRoundTicks;
}

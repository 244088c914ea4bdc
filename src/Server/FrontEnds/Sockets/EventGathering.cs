namespace Hedgerow.Server.FrontEnds.Sockets;

/// <summary>
/// Decides when a loop sleeps for a moment before it looks for events, so that more of them are there at once: as
/// network cards hold back their interrupts (docs/decisions/0008-router-hop.md). One thread's.
/// </summary>
/// <remarks>
/// A router before many clients that wait for each answer is woken for every one or two of them, and a wake costs as
/// much as a receive; what it finds together it also sends to a leaf together. So it gathers when at least
/// <see cref="ClientsMin"/> clients were heard from within a millisecond: the nap is short beside the time that one of
/// so many waits anyway. Fewer are never held up. The more there are, the longer is the nap, since each waits longer
/// behind the others. A round that was long has let events gather by itself, and a loop that has no time left must not
/// sleep.
/// </remarks>
internal sealed class EventGathering
{
    /// <summary>How long a nap is at most.</summary>
    public const int NapMicrosMax = 120;

    /// <summary>How long it is for each client that was heard: less than serving one takes.</summary>
    public const int NapMicrosPerClient = 4;

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
    public int NapMicros => Math.Min(NapMicrosMax, NapMicrosPerClient * Math.Max(_clients, _clientsBefore));

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

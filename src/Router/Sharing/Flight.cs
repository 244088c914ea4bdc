using System.Threading.Tasks.Sources;
using Hedgerow.Protocol;

namespace Hedgerow.Router;

#pragma warning disable CA1001 // Its source of cancellation has no timer to free, and a late cancel may still come.
/// <summary>One request to the leaves, and those who wait for its answer. Guarded by <see cref="Flights"/>.</summary>
internal sealed class Flight
{
    private readonly CancellationTokenSource _stop = new();

    public required Opcode Opcode { get; init; }

    /// <summary>A copy: whoever began it may leave before it ends.</summary>
    public required byte[] Body { get; init; }

    /// <summary>XXH3-64 of the path.</summary>
    public required ulong Hash { get; init; }

    /// <summary>What <see cref="WriteStamps"/> said before it was sent.</summary>
    public required long Stamp { get; init; }

    public required long SentAt { get; init; }

    /// <summary>Its own: at least the router's default, for others may join.</summary>
    public required long DeadlineAt { get; init; }

    public List<FlightWaiter> Waiters { get; } = [];

    /// <summary>Of the waiters, those that still wait.</summary>
    public int Waiting { get; set; }

    /// <summary>Where it stands among all; -1 when it is over.</summary>
    public int Place { get; set; } = -1;

    public CancellationToken Stopped => _stop.Token;

    public bool IsOf(Opcode opcode, ReadOnlySpan<byte> body) => opcode == Opcode && body.SequenceEqual(Body);

    /// <summary>Nobody waits any more: the work is cancelled on the leaf too. Outside the gate.</summary>
    public void Stop() => _stop.Cancel();
}

/// <summary>One who waits for a flight's answer, by a deadline of its own.</summary>
internal sealed class FlightWaiter(Flight flight, long deadlineAt) : IValueTaskSource<Reply>
{
    private ManualResetValueTaskSourceCore<Reply> _core;

    public Flight Flight => flight;

    public long DeadlineAt => deadlineAt;

    /// <summary>Whether somebody has taken it upon himself to complete it. Guarded by <see cref="Flights"/>.</summary>
    public bool IsTaken { get; set; }

    /// <summary>Awaited once.</summary>
    public ValueTask<Reply> Answer => new(this, _core.Version);

    /// <summary>By the one who took it, outside the gate: what waits goes on in here.</summary>
    public void Complete(in Reply reply) => _core.SetResult(reply);

    /// <inheritdoc cref="Complete"/>
    public void Cancel(CancellationToken cancel) => _core.SetException(new OperationCanceledException(cancel));

    Reply IValueTaskSource<Reply>.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<Reply>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<Reply>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}

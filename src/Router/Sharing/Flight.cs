using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;
using Hedgerow.Protocol;

namespace Hedgerow.Router;

#pragma warning disable CA1001 // Its source of cancellation has no timer to free, and a late cancel may still come.
#pragma warning disable CA2012 // The ValueTask's awaiter is kept in a field, and used once per use of the flight.
/// <summary>
/// One request to the leaves, and those who wait for its answer. Used again. Guarded by its <see cref="Flights"/>.
/// </summary>
internal sealed class Flight
{
    private const int BytesKept = 4 * 1024;

    private readonly Action _onDone;
    private CancellationTokenSource? _stop;
    private ConfiguredValueTaskAwaitable<Reply>.ConfiguredValueTaskAwaiter _awaiter;
    private byte[] _body = [];
    private int _length;

    public Flight(Flights flights)
    {
        _onDone = () => flights.Landed(this);
    }

    public Opcode Opcode { get; private set; }

    /// <summary>A copy: whoever began it may leave before it ends.</summary>
    public ReadOnlyMemory<byte> Body => _body.AsMemory(0, _length);

    /// <summary>XXH3-64 of the path.</summary>
    public ulong Hash { get; private set; }

    /// <summary>What <see cref="WriteStamps"/> said before it was sent.</summary>
    public long Stamp { get; private set; }

    public long SentAt { get; private set; }

    /// <summary>Its own: at least the router's default, for others may join.</summary>
    public long DeadlineAt { get; private set; }

    public List<FlightWaiter> Waiters { get; } = [];

    /// <summary>Of the waiters, those that still wait.</summary>
    public int Waiting { get; set; }

    /// <summary>Where it stands among all; -1 when nobody can join it any more.</summary>
    public int Place { get; set; } = -1;

    /// <summary>Cancelled when nobody waits any more: the work is cancelled on the leaf too.</summary>
    public CancellationToken Stopped => _stop?.Token ?? new CancellationToken(canceled: true);

    public void Prepare(in RequestHeader header, ReadOnlySpan<byte> body, ulong hash, long stamp)
    {
        Opcode = header.Opcode;
        Hash = hash;
        Stamp = stamp;
        if (_body.Length < body.Length) _body = new byte[Math.Max(256, body.Length)];
        body.CopyTo(_body);
        _length = body.Length;
        _stop ??= new CancellationTokenSource();
    }

    public void SetTimes(long sentAt, long deadlineAt)
    {
        SentAt = sentAt;
        DeadlineAt = deadlineAt;
    }

    public bool IsOf(Opcode opcode, ReadOnlySpan<byte> body) => opcode == Opcode && body.SequenceEqual(Body.Span);

    /// <summary>True when the answer is there already; else its <see cref="Flights"/> are told of it.</summary>
    public bool Watch(ValueTask<Reply> answer)
    {
        _awaiter = answer.ConfigureAwait(false).GetAwaiter();
        if (_awaiter.IsCompleted) return true;
        _awaiter.UnsafeOnCompleted(_onDone);
        return false;
    }

    /// <summary>The answer; Cancelled when it was stopped.</summary>
    public Reply TakeReply()
    {
        try
        {
            return _awaiter.GetResult();
        }
        catch (OperationCanceledException)
        {
            // Nobody waits: only the last who leaves stops it.
            return new Reply(new ReplyHeader { Status = StatusCode.Cancelled }, null, 0, 0, pooled: false);
        }
    }

    /// <summary>
    /// What stops its request, for one who cancels it outside the gate: by then this may be another flight.
    /// </summary>
    public CancellationTokenSource? TakeStop()
    {
        var stop = _stop;
        _stop = null;
        return stop;
    }

    /// <summary>Forgets its readers; a path that was uncommonly long does not hold its buffer.</summary>
    public void Clear()
    {
        Waiters.Clear();
        _awaiter = default;
        if (_body.Length > BytesKept) _body = [];
    }
}

/// <summary>One who waits for a flight's answer, by a deadline of its own.</summary>
internal sealed class FlightWaiter(Flight flight, long deadlineAt) : IValueTaskSource<Reply>
{
    private ManualResetValueTaskSourceCore<Reply> _core;

    /// <summary>Another use of it, once this one was completed.</summary>
    public Flight Flight => flight;

    public long FlightDeadlineAt { get; } = flight.DeadlineAt;

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

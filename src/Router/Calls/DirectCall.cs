using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// A read or a plain write of one path that the thread it belongs to sends over links of its own, and whose answers it
/// takes where that thread reads: see <see cref="DirectCalls"/>. Used again and again by whoever derives from it. One
/// thread's.
/// </summary>
public abstract class DirectCall
{
    private DirectCalls? _calls;
    private DirectCopy[] _copies = [];
    private int _copyCount;

    /// <summary>Whether it was sent, and neither answered nor left to a routed call since.</summary>
    public bool IsUnderWay => _calls is not null;

    /// <summary>
    /// The request; nobody else changes it until it is answered. The version of a write is put into it.
    /// </summary>
    protected internal abstract Memory<byte> Body { get; }

    internal ShardRoute Route { get; private set; } = null!;

    internal RequestHeader Header { get; private set; }

    internal long SentAt { get; private set; }

    internal long DeadlineAt { get; private set; }

    /// <summary>Whether its latency is booked, for itself and those that are not.</summary>
    internal bool IsTimed { get; private set; }

    /// <summary>When it is no longer left to itself: time for a second copy, or to answer, or to give up.</summary>
    internal long OverdueAt { get; private set; }

    /// <summary>Of a write: what its replicas are to have; 0 for a read.</summary>
    internal ulong Version { get; private set; }

    /// <summary>Of a write: what it is.</summary>
    internal WritePlan Write { get; private set; }

    /// <summary>Of a write: whether its answer begins with a number.</summary>
    internal bool OwesNumber => Write.AnswersNumber && (Header.Flags & FrameFlags.ReturnEntry) == 0;

    /// <summary>Of a write: replicas that must have it.</summary>
    internal int AcksMin { get; private set; }

    /// <summary>Of a write: replicas that have it.</summary>
    internal int Acks { get; private set; }

    /// <summary>Of a write: when enough of them had it.</summary>
    internal long AckedAt { get; private set; }

    /// <summary>Of a write: whether one of them had something to change.</summary>
    internal bool HasFound { get; private set; }

    /// <summary>Neighbours among the calls of its thread.</summary>
    internal DirectCall? Next { get; set; }

    /// <inheritdoc cref="Next"/>
    internal DirectCall? Previous { get; set; }

    /// <summary>What was sent: of a read one, of a write one to each replica.</summary>
    internal ReadOnlySpan<DirectCopy> Copies => _copies.AsSpan(0, _copyCount);

    internal bool IsWrite => Version != 0;

    /// <summary>
    /// Nobody waits for the answer any more. A write goes on nevertheless, as it may have happened.
    /// </summary>
    /// <returns>Whether this object and its body may be used again.</returns>
    protected bool EndEarly()
    {
        if (_calls is not { } calls) return true;
        _calls = null;
        return calls.TryAbandon(this);
    }

    /// <summary>
    /// The answer, good as it is; the body is gone when this returns. That of a write has the version, and a u16 of
    /// replicas, behind its number if it has one.
    /// </summary>
    protected abstract void OnAnswer(in ReplyHeader header, ReadOnlySpan<byte> body);

    /// <summary>
    /// It did not go well, or takes long: from here on it is a call as any other, hedged, retried and explained.
    /// </summary>
    /// <param name="answer">To be awaited once; may complete on another thread.</param>
    protected abstract void OnRouted(ValueTask<Reply> answer);

    /// <summary>Asked once, before <see cref="OnRouted"/>: what cancels the call that this becomes.</summary>
    protected virtual CancellationToken CancelOfRouted() => CancellationToken.None;

    internal void Plan(in DirectPlan plan)
    {
        Route = plan.Route;
        Header = plan.Header;
        SentAt = plan.SentAt;
        IsTimed = plan.IsTimed;
        DeadlineAt = plan.DeadlineAt;
        OverdueAt = plan.OverdueAt;
        Version = 0;
        _copyCount = 0;
    }

    internal void PlanWrite(in WritePlan write, ulong version, int acksMin)
    {
        Write = write;
        Version = version;
        AcksMin = acksMin;
        Acks = 0;
        HasFound = false;
    }

    /// <summary>One more copy, to this replica.</summary>
    internal void AddCopy(IDirectLink link, int replica)
    {
        if (_copyCount == _copies.Length)
        {
            Array.Resize(ref _copies, _copyCount + 1);
            _copies[_copyCount] = new DirectCopy(this);
        }

        _copies[_copyCount++].Set(link, replica);
    }

    internal void Begin(DirectCalls calls) => _calls = calls;

    internal void Answered(DirectCopy copy, in ReplyHeader header, ReadOnlySpan<byte> body) =>
        _calls!.Answered(this, copy, header, body);

    /// <summary>One replica more has the write. Returns how many that are.</summary>
    internal int Acknowledge(bool hasFound, long now)
    {
        HasFound |= hasFound;
        if (++Acks == AcksMin) AckedAt = now;
        return Acks;
    }

    internal void End(in ReplyHeader header, ReadOnlySpan<byte> body)
    {
        _calls = null;
        OnAnswer(header, body);
    }

    /// <summary>Leaves it to a routed call: because of an answer of one copy, or because its time has come.</summary>
    internal void BecomeRouted(DirectCopy? last, Reply answer)
    {
        var calls = _calls!;
        _calls = null;
        OnRouted(calls.Route(this, last, answer, CancelOfRouted()));
    }
}

/// <summary>One copy of a direct call on its way to one replica. Used again with the call.</summary>
internal sealed class DirectCopy(DirectCall call) : ILinkTaker
{
    public IDirectLink Link { get; private set; } = null!;

    public int Replica { get; private set; }

    public uint RequestId { get; private set; }

    /// <summary>Whether it was sent and not answered.</summary>
    public bool IsOut { get; private set; }

    public void Set(IDirectLink link, int replica)
    {
        Link = link;
        Replica = replica;
        IsOut = false;
    }

    public bool TrySend(in RequestHeader header, ReadOnlySpan<byte> body)
    {
        if (!Link.TrySend(header, body, this, out var requestId)) return false;
        RequestId = requestId;
        return IsOut = true;
    }

    /// <summary>The answer is awaited from now on; this is not told.</summary>
    public ValueTask<Reply> Await(CancellationToken cancel)
    {
        IsOut = false;
        return Link.Await(RequestId, cancel);
    }

    /// <summary>The answer is forgotten.</summary>
    public void Drop()
    {
        IsOut = false;
        Link.Drop(RequestId);
    }

    /// <inheritdoc/>
    public void Take(in ReplyHeader header, ReadOnlySpan<byte> body)
    {
        IsOut = false;
        call.Answered(this, header, body);
    }
}

/// <summary>Where a direct call goes, and by when.</summary>
internal readonly ref struct DirectPlan
{
    public required ShardRoute Route { get; init; }

    public required RequestHeader Header { get; init; }

    public required long SentAt { get; init; }

    public required bool IsTimed { get; init; }

    public required long DeadlineAt { get; init; }

    public required long OverdueAt { get; init; }
}

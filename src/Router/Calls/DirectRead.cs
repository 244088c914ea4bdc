using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// A read of one path that the thread it belongs to sends over a link of its own, and whose answer it takes where that
/// thread reads: see <see cref="DirectReads"/>. Used again and again by whoever derives from it. One thread's.
/// </summary>
public abstract class DirectRead : ILinkTaker
{
    private DirectReads? _reads;

    /// <summary>Whether it was sent, and neither answered nor left to a routed call since.</summary>
    public bool IsUnderWay => _reads is not null;

    /// <summary>The request; unchanged until it is answered.</summary>
    protected internal abstract ReadOnlyMemory<byte> Body { get; }

    internal IDirectLink Link { get; private set; } = null!;

    internal uint RequestId { get; private set; }

    internal ShardRoute Route { get; private set; } = null!;

    internal int Replica { get; private set; }

    internal RequestHeader Header { get; private set; }

    internal long SentAt { get; private set; }

    internal long DeadlineAt { get; private set; }

    /// <summary>Whether its latency is booked, for itself and those that are not.</summary>
    internal bool IsTimed { get; private set; }

    /// <summary>When it is no longer left to itself: time for a second copy, or to give up.</summary>
    internal long OverdueAt { get; private set; }

    /// <summary>Neighbours among the reads of its thread.</summary>
    internal DirectRead? Next { get; set; }

    /// <inheritdoc cref="Next"/>
    internal DirectRead? Previous { get; set; }

    /// <inheritdoc/>
    public void Take(in ReplyHeader header, ReadOnlySpan<byte> body)
    {
        var reads = _reads!;
        _reads = null;
        if (reads.TryEnd(this, header)) OnAnswer(header, body);
        else OnRouted(reads.Route(this, Reply.Copy(header, body)));
    }

    /// <summary>Nobody waits for the answer any more.</summary>
    protected void EndEarly()
    {
        if (_reads is not { } reads) return;
        _reads = null;
        reads.Abandon(this);
    }

    /// <summary>The answer, good as it is; the body is gone when this returns.</summary>
    protected abstract void OnAnswer(in ReplyHeader header, ReadOnlySpan<byte> body);

    /// <summary>
    /// It did not go well, or takes long: from here on it is a call as any other, hedged, retried and explained.
    /// </summary>
    /// <param name="answer">To be awaited once; may complete on another thread.</param>
    protected abstract void OnRouted(ValueTask<Reply> answer);

    internal void Begin(DirectReads reads, IDirectLink link, uint requestId, in DirectPlan plan)
    {
        _reads = reads;
        Link = link;
        RequestId = requestId;
        Route = plan.Route;
        Replica = plan.Replica;
        Header = plan.Header;
        SentAt = plan.SentAt;
        IsTimed = plan.IsTimed;
        DeadlineAt = plan.DeadlineAt;
        OverdueAt = plan.OverdueAt;
    }

    /// <summary>Its time has come before its answer.</summary>
    internal void BecomeRouted()
    {
        var reads = _reads!;
        _reads = null;
        OnRouted(reads.Route(this));
    }
}

/// <summary>Where a direct read goes, and by when.</summary>
internal readonly ref struct DirectPlan
{
    public required ShardRoute Route { get; init; }

    public required int Replica { get; init; }

    public required RequestHeader Header { get; init; }

    public required long SentAt { get; init; }

    public required bool IsTimed { get; init; }

    public required long DeadlineAt { get; init; }

    public required long OverdueAt { get; init; }
}

/// <summary>A connection to a leaf that the calling thread itself moves the bytes of. That thread's.</summary>
public interface IDirectLink
{
    /// <summary>Sends soon. False, and nothing was done, when it can't now.</summary>
    /// <param name="header">The request's.</param>
    /// <param name="body">Copied before this returns.</param>
    /// <param name="taker">Gets the answer, later, on this thread.</param>
    /// <param name="requestId">What the other methods call it.</param>
    bool TrySend(in RequestHeader header, ReadOnlySpan<byte> body, ILinkTaker taker, out uint requestId);

    /// <summary>The answer is to be awaited from now on, instead of being given to the taker.</summary>
    ValueTask<Reply> Await(uint requestId, CancellationToken cancel);

    /// <summary>The answer is not wanted any more.</summary>
    void Drop(uint requestId);
}

/// <summary>A thread that has links of its own, as <see cref="DirectReads"/> sees it.</summary>
public interface IDirectThread
{
    /// <summary>
    /// Ticks of the router's time, read when the thread last woke: older than now by what it did since.
    /// </summary>
    long NowTicks { get; }

    /// <summary>Has an action run on the thread soon. Any thread.</summary>
    void Post(Action action);
}

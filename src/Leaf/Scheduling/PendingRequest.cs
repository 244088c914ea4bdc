using System.Buffers;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Shards;
using Hedgerow.Protocol;
using Microsoft.Extensions.Logging;

namespace Hedgerow.Leaf.Scheduling;

/// <summary>What every waiting request needs from its leaf.</summary>
internal sealed record PendingContext(LeafClock Clock, Replier Replier, InFlight InFlight, ILogger Log);

/// <summary>
/// A request that is answered later, with a copy of its body. Whatever happens to it, it is answered exactly once.
/// </summary>
/// <remarks>
/// <code>
///   Waiting ──TryStart──> Running ──Finish──> Done
///      └──── Cancel, Reject ───────────────────^
/// </code>
/// The step out of Waiting is one compare-and-swap, so a cancel and a worker can't both have it. A cancel that comes
/// while it runs is only a hint, which <see cref="OnCancelWhileRunning"/> may take.
/// </remarks>
internal abstract partial class PendingRequest : QueuedWork
{
    private const int Waiting = 0;
    private const int Running = 1;
    private const int Done = 2;

    private readonly PendingContext _context;
    private byte[]? _body;
    private readonly int _bodyLength;
    private readonly int _queued;
    private int _state;

    protected PendingRequest(
        in Request request, ReadOnlySpan<byte> body, PendingContext context, bool isQueued = true)
        : base(
            request.Header.Opcode, request.ReceivedTicks,
            context.Clock.Deadline(request.ReceivedTicks, request.Header.DeadlineMicros))
    {
        Request = request;
        _context = context;
        _bodyLength = body.Length;
        _body = ArrayPool<byte>.Shared.Rent(body.Length);
        body.CopyTo(_body);
        context.InFlight.Add(this);
        _queued = isQueued ? 1 : 0;
        context.Replier.AddWaiting(_queued);
    }

    public Request Request { get; }

    /// <summary>Bytes it holds while it waits.</summary>
    public int BodyLength => _bodyLength;

    protected LeafClock Clock => _context.Clock;

    /// <summary>The request's body, until it is done.</summary>
    protected ReadOnlyMemory<byte> Body => _body.AsMemory(0, _bodyLength);

    protected long StartedTicks { get; private set; }

    /// <summary>
    /// Takes the request up and serves it; does nothing if it was cancelled meanwhile, and answers DeadlineExceeded if
    /// it waited too long. Never throws.
    /// </summary>
    public void Run() => TryRun();

    /// <summary><see cref="Run"/>; whether it was served, be it with an error.</summary>
    public bool TryRun()
    {
        if (!TryStart()) return false;
        try
        {
            Serve();
        }
        catch (DamagedCollectionException damaged)
        {
            Fail(StatusCode.Corrupt, damaged.Message);
        }
        catch (IndexCorruptException corrupt)
        {
            LogCorrupt(_context.Log, Request.Header.Opcode, Request.Header.Shard, corrupt);
            Fail(StatusCode.Corrupt, corrupt.Message);
        }
        catch (Exception defect)
        {
            LogDefect(_context.Log, Request.Header.Opcode, Request.Header.Shard, defect);
            Fail(StatusCode.Internal, $"{Request.Header.Opcode} failed: {defect.Message} The leaf's log has more.");
        }

        return true;
    }

    /// <summary>Answers at once instead of waiting: the queue is full, or it would be too late anyway.</summary>
    public void Reject(StatusCode status, string message)
    {
        if (Leave()) Fail(status, message);
    }

    /// <summary>Nobody wants the answer any more.</summary>
    public void Cancel()
    {
        if (Leave())
        {
            OnCancelWhileWaiting();
            Fail(StatusCode.Cancelled, "The client cancelled it before work on it began.");
        }
        else if (Volatile.Read(ref _state) == Running)
        {
            OnCancelWhileRunning();
        }
    }

    /// <summary>Asks a request that waits for time to pass not to.</summary>
    public virtual void Hurry()
    {
    }

    /// <summary>
    /// Does the work and ends in exactly one <see cref="Finish"/> or <see cref="Fail"/>, now or later.
    /// </summary>
    protected abstract void Serve();

    protected virtual void OnCancelWhileWaiting()
    {
    }

    protected virtual void OnCancelWhileRunning()
    {
    }

    /// <summary>Answers. The second call of a request does nothing.</summary>
    protected void Finish(StatusCode status, ulong version, ReadOnlySpan<byte> body)
    {
        if (!TryEnd()) return;
        _context.Replier.Send(Request, StartedTicks, status, version, body);
        Release();
    }

    /// <summary>Answers with an error text. The second call of a request does nothing.</summary>
    protected void Fail(StatusCode status, string message, ulong version = 0)
    {
        if (!TryEnd()) return;
        _context.Replier.Refuse(Request, StartedTicks, status, message, version);
        Release();
    }

    /// <summary>Makes room for another request of the same id, which will answer; this one still counts.</summary>
    protected void Unlist() => _context.InFlight.Unlist(this);

    /// <summary>Ends without an answer: someone else gives it.</summary>
    protected void HandOver()
    {
        if (TryEnd()) Release();
    }

    private bool TryStart()
    {
        if (!Leave()) return false;
        if (StartedTicks <= DeadlineTicks)
        {
            // What is only delayed has its turn in a queue before it yet.
            if (_queued != 0 && (Request.Header.Flags & FrameFlags.Tied) != 0)
                _context.Replier.TellBegun(Request, StartedTicks);
            return true;
        }

        Fail(StatusCode.DeadlineExceeded, "Its deadline passed while it waited; nothing was done.");
        return false;
    }

    /// <summary>Out of Waiting; true for the one who did it.</summary>
    private bool Leave()
    {
        if (Interlocked.CompareExchange(ref _state, Running, Waiting) != Waiting) return false;
        StartedTicks = _context.Clock.Ticks();
        _context.Replier.AddWaiting(-_queued);
        return true;
    }

    private bool TryEnd() => Interlocked.Exchange(ref _state, Done) == Running;

    private void Release()
    {
        var body = Interlocked.Exchange(ref _body, null);
        if (body is not null) ArrayPool<byte>.Shared.Return(body);
        _context.InFlight.Remove(this);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Shard {Shard} is corrupt: {Opcode} failed")]
    private static partial void LogCorrupt(ILogger logger, Opcode opcode, ushort shard, Exception corrupt);

    [LoggerMessage(Level = LogLevel.Error, Message = "A request of kind {Opcode} for shard {Shard} met a defect")]
    private static partial void LogDefect(ILogger logger, Opcode opcode, ushort shard, Exception defect);
}

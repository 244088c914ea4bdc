using System.Runtime.CompilerServices;
using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.Simulation.Time;

namespace Hedgerow.Server.Simulation.Load;

/// <summary>What a user asked for: one call of a router, or many at once of which the last counts.</summary>
internal sealed class LoadRequest
{
    private readonly LoadRun _run;
    private int _left;

    public LoadRequest(LoadRun run, long startedAt, int parts)
    {
        _run = run;
        StartedAt = startedAt;
        _left = parts;
    }

    /// <summary>When it was due, in nanoseconds.</summary>
    public long StartedAt { get; }

    /// <summary>Calls of the router so far.</summary>
    public int Tries { get; set; }

    /// <summary>How it failed; Ok while it has not.</summary>
    public StatusCode Failure { get; private set; }

    public LoadRun Run => _run;

    public void PartEnded(StatusCode status)
    {
        if (status is not (StatusCode.Ok or StatusCode.NotFound)) Failure = status;
        if (--_left == 0) _run.Ended(this);
    }
}

#pragma warning disable CA2012 // The ValueTask's awaiter is kept in a field, and used once per use of the object.
/// <summary>One call of a router, and again if the application is to try again. Used again by its stream.</summary>
internal sealed class LoadTry : SimEvent
{
    private readonly VirtualTime _time;
    private readonly Action _onDone;
    private readonly Action<LoadTry> _over;
    private ConfiguredValueTaskAwaitable<Reply>.ConfiguredValueTaskAwaiter _awaiter;
    private LoadRequest _request = null!;
    private RequestRouter _router = null!;
    private RequestHeader _header;
    private ReadOnlyMemory<byte> _body;
    private int _left;

    public LoadTry(VirtualTime time, Action<LoadTry> over)
    {
        _time = time;
        _over = over;
        _onDone = OnDone;
    }

    public void Begin(LoadRequest request, RequestRouter router, Opcode opcode, ReadOnlyMemory<byte> body)
    {
        var stream = request.Run.Stream;
        _request = request;
        _router = router;
        _header = new RequestHeader { Opcode = opcode, DeadlineMicros = (uint)stream.Deadline.TotalMicroseconds };
        _body = body;
        _left = stream.Retries;
        Run();
    }

    /// <summary>Sends; as an event, once more after the backoff.</summary>
    public override void Run()
    {
        _request.Tries++;
        _awaiter = _router.ExecuteAsync(_header, _body, CancellationToken.None).ConfigureAwait(false).GetAwaiter();
        if (_awaiter.IsCompleted) OnDone();
        else _awaiter.UnsafeOnCompleted(_onDone);
    }

    private void OnDone()
    {
        var status = StatusOf(_awaiter.GetResult());
        if (status is not (StatusCode.Ok or StatusCode.NotFound) && _left-- > 0)
        {
            _time.After(_request.Run.Backoff(), this);
            return;
        }

        var request = _request;
        _over(this);
        request.PartEnded(status);
    }

    /// <summary>How it ended; of many paths, how the first that failed did; a part of a search is no answer.</summary>
    private StatusCode StatusOf(in Reply reply)
    {
        using var _ = reply;
        if (reply.Status != StatusCode.Ok) return reply.Status;
        return _header.Opcode switch
        {
            Opcode.GetMany => StatusOfRows(reply.Body.Span),
            Opcode.Search => IsWhole(reply) ? StatusCode.Ok : StatusCode.DeadlineExceeded,
            _ => reply.Status,
        };
    }

    private static bool IsWhole(in Reply reply) =>
        SearchCodec.TryRead(reply.Body, out SearchReply? found, out _) && found.Coverage.IsWhole;

    private static StatusCode StatusOfRows(ReadOnlySpan<byte> body)
    {
        if (GetManyCodec.TryReadReply(body, out var rows, out _) != StatusCode.Ok) return StatusCode.Internal;
        while (rows.MoveNext())
            if (rows.Status is not (StatusCode.Ok or StatusCode.NotFound)) return rows.Status;
        return StatusCode.Ok;
    }
}
#pragma warning restore CA2012

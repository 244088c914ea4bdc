using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Commands;
using Hedgerow.Server.FrontEnds.Sockets;

namespace Hedgerow.Server.FrontEnds.Resp;

/// <summary>
/// One RESP connection: bytes in, commands executed, answers in the order of the commands.
/// </summary>
/// <remarks>
/// <para>Commands are found a batch at a time, the store is told which places it will need, then each is executed. On a
/// leaf that is: parse, hash, execute straight into the output, one send for the batch; nothing is allocated.</para>
/// <para>What can't be answered at once (a cluster behind it, a document's write) becomes a <see cref="RespCall"/> that
/// is started and queued; the commands behind it start too as long as none could see the other's doing
/// (<see cref="CallQueue{TCall}"/>). The first that has to wait for another stays in the input, and the session takes
/// no more until something is done. So every queued call runs, and memory is bounded: requests by
/// <see cref="CallsMax"/> and <see cref="CallBytesMax"/>, answers by <see cref="AnswerRoom"/>. Answers move to the
/// output one by one, as the peer takes them.</para>
/// <para>Commands that change the connection (HELLO, MULTI, SUBSCRIBE) are executed only when nothing is queued: what
/// comes behind them is looked at by the new rules.</para>
/// </remarks>
internal sealed partial class RespSession : ClientSession
{
    /// <summary>Commands of one connection under way at once; the next waits in the input.</summary>
    public const int CallsMax = 256;

    /// <summary>Bytes of their requests from which the next waits.</summary>
    public const int CallBytesMax = 32 * 1024 * 1024;

    private const int HeadGuessMax = 16;
    private const int CopiedBytesMax = 64;

    private readonly RespParser _parser;
    private readonly RespReply _reply;
    private readonly ICommandExecutor _executor;
    private readonly bool _isRemote;
    private readonly CommandCounters _counters;
    private readonly CallQueue<RespCall> _calls = new();
    private readonly AnswerRoom _room;
    private CancellationTokenSource? _closing;
    private long _callBytes;
    private int _lastBulkLength;
    private bool _isEnding;
    private bool _hasMore;

    public RespSession(SessionContext context, RespServer server)
        : base(context)
    {
        _parser = new RespParser(server.Limits);
        _reply = new RespReply(Output);
        // Only where nothing is sent: what is sent is the client's session's.
        _executor = server.Executor;
        _isRemote = _executor.IsRemote;
        _counters = server.Counters.Of(context.LoopIndex);
        _room = new AnswerRoom(server.Settings.AnswerBytesMax);
        Client = new RespClient(server, this, context.Id);
        _parser.IsRestricted = !Client.IsAuthenticated;
        server.Opened(this);
    }

    /// <summary>What is known of the client.</summary>
    public RespClient Client { get; }

    /// <inheritdoc/>
    public override bool HasUnanswered => IsWaiting || _calls.Count > 0;

    /// <inheritdoc/>
    public override bool HasMoreOutput => _hasMore;

    /// <summary>Commands under way.</summary>
    public int Pending => _calls.Count;

    /// <summary>Bytes of answers that wait for their turn, but for small ones. Any thread.</summary>
    public long AnswerBytes => _room.Held;

    /// <summary>What answers of its commands may take.</summary>
    public AnswerRoom Room => _room;

    /// <inheritdoc/>
    public override int Consume(ReadOnlySpan<byte> input)
    {
        var consumed = 0;
        BytesWanted = 0;
        var batch = CommandBatch.OfThread;
        _executor.BeginBatch();
        try
        {
            while (!_isEnding && consumed < input.Length && !Output.IsFull)
            {
                batch.Fill(_parser, input, consumed, _parser.IsRestricted ? 1 : CommandBatch.Size);
                if (!ExecuteBatch(batch, input, ref consumed)) break;
                consumed = batch.Used;
                if (!EndBatch(batch, input.Length - consumed)) break;
            }
        }
        finally
        {
            _executor.EndBatch();
        }

        return _isEnding ? input.Length : consumed;
    }

    /// <inheritdoc/>
    public override void OnWake()
    {
        TakeDone();
        DeliverMessages();
    }

    /// <inheritdoc/>
    public override void WriteMore() => TakeDone();

    /// <inheritdoc/>
    public override void OnClosed()
    {
        _closing?.Cancel();
        _calls.Clear(static call => call.Abandon());
        LeaveAllChannels();
        Client.Server.Closed(this);
    }

    /// <summary>The answer to a call of this session, where the loop read it. Sent when the session wakes.</summary>
    public void Take(RespCall call, in ReplyHeader header, ReadOnlySpan<byte> body)
    {
        _room.Saw(body.Length);
        if (!_calls.IsFirst(call) || Output.IsFull)
        {
            if (call.TryHold(_room, body.Length)) call.Keep(header, body);
            else call.AskLater();
            if (IsWaiting || _calls.IsFirst(call)) Wake();
            return;
        }

        var errors = _reply.Errors;
        call.AnswerNow(_reply, header, body);
        _calls.TakeDone();
        _callBytes -= call.RequestBytes;
        Measure(call.Command, call.StartedAt, errors);
        call.Recycle(_room);
        Wake();
    }

    /// <summary>Answers what was written, then closes.</summary>
    public void End()
    {
        _isEnding = true;
        CloseAfterFlush();
    }

    /// <summary>The time now if a command that begins is one of those that are timed, else 0.</summary>
    public long BeginTiming(RespCommand command) => _counters.IsTimed(command) ? Client.Server.Time.GetTimestamp() : 0;

    /// <summary>The limits of those who have not given a password hold, or no longer.</summary>
    public void RightsChanged() => _parser.IsRestricted = !Client.IsAuthenticated;

    // What stands behind the commands of a batch. False: nothing more can be done with this input.
    private bool EndBatch(CommandBatch batch, int left)
    {
        switch (batch.Ending)
        {
            case ParseResult.NeedsMore when batch.Count == 0:
                if (left > 0) BytesWanted = Math.Max(_parser.Wanted, left + 1);
                return false;
            case ParseResult.TooLarge:
                // It was to be part of it.
                Client.Transaction?.Spoil();
                if (_calls.Count > 0)
                {
                    // Its answer comes after theirs.
                    QueueAnswer(RespErrors.TooLong);
                    return true;
                }

                _reply.Error(RespErrors.TooLong);
                return true;
            case ParseResult.Broken:
                if (_calls.Count > 0)
                {
                    // Its answer comes after theirs; read again then.
                    Stall();
                    return false;
                }

                _reply.Error(_parser.Error);
                End();
                return false;
            default:
                return true;
        }
    }

    private bool ExecuteBatch(CommandBatch batch, ReadOnlySpan<byte> input, ref int consumed)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            ref var parsed = ref batch[i];
            var args = ArgsOf(parsed, input);
            Resolve(ref parsed, args);
            if (batch.Count > 1 && parsed.HasKey && !_isRemote) _executor.Prefetch(args[parsed.Command!.Keys.First]);
        }

        if (batch.Count > 1 && !_isRemote) PrefetchEntries(batch, input);

        for (var i = 0; i < batch.Count; i++)
        {
            ref var parsed = ref batch[i];
            if (Output.IsFull || !Execute(parsed, ArgsOf(parsed, input)))
            {
                _parser.Forget();
                return false;
            }

            consumed = parsed.End;
            if (_isEnding) return false;
        }

        return true;
    }

    // By now the places have arrived that the first pass asked for, and tell where the entries are.
    private void PrefetchEntries(CommandBatch batch, ReadOnlySpan<byte> input)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            ref var parsed = ref batch[i];
            if (parsed.HasKey) _executor.PrefetchEntry(ArgsOf(parsed, input)[parsed.Command!.Keys.First]);
        }
    }

    private RespArgs ArgsOf(in ParsedCommand parsed, ReadOnlySpan<byte> input)
    {
        var bytes = parsed.IsInline ? _parser.Words : input[parsed.Start..parsed.End];
        return new RespArgs(bytes, _parser.Spans.Slice(parsed.First, parsed.Count));
    }

    // Takes no more input until something is done.
    private void Stall() => IsWaiting = true;

    // Answers whose turn it is; lets go on what waited for any.
    private void TakeDone()
    {
        while (!Output.IsFull && NextDone() is { } done)
        {
            _callBytes -= done.RequestBytes;
            Finish(done);
        }

        _hasMore = Output.IsFull && _calls.First is { } next && (next.WaitsForTurn || next.IsSettled());
        _calls.ReleaseDone();
        IsWaiting = false;
    }

    // One whose answer found no room is asked for again when it is the next.
    private RespCall? NextDone()
    {
        if (_calls.First is { WaitsForTurn: true } next) next.AskNow();
        return _calls.TakeDone();
    }

    private void Finish(RespCall call)
    {
        var errors = _reply.Errors;
        call.Finish(_reply);
        Measure(call.Command, call.StartedAt, errors);
        call.Recycle(_room);
    }

    // A command was answered: whether with an error, and how long it took if it is one that is timed.
    private void Measure(RespCommand command, long startedAt, int errorsBefore)
    {
        if (_reply.Errors != errorsBefore) _counters.Fail(command);
        if (startedAt != 0) _counters.Time(command, Client.Server.Time, startedAt);
    }
}

using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Commands;

// The task of a call is kept in a field, and consumed once: when it is finished, or dropped with its session.
#pragma warning disable CA2012

namespace Hedgerow.Server.FrontEnds.Resp;

/// <summary>The part of a call that its session sees: its start, its end, its answer.</summary>
internal sealed partial class RespCall
{
    private const int Running = 0;
    private const int Done = 1;
    private const int Abandoned = 2;
    private const int KeptPerThread = 1_024;

    [ThreadStatic]
    private static Stack<RespCall>? _free;

    private readonly RespBuffer _request = new();
    private readonly Action _onDone;
    private RespSession? _session;
    private ValueTask<Reply> _sending;
    private ValueTask _running;
    private Opcode _opcode;
    private FrameFlags _flags;
    private RespAnswer? _answer;
    private RespEvent? _event;
    private bool _valueIsReply;
    private long _number;
    private bool _isOne;
    private int _state;
    private volatile bool _waitsForTurn;

    /// <summary>Whether the client asked for no answer (CLIENT REPLY).</summary>
    public bool IsSilent { get; private set; }

    /// <summary>When it began, as a timestamp of the server's clock; 0 for one that is not timed.</summary>
    public long StartedAt { get; private set; }

    /// <summary>Whether its answer is there.</summary>
    public bool IsDone => Volatile.Read(ref _state) == Done;

    /// <summary>Whether its answer found no room, so that it is asked for when it is the next.</summary>
    public bool WaitsForTurn => _waitsForTurn;

    /// <summary>Bytes it holds of the request, and of where its arguments stand.</summary>
    public long RequestBytes => _request.Length + _arguments.Length + ((long)_count * ArgSpan.Bytes);

    /// <summary>One that is free, or a new one. On the loop thread that will give it back.</summary>
    public static RespCall Rent(RespSession session, RespCommand command, OrderClass order, ulong hash)
    {
        var call = _free is { Count: > 0 } free ? free.Pop() : new RespCall();
        call._session = session;
        call.Client = session.Client;
        call.Executor = session.Client.Executor;
        call.Command = command;
        call.Order = order;
        call.KeyHash = hash;
        call.IsSilent = session.Client.IsSilent;
        call.StartedAt = session.BeginTiming(command);
        call._state = Running;
        call.Reply.Protocol = session.Client.Protocol;
        return call;
    }

    /// <summary>Gives it back; its answer is gone. On the loop thread.</summary>
    public void Recycle(AnswerRoom room)
    {
        LetGo(room);
        _arguments.Clear();
        _output.Clear();
        _request.Clear();
        if (_spans.Length > 256) _spans = new ArgSpan[8];
        _session = null;
        Client = null!;
        _events = null;
        _count = 0;
        _answer = null;
        _event = null;
        _free ??= new Stack<RespCall>();
        if (_free.Count < KeptPerThread) _free.Push(this);
        else Release();
    }

    /// <summary>Encodes one cache command and sends it.</summary>
    /// <param name="one">What is sent.</param>
    /// <param name="args">Kept where steps may have to say what was wrong with it.</param>
    /// <param name="cancel">Cancelled when the connection closes.</param>
    public void StartOne(in OneCommand one, in RespArgs args, CancellationToken cancel)
    {
        if (one.Command.Opcode is Opcode.Increment or Opcode.FieldIncrement && Command.Run != null) Take(args, cancel);
        _number = one.Number;
        _isOne = true;
        _opcode = one.Command.Opcode;
        _flags = one.Flags;
        _answer = one.Answer;
        _event = one.Event;
        _valueIsReply = one.ValueIsReply;
        one.Command.WriteTo(_request.GetSpan(one.Command.Length));
        _request.Advance(one.Command.Length);
        Ask(one.Command);
    }

    /// <summary>Its answer was dropped. On the loop thread, or whichever took the answer.</summary>
    public void AskLater() => _waitsForTurn = true;

    /// <summary>Asks once more, for one that is the next: its answer is kept. On the loop thread.</summary>
    public void AskNow()
    {
        _waitsForTurn = false;
        if (CacheCommand.TryRead(_opcode, _request.Written, out var command, out _) != StatusCode.Ok)
            throw new InvalidOperationException($"{Command.FullName}: its own request does not parse.");
        Ask(command);
    }

    /// <summary>Takes room for what is answered already, so that others wait for it.</summary>
    public void HoldAnswer(AnswerRoom room)
    {
        if (!IsDone || _output.Length <= AnswerRoom.FreeBytes) return;
        room.Saw(_output.Length);
        Hold(room, _output.Length);
    }

    /// <summary>Its answer is written already: it only waits for its turn.</summary>
    public void StartAnswered()
    {
        _isOne = false;
        _running = default;
        _state = Done;
    }

    /// <summary>Copies the arguments and runs the command's steps.</summary>
    public void StartRun(in RespArgs args, CancellationToken cancel)
    {
        _isOne = false;
        Take(args, cancel);
        Run();
    }

    /// <inheritdoc/>
    public override bool IsSettled() => IsDone && !RunsAfterAll();

    /// <summary>Moves the answer of a call that is done to the client. On the loop thread.</summary>
    public void Finish(RespReply client)
    {
        try
        {
            if (_isOne) FinishOne(IsSilent ? Reply : client);
            else FinishRun(client);
        }
        catch (OperationCanceledException)
        {
            client.Error("ERR the command was cancelled");
        }
        catch (Exception defect) when (defect is not OutOfMemoryException)
        {
            AnswerDefect(client, defect);
        }
    }

    /// <summary>The session is gone: nobody will take the answer.</summary>
    public void Abandon()
    {
        if (_direct.IsUnderWay)
        {
            _direct.Leave();
            return;
        }

        if (Interlocked.Exchange(ref _state, Abandoned) == Done) DropAnswer();
    }

    // Whether a number was not one, so that the command's steps run after all, to say what was wrong. Of a call that is
    // done; it may not be afterwards.
    private bool RunsAfterAll()
    {
        if (!_isOne || _count == 0 || !_sending.IsCompletedSuccessfully) return false;
        // Looked at through a copy: the reply itself is taken once, here or when the call is finished.
        var reply = _sending.GetAwaiter().GetResult();
        _sending = new ValueTask<Reply>(reply);
        if (reply.Status != StatusCode.NotANumber) return false;
        reply.Dispose();
        _isOne = false;
        Volatile.Write(ref _state, Running);
        Run();
        return !IsDone;
    }

    private void Ask(in CacheCommand command)
    {
        var header = new RequestHeader { Opcode = _opcode, Flags = _flags, PathHash = KeyHash };
        if (!Executor.TryBegin(header, command, _direct))
            OnRouted(Executor.ExecuteAsync(header, _request.WrittenMemory, CancellationToken.None));
    }

    // Of a read, whose answer came on some thread: whether it was dropped because there is no room for it.
    private bool DropsAnswer(RespSession session)
    {
        if (!_isOne || _opcode != Opcode.Get || !_sending.IsCompletedSuccessfully) return false;
        var reply = _sending.GetAwaiter().GetResult();
        _sending = new ValueTask<Reply>(reply);
        if (TryHold(session.Room, reply.Body.Length)) return false;
        _sending = default;
        reply.Dispose();
        return true;
    }

    private void OnDone()
    {
        // Read before: from the exchange on the loop may finish the call and give it back.
        var session = _session!;
        if (DropsAnswer(session))
        {
            // It goes on running: nobody but the loop touches it until it is asked for again.
            AskLater();
            session.Wake();
            return;
        }

        if (Interlocked.CompareExchange(ref _state, Done, Running) == Running) session.Wake();
        else DropAnswer();
    }

    private void FinishOne(RespReply client)
    {
        using var reply = _sending.GetAwaiter().GetResult();
        _session!.Room.Saw(reply.Body.Length);
        AnswerOne(client, reply.Header, reply.Body.Span);
    }

    private void AnswerOne(RespReply client, in ReplyHeader header, ReadOnlySpan<byte> body)
    {
        var outcome = OutcomeReader.Read(_opcode, _flags, header, body, out var value);
        var changed = RespClient.Answer(client, _valueIsReply, _answer!, _number, outcome, value);
        if (!changed || _event == null || !Client.Server.Notifications.AreOn) return;
        if (CacheCommand.TryRead(_opcode, _request.Written, out var command, out _) != StatusCode.Ok)
            throw new InvalidOperationException($"{Command.FullName}: its own request does not parse.");
        Notify(_event, command.Path);
    }

    // One command's defect is that command's alone; nothing of its answer was written yet.
    private void AnswerDefect(RespReply client, Exception defect)
    {
        Client.Server.ReportDefect(Command, defect);
        client.Error("ERR internal error: the server's log says more");
    }

    private void FinishRun(RespReply client)
    {
        _running.GetAwaiter().GetResult();
        _session!.Room.Saw(_output.Length);
        if (_output.Written is [(byte)'-', ..]) client.CountError();
        if (!IsSilent) client.Raw(_output.Written);
    }

    private void Run()
    {
        try
        {
            _running = Command.Run!(this);
        }
        catch (Exception defect) when (defect is not OutOfMemoryException)
        {
            _running = ValueTask.FromException(defect);
        }

        var awaiter = _running.GetAwaiter();
        if (awaiter.IsCompleted) _state = Done;
        else awaiter.UnsafeOnCompleted(_onDone);
    }

    // On whichever thread came last; buffers of an abandoned call are the collector's.
    private void DropAnswer()
    {
        try
        {
            if (_isOne) _sending.GetAwaiter().GetResult().Dispose();
            else _running.GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            // Its client left: that is what cancelled it.
        }
        catch (Exception defect) when (defect is not OutOfMemoryException)
        {
            Client.Server.ReportDefect(Command, defect);
        }
    }

    /// <summary>Gives its buffers back; of one that is not used again.</summary>
    public void Release()
    {
        _arguments.Release();
        _output.Release();
        _request.Release();
    }
}

using System.Runtime.CompilerServices;
using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Commands;
using Hedgerow.Server.FrontEnds.Resp.Commands;

namespace Hedgerow.Server.FrontEnds.Resp;

/// <summary>
/// One command that runs in steps or has to wait: copies of its arguments, a reply of its own, and the ways to the
/// store. Reused; a handler must not keep it. One step at a time, except that several sends may be under way.
/// </summary>
internal sealed partial class RespCall : QueuedCall
{
    private readonly RespBuffer _arguments = new();
    private readonly RespBuffer _output = new();
    private ArgSpan[] _spans = new ArgSpan[8];
    private List<PendingEvent>? _events;
    private int _count;

    /// <summary>A command within a transaction.</summary>
    /// <param name="client">Whose it is.</param>
    /// <param name="executor">Where the transaction keeps what it does until it is committed.</param>
    /// <param name="events">Takes the notifications, which wait for that too; null publishes them.</param>
    public RespCall(RespClient client, ICommandExecutor executor, List<PendingEvent>? events)
        : this()
    {
        Client = client;
        Executor = executor;
        _events = events;
        Reply.Protocol = client.Protocol;
    }

    private RespCall()
    {
        Reply = new RespReply(_output);
        _onDone = OnDone;
        _direct = new Direct(this);
    }

    /// <summary>Whose command it is.</summary>
    public RespClient Client { get; private set; } = null!;

    /// <summary>Its row.</summary>
    public RespCommand Command { get; private set; } = null!;

    /// <summary>Takes the answer.</summary>
    public RespReply Reply { get; }

    /// <summary>What the answer is so far.</summary>
    public RespBuffer Answer => _output;

    /// <summary>Runs operations on entries.</summary>
    public ICommandExecutor Executor { get; private set; } = null!;

    /// <summary>Cancelled when the connection closes.</summary>
    public CancellationToken Cancel { get; private set; }

    /// <summary>The arguments. A view: take it anew after every await.</summary>
    public RespArgs Args => new(_arguments.Written, _spans.AsSpan(0, _count));

    /// <summary>Arguments with the name.</summary>
    public int Count => _count;

    /// <summary>One argument.</summary>
    public ReadOnlySpan<byte> this[int index] => Args[index];

    /// <summary>One argument, for the time of the call.</summary>
    public ReadOnlyMemory<byte> Memory(int index) =>
        _arguments.WrittenMemory.Slice(_spans[index].Start, _spans[index].Length);

    /// <summary>
    /// Runs one cache operation: at once where the executor can, else as a request. Reads of a read-compute-compare
    /// loop carry <see cref="FrameFlags.None"/> plus the flag that sends them to the owner.
    /// </summary>
    /// <param name="command">Copied before this returns.</param>
    /// <param name="flags">ReturnEntry for a conditional write whose value is wanted.</param>
    /// <returns>Status, entry and value; the caller disposes it. Failures are statuses.</returns>
    public ValueTask<EntryResult> SendAsync(in CacheCommand command, FrameFlags flags = FrameFlags.None)
    {
        if (Client.ReadsFromOwner(command.Opcode)) flags |= FrameFlags.FromOwner;
        var value = RentBuffer();
        var here = (flags & FrameFlags.FromOwner) == 0 ? command : command with { FromOwner = true };
        if (Executor.TryExecute(here, 0, value, out var outcome))
            return new ValueTask<EntryResult>(new EntryResult(this, outcome, value));
        var body = RentBuffer();
        command.WriteTo(body.GetSpan(command.Length));
        body.Advance(command.Length);
        return Wait(command.Opcode, flags, body, value);
    }

    /// <summary>Any request in native form. The caller disposes the reply.</summary>
    public ValueTask<Reply> SendAsync(Opcode opcode, FrameFlags flags, ReadOnlyMemory<byte> body)
    {
        var header = new RequestHeader { Opcode = opcode, Flags = flags };
        var isRead = opcode is Opcode.GetMany or Opcode.EntryScan or Opcode.Search or Opcode.Suggest or Opcode.Spelling;
        return isRead && _session is not null ? ReadAsync(header, body) : Executor.ExecuteAsync(header, body, Cancel);
    }

    /// <summary>
    /// Leaves the loop where the command may take so many steps: when its turn has come, so that it has all room for
    /// its answer, and when the node has room for one more such.
    /// </summary>
    public async ValueTask<LongReads.Turn> BeginLongAsync(long steps)
    {
        if (steps <= LongReads.StepsMax) return default;
        if (_session is not null) await TurnAsync();
        return await Client.Server.LongReads.BeginAsync(Cancel);
    }

    /// <summary>A buffer of this call's; give it back with <see cref="Return"/>.</summary>
    public RespBuffer RentBuffer() => Client.Server.Buffers.Rent();

    /// <summary>Gives a buffer back.</summary>
    public void Return(RespBuffer buffer) => Client.Server.Buffers.Return(buffer);

    /// <summary>Tells subscribers of keyspace notifications.</summary>
    public void Notify(RespEvent what, ReadOnlySpan<byte> key)
    {
        if (_events == null) Client.Notify(what, key);
        else _events.Add(new PendingEvent(what, key.ToArray()));
    }

    /// <summary>Takes copies of a command's arguments, for a transaction that runs it.</summary>
    public void Take(RespCommand command, in RespArgs args, CancellationToken cancel)
    {
        Command = command;
        _arguments.Clear();
        _output.Clear();
        Take(args, cancel);
    }

    private void Take(in RespArgs args, CancellationToken cancel)
    {
        Cancel = cancel;
        _count = args.Count;
        if (_spans.Length < _count) _spans = new ArgSpan[_count];
        var total = checked((int)args.TotalBytes);
        args.CopyTo(_arguments.GetSpan(total), _spans);
        _arguments.Advance(total);
    }

    // What has no room is asked for again in its turn: a read can be repeated.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Reply> ReadAsync(RequestHeader header, ReadOnlyMemory<byte> body)
    {
        var room = _session!.Room;
        while (true)
        {
            var reply = await Executor.ExecuteAsync(header, body, Cancel);
            if (TryHold(room, reply.Body.Length)) return reply;
            reply.Dispose();
            await TurnAsync();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<EntryResult> Wait(Opcode opcode, FrameFlags flags, RespBuffer body, RespBuffer value)
    {
        try
        {
            using var reply = opcode == Opcode.Get && _session is not null
                ? await ReadAsync(new RequestHeader { Opcode = opcode, Flags = flags }, body.WrittenMemory)
                : await SendAsync(opcode, flags, body.WrittenMemory);
            var outcome = OutcomeReader.Read(opcode, flags, reply.Header, reply.Body.Span, out var found);
            var span = value.GetSpan(found.Length);
            found.CopyTo(span);
            value.Advance(found.Length);
            return new EntryResult(this, outcome, value);
        }
        finally
        {
            Return(body);
        }
    }
}

/// <summary>How a cache operation ended, with its value. Dispose it once; the value is gone then.</summary>
internal readonly struct EntryResult : IDisposable
{
    private readonly RespCall _call;
    private readonly RespBuffer _value;

    public EntryResult(RespCall call, in CommandOutcome outcome, RespBuffer value)
    {
        _call = call;
        Outcome = outcome;
        _value = value;
    }

    /// <summary>Status, version, flags, expiry, kind.</summary>
    public CommandOutcome Outcome { get; }

    /// <summary>How it ended.</summary>
    public StatusCode Status => Outcome.Status;

    /// <summary>The value read or stored; the text of the error where the status is a failure.</summary>
    public ReadOnlySpan<byte> Value => _value.Written;

    /// <summary>As <see cref="Value"/>, for the time until Dispose.</summary>
    public ReadOnlyMemory<byte> ValueMemory => _value.WrittenMemory;

    /// <inheritdoc/>
    public void Dispose() => _call.Return(_value);
}

/// <summary>A notification that waits for its transaction.</summary>
internal readonly record struct PendingEvent(RespEvent What, byte[] Key);

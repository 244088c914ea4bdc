using System.Buffers.Text;
using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Commands;

namespace Hedgerow.Server.FrontEnds.Resp;

/// <summary>How one command is executed.</summary>
internal sealed partial class RespSession
{
    // Finds the row before execution, so that what it will need is fetched ahead.
    private static void Resolve(ref ParsedCommand parsed, in RespArgs args)
    {
        var command = RespTable.Find(args[0]);
        if (command is { Subcommands.Count: > 0 } && args.Count > 1)
            command = RespTable.FindSubcommand(command, args[1]) ?? command;
        parsed.Command = command;
        parsed.HasKey = command != null && command.Keys.First > 0 && args.Count > command.Keys.First;
    }

    // The hash of the first key, by which commands under way are told apart; 0 where there is none.
    private static ulong HashOf(in ParsedCommand parsed, in RespArgs args) =>
        parsed.HasKey ? PathHash.OfPath(args[parsed.Command!.Keys.First]) : 0;

    // False: it has to wait for what is under way, and stays in the input.
    private bool Execute(in ParsedCommand parsed, in RespArgs args)
    {
        if (Client.IsPlain) return ExecutePlain(parsed, args);
        // The connection's state decides: it must be the one after everything before.
        if (_calls.Count > 0) return Wait();
        var before = Output.Position;
        Client.BeginSilence();
        if (Admits(parsed.Command, args)) ExecutePlain(parsed, args);
        if (Client.EndSilence(parsed.Command)) Output.Rewind(before);
        return true;
    }

    private bool ExecutePlain(in ParsedCommand parsed, in RespArgs args)
    {
        var command = parsed.Command;
        if (command == null || !command.Takes(args.Count) || command.NeedsSubcommand(args.Count))
            return _calls.Count > 0 ? Wait() : Refuse(command, args);
        if (BadKeyOf(command, args) is > 0 and var bad)
            return _calls.Count > 0 ? Wait() : RefuseKey(command, args[bad]);
        Client.LastCommand = command;
        if (command.Now != null)
        {
            if (_calls.Count > 0) return Wait();
            var startedAt = BeginTiming(command);
            var errors = _reply.Errors;
            _counters.Count(command);
            command.Now(Client, args, _reply);
            Measure(command, startedAt, errors);
            return true;
        }

        if (_calls.Count > 0) return Queue(parsed, args);
        return command.One != null ? ExecuteOne(parsed, args) : Start(parsed, args);
    }

    private bool ExecuteOne(in ParsedCommand parsed, in RespArgs args)
    {
        var command = parsed.Command!;
        var startedAt = BeginTiming(command);
        var errors = _reply.Errors;
        var one = default(OneCommand);
        var translation = command.One!(Client, args, _reply, ref one);
        if (translation == Translation.Run) return Start(parsed, args);
        if (translation == Translation.Send)
        {
            AskOwnerIfWatching(ref one);
            if (_isRemote || !TryHere(one, out var status)) return StartOne(parsed, args, one);
            if (status == StatusCode.NotANumber)
            {
                if (command.Run != null) return Start(parsed, args);
                _reply.Error(RespErrors.NotAnInteger);
            }
        }

        _counters.Count(command);
        Measure(command, startedAt, errors);
        return true;
    }

    private void AskOwnerIfWatching(ref OneCommand one)
    {
        if (!Client.ReadsFromOwner(one.Command.Opcode)) return;
        one.Flags |= FrameFlags.FromOwner;
        one.Command = one.Command with { FromOwner = true };
    }

    // Executes on this thread, with the value going from the store into the output.
    private bool TryHere(in OneCommand one, out StatusCode status)
    {
        var before = Output.Position;
        var headBytes = one.ValueIsReply ? WriteHeadGuess() : 0;
        var isDone = _executor.TryExecute(one.Command, 0, Output, out var outcome);
        status = outcome.Status;
        if (!isDone || status == StatusCode.NotANumber)
        {
            Output.Rewind(before);
            return isDone;
        }

        var length = Output.Position - before - headBytes;
        var changed = true;
        if (one.ValueIsReply && status == StatusCode.Ok && outcome.Kind == EntryKind.Value)
        {
            FinishBulk(before, headBytes, length);
        }
        else
        {
            if (length > 0) changed = AnswerWithValue(one, outcome, before, headBytes);
            else
            {
                if (headBytes > 0) Output.Rewind(before);
                changed = RespClient.Answer(_reply, one.ValueIsReply, one.Answer, one.Number, outcome, default);
            }
        }

        if (changed && one.Event != null) Client.Notify(one.Event, one.Command.Path);
        return true;
    }

    // The value is in the output where the answer goes: a number's digits, or a value of which the length is wanted.
    private bool AnswerWithValue(in OneCommand one, in CommandOutcome outcome, int before, int headBytes)
    {
        var written = Output.WrittenFrom(before + headBytes);
        if (written.Length <= CopiedBytesMax)
        {
            Span<byte> copy = stackalloc byte[CopiedBytesMax];
            written.CopyTo(copy);
            copy = copy[..written.Length];
            Output.Rewind(before);
            return RespClient.Answer(_reply, one.ValueIsReply, one.Answer, one.Number, outcome, copy);
        }

        var buffer = Client.Server.Buffers.Rent();
        written.CopyTo(buffer.GetSpan(written.Length));
        buffer.Advance(written.Length);
        Output.Rewind(before);
        var changed = RespClient.Answer(_reply, one.ValueIsReply, one.Answer, one.Number, outcome, buffer.Written);
        Client.Server.Buffers.Return(buffer);
        return changed;
    }

    // Values of one client are mostly of one length: its head is written before the value is known, and put right.
    private int WriteHeadGuess()
    {
        var span = Output.GetSpan(HeadGuessMax);
        span[0] = (byte)'$';
        Utf8Formatter.TryFormat(_lastBulkLength, span[1..], out var digits);
        span[digits + 1] = (byte)'\r';
        span[digits + 2] = (byte)'\n';
        Output.Advance(digits + 3);
        return digits + 3;
    }

    private void FinishBulk(int before, int headBytes, int length)
    {
        if (length != _lastBulkLength) PutHeadRight(before, headBytes, length);
        Output.Write("\r\n"u8);
    }

    private void PutHeadRight(int before, int headBytes, int length)
    {
        _lastBulkLength = length;
        Span<byte> digits = stackalloc byte[HeadGuessMax];
        Utf8Formatter.TryFormat(length, digits, out var count);
        var needed = count + 3;
        if (needed > headBytes)
        {
            Output.GetSpan(needed - headBytes);
            Output.Advance(needed - headBytes);
        }

        var span = Output.WrittenFrom(before);
        if (needed != headBytes) span.Slice(headBytes, length).CopyTo(span[needed..]);
        if (needed < headBytes) Output.Rewind(before + needed + length);
        digits[..count].CopyTo(span[1..]);
        span[count + 1] = (byte)'\r';
        span[count + 2] = (byte)'\n';
    }

    private bool Queue(in ParsedCommand parsed, in RespArgs args)
    {
        var command = parsed.Command!;
        if (_calls.Count >= CallsMax || _callBytes >= CallBytesMax || !_room.HasRoom(_calls.Count)) return Wait();
        var hash = HashOf(parsed, args);
        if (!_calls.Allows(command.OrderOf(args.Count), hash)) return Wait();
        if (command.One == null) return Start(parsed, args);
        var one = default(OneCommand);
        var call = RespCall.Rent(this, command, command.OrderOf(args.Count), hash);
        var translation = command.One(Client, args, call.Reply, ref one);
        if (translation == Translation.Send) AskOwnerIfWatching(ref one);
        if (translation == Translation.Run) call.StartRun(args, Closing());
        else if (translation == Translation.Send) call.StartOne(one, args, Closing());
        else call.StartAnswered();
        Enqueue(call);
        return true;
    }

    private bool StartOne(in ParsedCommand parsed, in RespArgs args, in OneCommand one)
    {
        var call = RespCall.Rent(this, parsed.Command!, parsed.Command!.OrderOf(parsed.Count), HashOf(parsed, args));
        call.StartOne(one, args, Closing());
        Enqueue(call);
        return true;
    }

    private bool Start(in ParsedCommand parsed, in RespArgs args)
    {
        var call = RespCall.Rent(this, parsed.Command!, parsed.Command!.OrderOf(parsed.Count), HashOf(parsed, args));
        call.StartRun(args, Closing());
        Enqueue(call);
        return true;
    }

    private void Enqueue(RespCall call)
    {
        _counters.Count(call.Command);
        if (_calls.Count == 0 && call.IsSettled())
        {
            Finish(call);
            return;
        }

        call.HoldAnswer(_room);
        _calls.Add(call);
        _callBytes += call.RequestBytes;
    }

    private CancellationToken Closing() => (_closing ??= new CancellationTokenSource()).Token;

    private bool Wait()
    {
        Stall();
        return false;
    }

    // An answer of its own behind those that are under way.
    private void QueueAnswer(ReadOnlySpan<byte> error)
    {
        var call = RespCall.Rent(this, RespTable.Unknown, OrderClass.ReadMany, 0);
        call.Reply.Error(error);
        call.StartAnswered();
        Enqueue(call);
    }

    private bool RefuseKey(RespCommand command, ReadOnlySpan<byte> key)
    {
        _counters.Reject(command);
        WriteBadKey(key);
        return true;
    }
}

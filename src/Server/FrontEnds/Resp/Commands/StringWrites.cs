using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Resp.Commands;

/// <summary>SET and what else stores a string.</summary>
internal static class StringWrites
{
    private static readonly RespAnswer OkOrNull = AnswerOkOrNull;
    private static readonly RespAnswer OneOrZero = AnswerOneOrZero;

    /// <summary>SET key value [NX|XX] [GET] [EX|PX|EXAT|PXAT time|KEEPTTL], where one operation does it.</summary>
    public static Translation Set(RespClient client, in RespArgs args, RespReply reply, ref OneCommand one)
    {
        var opcode = Opcode.Set;
        long expiresAtMs = 0;
        if (args.Count > 3)
        {
            if (!SetOptions.TryReadSet(args, 3, out var options)) return Fail(reply, RespErrors.Syntax);
            if (options.NeedsSteps) return Translation.Run;
            if (!options.TryExpiry(args, "set", client.Executor.UtcNowMs, reply, out expiresAtMs))
                return Translation.Replied;
            if (options.IfAbsent) opcode = Opcode.Add;
            else if (options.IfPresent) opcode = Opcode.Replace;
        }

        Store(ref one, opcode, args[1], args[2], expiresAtMs, OkOrNull);
        return Translation.Send;
    }

    /// <summary>SETEX key seconds value.</summary>
    public static Translation SetEx(RespClient client, in RespArgs args, RespReply reply, ref OneCommand one) =>
        SetExpiring(ExpiryUnit.Seconds, "setex", client, args, reply, ref one);

    /// <summary>PSETEX key milliseconds value.</summary>
    public static Translation PSetEx(RespClient client, in RespArgs args, RespReply reply, ref OneCommand one) =>
        SetExpiring(ExpiryUnit.Milliseconds, "psetex", client, args, reply, ref one);

    /// <summary>SETNX key value.</summary>
    public static Translation SetNx(RespClient client, in RespArgs args, RespReply reply, ref OneCommand one)
    {
        Store(ref one, Opcode.Add, args[1], args[2], 0, OneOrZero);
        return Translation.Send;
    }

    /// <summary>SET with GET or KEEPTTL.</summary>
    public static async ValueTask SetInSteps(RespCall call)
    {
        if (!SetOptions.TryReadSet(call.Args, 3, out var options))
        {
            call.Reply.Error(RespErrors.Syntax);
            return;
        }

        if (options.TryExpiry(call.Args, "set", call.Executor.UtcNowMs, call.Reply, out var expiresAtMs))
            await Replace(call, options, expiresAtMs);
    }

    /// <summary>GETSET key value.</summary>
    public static ValueTask GetSet(RespCall call) => Replace(call, new SetOptions { ReturnsOld = true }, 0);

    /// <summary>
    /// MSET key value [key value ...]. Each key is set for itself, in no order but that of values of the same key.
    /// </summary>
    public static async ValueTask MSet(RespCall call)
    {
        if (call.Count % 2 == 0)
        {
            call.Reply.Error("ERR wrong number of arguments for 'mset' command");
            return;
        }

        var sends = new Tally(call);
        for (int at = 1, first = 1; at < call.Count; at += 2)
        {
            if (sends.IsFull || (!sends.IsIdle && IsAmong(call, first, at))) await sends.WaitAsync();
            if (sends.IsIdle) first = at;

            var set = new CacheCommand { Opcode = Opcode.Set, Path = call[at], Value = call[at + 1] };
            sends.Add(at, call.SendAsync(set), KeyEvents.Set);
        }

        await sends.WaitAsync();
        if (!sends.Failed()) call.Reply.Ok();
    }

    /// <summary>Whether a key is one of those from another place on, which are under way.</summary>
    private static bool IsAmong(RespCall call, int first, int at)
    {
        for (var i = first; i < at; i += 2)
            if (call[i].SequenceEqual(call[at])) return true;
        return false;
    }

    /// <summary>MSETNX key value [key value ...]: all or none, so all in one shard.</summary>
    public static async ValueTask MSetNx(RespCall call)
    {
        if (call.Count % 2 == 0)
        {
            call.Reply.Error("ERR wrong number of arguments for 'msetnx' command");
            return;
        }

        if (!SharedShard.Holds(call, 1, 2)) return;
        using var change = new AtomicChange(call);
        for (var at = 1; at < call.Count; at += 2)
        {
            change.Expect(call[at], 0);
            change.Write(new CacheCommand { Opcode = Opcode.Set, Path = call[at], Value = call[at + 1] });
        }

        var status = await change.CommitAsync();
        if (status is not (StatusCode.Ok or StatusCode.VersionMismatch)) return;
        for (var at = 1; at < call.Count && status == StatusCode.Ok; at += 2) call.Notify(KeyEvents.Set, call[at]);
        call.Reply.Integer(status == StatusCode.Ok ? 1 : 0);
    }

    /// <summary>APPEND key value: the length there is then.</summary>
    public static async ValueTask Append(RespCall call)
    {
        for (var round = 0; round < Steps.RoundsMax; round++)
        {
            using var longer = await call.SendAsync(Put(Opcode.Append, call));
            if (Steps.Failed(call, longer)) return;
            if (longer.Status == StatusCode.Ok)
            {
                call.Notify(KeyEvents.Append, call[1]);
                call.Reply.Integer(ValueLengths.ReadNumber(longer.Value));
                return;
            }

            using var added = await call.SendAsync(Put(Opcode.Add, call));
            if (Steps.Failed(call, added)) return;
            if (Steps.Lost(added)) continue;
            call.Notify(KeyEvents.Append, call[1]);
            call.Reply.Integer(call[2].Length);
            return;
        }

        Steps.GiveUp(call);
    }

    /// <summary>SETRANGE key offset value: the length there is then. Zeros fill what was not there.</summary>
    public static async ValueTask SetRange(RespCall call)
    {
        if (!TryOffset(call, out var offset)) return;
        for (var round = 0; round < Steps.RoundsMax; round++)
        {
            using var read = await Steps.Read(call, 1);
            if (Steps.FailedOrFields(call, read)) return;
            if (call[3].IsEmpty)
            {
                call.Reply.Integer(read.Status == StatusCode.Ok ? read.Value.Length : 0);
                return;
            }

            if (offset > call.Client.Server.Settings.ValueBytesMax - call[3].Length)
            {
                call.Reply.Error(RespErrors.TooLong);
                return;
            }

            using var patched = new Scratch(call);
            Patch(patched.Buffer, read.Status == StatusCode.Ok ? read.Value : default, (int)offset, call[3]);
            using var written = await Steps.Store(call, 1, read, patched.Buffer.Written, read.Outcome.ExpiresAtMs);
            if (Steps.Failed(call, written)) return;
            if (Steps.Lost(written)) continue;
            call.Notify(KeyEvents.SetRange, call[1]);
            call.Reply.Integer(patched.Buffer.Length);
            return;
        }

        Steps.GiveUp(call);
    }

    private static CacheCommand Put(Opcode opcode, RespCall call) =>
        new() { Opcode = opcode, Path = call[1], Value = call[2] };

    private static bool TryOffset(RespCall call, out long offset)
    {
        if (!call.Args.TryLong(2, out offset)) call.Reply.Error(RespErrors.NotAnInteger);
        else if (offset < 0) call.Reply.Error("ERR offset is out of range"u8);
        else return true;
        return false;
    }

    private static void Patch(RespBuffer output, ReadOnlySpan<byte> old, int offset, ReadOnlySpan<byte> part)
    {
        var length = Math.Max(old.Length, offset + part.Length);
        var whole = output.GetSpan(length)[..length];
        old.CopyTo(whole);
        whole[old.Length..].Clear();
        part.CopyTo(whole[offset..]);
        output.Advance(length);
    }

    private static async ValueTask Replace(RespCall call, SetOptions options, long expiresAtMs)
    {
        for (var round = 0; round < Steps.RoundsMax; round++)
        {
            using var read = options.ReturnsOld ? await Steps.Read(call, 1) : await Steps.Head(call, 1);
            if (options.ReturnsOld ? Steps.FailedOrFields(call, read) : Steps.Failed(call, read)) return;
            var exists = read.Status == StatusCode.Ok;
            if (exists ? options.IfAbsent : options.IfPresent)
            {
                if (exists && options.ReturnsOld) call.Reply.Bulk(read.Value);
                else call.Reply.Null();
                return;
            }

            var until = options.KeepsTtl && exists ? read.Outcome.ExpiresAtMs : expiresAtMs;
            using var written = await Steps.Store(call, 1, read, call[2], until);
            if (Steps.Failed(call, written)) return;
            if (Steps.Lost(written)) continue;
            call.Notify(expiresAtMs == 0 ? KeyEvents.Set : KeyEvents.SetAndExpire, call[1]);
            if (!options.ReturnsOld) call.Reply.Ok();
            else if (exists) call.Reply.Bulk(read.Value);
            else call.Reply.Null();
            return;
        }

        Steps.GiveUp(call);
    }

    private static Translation SetExpiring(
        ExpiryUnit unit, string name, RespClient client, in RespArgs args, RespReply reply, ref OneCommand one)
    {
        var nowMs = client.Executor.UtcNowMs;
        if (!SetOptions.TryExpiry(args, 2, unit, name, nowMs, reply, out var expiresAtMs)) return Translation.Replied;
        Store(ref one, Opcode.Set, args[1], args[3], expiresAtMs, OkOrNull);
        return Translation.Send;
    }

    private static void Store(
        ref OneCommand one, Opcode opcode, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, long expiresAtMs,
        RespAnswer answer)
    {
        one.Command = new CacheCommand { Opcode = opcode, Path = key, Value = value, ExpiresAtMs = expiresAtMs };
        one.Answer = answer;
        one.Event = expiresAtMs == 0 ? KeyEvents.Set : KeyEvents.SetAndExpire;
    }

    private static bool AnswerOkOrNull(
        RespReply reply, long number, in CommandOutcome outcome, ReadOnlySpan<byte> value)
    {
        if (outcome.Status == StatusCode.Ok) reply.Ok();
        else reply.Null();
        return outcome.Status == StatusCode.Ok;
    }

    private static bool AnswerOneOrZero(
        RespReply reply, long number, in CommandOutcome outcome, ReadOnlySpan<byte> value)
    {
        reply.Integer(outcome.Status == StatusCode.Ok ? 1 : 0);
        return outcome.Status == StatusCode.Ok;
    }

    private static Translation Fail(RespReply reply, ReadOnlySpan<byte> error)
    {
        reply.Error(error);
        return Translation.Replied;
    }
}

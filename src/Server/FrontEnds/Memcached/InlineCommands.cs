using System.Buffers.Binary;
using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Commands;
using Hedgerow.Server.FrontEnds.Sockets;

namespace Hedgerow.Server.FrontEnds.Memcached;

/// <summary>
/// The common commands over a leaf in this process: executed between reading the line and writing the answer, with one
/// copy of the value, from the store into the output. Each says false, with nothing written and nothing done, when it
/// has to wait; then the command runs by <see cref="CommandRunner"/>. One session's.
/// </summary>
/// <remarks>
/// The line before a value tells its length, which is known once the value is there. So room is left for a line as long
/// as the last one was, the store copies the value behind it, and only where the guess was wrong is the value moved.
/// </remarks>
internal sealed class InlineCommands(ICommandExecutor executor, SessionOutput output, MemcachedCounters counters)
{
    private readonly ReplyBuffer _scratch = new();
    private int _guess = 24;

    /// <summary>One key of get or gets.</summary>
    /// <param name="key">The key.</param>
    /// <param name="showsCas">Whether the line has the cas number.</param>
    /// <param name="versionMin">The version that the entry must at least have.</param>
    /// <param name="status">How it ended, when the return value is true.</param>
    public bool TryGet(ReadOnlySpan<byte> key, bool showsCas, ulong versionMin, out StatusCode status)
    {
        var begin = output.Position;
        output.Write("VALUE "u8);
        output.Write(key);
        var tailAt = output.Position;
        Skip(_guess);
        var get = new CacheCommand { Opcode = Opcode.Get, Path = key, Version = versionMin };
        var isDone = executor.TryExecute(get, 0, output, out var found);
        status = found.Status;
        if (!isDone || status != StatusCode.Ok || found.Kind != EntryKind.Value)
        {
            output.Rewind(begin);
            if (isDone && status == StatusCode.Ok) status = StatusCode.NotFound;
            return isDone;
        }

        var bytes = output.Position - tailAt - _guess;
        var tail = new ReplyLine(stackalloc byte[ReplyLine.BytesMax]);
        ValueLine.PutTail(ref tail, found.EntryFlags, bytes, found.Version, showsCas);
        Fit(tailAt, tail.Written);
        output.Write("\r\n"u8);
        return true;
    }

    /// <summary>One key of gat or gats.</summary>
    public bool TryTouchAndGet(ReadOnlySpan<byte> key, bool showsCas, long expiresAtMs, out StatusCode status)
    {
        status = default;
        if (Expiry.HasPassed(expiresAtMs, executor.UtcNowMs)) return false;
        _scratch.Clear();
        var touch = new CacheCommand { Opcode = Opcode.Touch, Path = key, ExpiresAtMs = expiresAtMs };
        if (!executor.TryExecute(touch, 0, _scratch, out var touched)) return false;

        status = touched.Status;
        return status != StatusCode.Ok || TryGet(key, showsCas, touched.Version, out status);
    }

    /// <summary>mg that only reads, of an entry that is not stale.</summary>
    public bool TryMetaGet(in EntryRequest request, in CommandLine line, ReadOnlySpan<byte> key, long nowMs)
    {
        if (!request.IsPlainRead) return false;
        var begin = output.Position;
        var room = request.WantsValue ? _guess : 0;
        Skip(room);
        var get = new CacheCommand { Opcode = Opcode.Get, Path = key };
        var isDone = executor.TryExecute(get, 0, output, out var found);
        var isMiss = isDone && (found.Status == StatusCode.NotFound
            || (found.Status == StatusCode.Ok && found.Kind != EntryKind.Value));
        if (isMiss)
        {
            output.Rewind(begin);
            AnswerMiss(request, line, key);
            return true;
        }

        if (!isDone || found.Status != StatusCode.Ok
            || FetchCommands.Wins(request, found.Mark, found.ExpiresAtMs, nowMs))
        {
            output.Rewind(begin);
            return false;
        }

        var facts = FetchCommands.FactsOf(found, nowMs);
        facts.Bytes = output.Position - begin - room;
        AnswerHit(request, line, key, facts, begin, room);
        return true;
    }

    /// <summary>A storage command that is one operation of the store.</summary>
    public bool TryStore(
        in EntryRequest request, in CommandLine line, ReadOnlySpan<byte> key, ReadOnlySpan<byte> data)
    {
        if (request.HasNewCas || !StoreCommands.TryPlan(request, out var opcode)) return false;
        _scratch.Clear();
        var store = new CacheCommand
        {
            Opcode = opcode,
            Path = key,
            Value = data,
            EntryFlags = request.ClientFlags,
            ExpiresAtMs = request.ExpiresAtMs,
            CompareVersion = opcode == Opcode.CompareAndSet ? request.Compare : 0,
        };
        if (!executor.TryExecute(store, 0, _scratch, out var done)) return false;
        if (!StoreCommands.TryEnd(request, done.Status, out var ending)) return false;
        counters.CountCommand(request, StoreCommands.ResultOf(ending));
        if (request.IsQuiet && (ending == StoreCommands.Ending.Stored || !request.IsMeta)) return true;
        var joined = opcode is Opcode.Append or Opcode.Prepend && ending == StoreCommands.Ending.Stored;
        var reply = new ReplyLine(stackalloc byte[ReplyLine.BytesMax]);
        StoreCommands.PutAnswer(
            ref reply, line, request, key, ending, done.Version,
            joined ? (int)BinaryPrimitives.ReadInt64LittleEndian(_scratch.WrittenSpan) : data.Length);
        output.Write(reply.Written);
        return true;
    }

    /// <summary>delete, and md that removes.</summary>
    public bool TryRemove(in EntryRequest request, in CommandLine line, ReadOnlySpan<byte> key)
    {
        if (!RemoveCommands.IsOneOperation(request)) return false;
        _scratch.Clear();
        var delete = new CacheCommand
        {
            Opcode = Opcode.Delete,
            Path = key,
            Version = request.HasNewCas ? request.NewCas : 0,
            CompareVersion = request.HasCompare ? request.Compare : 0,
        };
        if (!executor.TryExecute(delete, 0, _scratch, out var done)) return false;
        var reply = new ReplyLine(stackalloc byte[ReplyLine.BytesMax]);
        if (!RemoveCommands.TryPutAnswer(ref reply, line, request, key, done.Status)) return false;
        counters.CountCommand(request, RemoveCommands.ResultOf(done.Status));
        if (request.IsQuiet && (done.Status == StatusCode.Ok || !request.IsMeta)) return true;
        output.Write(reply.Written);
        return true;
    }

    /// <summary>touch.</summary>
    public bool TryTouch(in EntryRequest request, ReadOnlySpan<byte> key)
    {
        _scratch.Clear();
        var touch = new CacheCommand { Opcode = Opcode.Touch, Path = key, ExpiresAtMs = request.ExpiresAtMs };
        if (!executor.TryExecute(touch, 0, _scratch, out var done)) return false;
        if (done.Status is not (StatusCode.Ok or StatusCode.NotFound)) return false;
        var isHit = done.Status == StatusCode.Ok;
        counters.CountCommand(request, isHit ? CommandResult.Hit : CommandResult.Miss);
        if (!request.IsQuiet) output.Write(isHit ? "TOUCHED\r\n"u8 : "NOT_FOUND\r\n"u8);
        return true;
    }

    private void AnswerMiss(in EntryRequest request, in CommandLine line, ReadOnlySpan<byte> key)
    {
        counters.CountCommand(request, CommandResult.Miss);
        if (request.IsQuiet) return;
        var reply = new ReplyLine(stackalloc byte[ReplyLine.BytesMax]);
        MetaReply.Plain(ref reply, "EN"u8, line, request, key);
        output.Write(reply.Written);
    }

    private void AnswerHit(
        in EntryRequest request, in CommandLine line, ReadOnlySpan<byte> key, in MetaFacts facts, int begin, int room)
    {
        counters.CountCommand(request, CommandResult.Hit);
        var shown = request;
        if (request.HasCompare && request.Compare == facts.Cas) shown.WantsValue = false;
        var reply = new ReplyLine(stackalloc byte[ReplyLine.BytesMax]);
        MetaReply.Hit(ref reply, line, shown, key, facts);
        if (!shown.WantsValue)
        {
            output.Rewind(begin);
            output.Write(reply.Written);
            return;
        }

        Fit(begin, reply.Written, room);
        output.Write("\r\n"u8);
    }

    private void Fit(int at, ReadOnlySpan<byte> line) => Fit(at, line, _guess);

    // Puts a line into the room that was left for it at a place, moving what stands behind if it does not fit.
    private void Fit(int at, ReadOnlySpan<byte> line, int room)
    {
        var behind = output.Position - at - room;
        if (line.Length != room)
        {
            _guess = line.Length;
            if (line.Length > room) Skip(line.Length - room);
            var moved = output.WrittenFrom(at);
            moved.Slice(room, behind).CopyTo(moved[line.Length..]);
            output.Rewind(at + line.Length + behind);
        }

        line.CopyTo(output.WrittenFrom(at));
    }

    private void Skip(int bytes)
    {
        output.GetSpan(bytes);
        output.Advance(bytes);
    }
}

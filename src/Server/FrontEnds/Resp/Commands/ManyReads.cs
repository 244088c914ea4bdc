using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Resp.Commands;

/// <summary>
/// MGET: read here and now where that can be done between two transactions; else it travels as one get-many, which the
/// router splits by shard and merges in order. A value that found no room in its answer is read by itself.
/// </summary>
internal static class ManyReads
{
    /// <summary>MGET key [key ...]. A key that holds no string reads as none; one that can't be read is an error.
    /// </summary>
    public static async ValueTask MGet(RespCall call)
    {
        if (TryHere(call)) return;
        call.Restart();
        call.Reply.ArrayHead(call.Count - 1);
        if (call.Client.Watched is not null)
        {
            await ReadEachAsync(call);
            return;
        }

        for (var at = 1; at < call.Count;)
        {
            var end = Math.Min(call.Count, at + ProtocolLimits.GetManyPathsMax);
            if (!await ReadAsync(call, at, end)) return;
            at = end;
        }
    }

    // False: it has to be done the other way, which can wait, and say what is wrong.
    private static bool TryHere(RespCall call)
    {
        var seen = call.Executor.TransactionsSoFar;
        if (seen < 0 && call.Count > 2) return false;
        call.Reply.ArrayHead(call.Count - 1);
        using var value = new Scratch(call);
        for (var at = 1; at < call.Count; at++)
        {
            if (!TryHere(call, at, value.Buffer)) return false;
            if (Steps.IsTooMuch(call, call.Answer.Length)) return true;
        }

        return call.Count == 2 || call.Executor.TransactionsSoFar == seen;
    }

    private static bool TryHere(RespCall call, int at, RespBuffer value)
    {
        value.Clear();
        var fromOwner = call.Count > 2 || call.Client.Watched is not null;
        var get = new CacheCommand { Opcode = Opcode.Get, Path = call[at], FromOwner = fromOwner };
        if (!call.Executor.TryExecute(get, 0, value, out var outcome)) return false;
        if (outcome.Status is not (StatusCode.Ok or StatusCode.NotFound)) return false;
        Write(call.Reply, outcome.Status, outcome.Kind, value.Written);
        return true;
    }

    // One by one, from the owner: what a transaction is to rest on.
    private static async ValueTask ReadEachAsync(RespCall call)
    {
        for (var at = 1; at < call.Count; at++)
            if (!await ReadOneAsync(call, at, FrameFlags.FromOwner)) return;
    }

    private static async ValueTask<bool> ReadOneAsync(RespCall call, int at, FrameFlags flags)
    {
        using var read = await call.SendAsync(new CacheCommand { Opcode = Opcode.Get, Path = call[at] }, flags);
        if (read.Status is not (StatusCode.Ok or StatusCode.NotFound)) return Fail(call, read.Status, read.Value);
        Write(call.Reply, read.Status, read.Outcome.Kind, read.Value);
        return !Steps.IsTooMuch(call, call.Answer.Length);
    }

    private static async ValueTask<bool> ReadAsync(RespCall call, int first, int end)
    {
        using var request = new Scratch(call);
        GetManyCodec.WriteCount(request.Buffer, end - first);
        for (var at = first; at < end; at++) GetManyCodec.WritePath(request.Buffer, 0, call[at]);
        using var reply = await call.SendAsync(Opcode.GetMany, FrameFlags.None, request.Buffer.WrittenMemory);
        if (reply.Status != StatusCode.Ok) return Fail(call, reply.Status, reply.Body.Span);
        for (var row = 0; ; row++)
        {
            var stopped = WriteRows(call, reply.Body.Span, end - first, ref row);
            if (Steps.IsTooMuch(call, call.Answer.Length)) return false;
            if (stopped == StatusCode.Ok) return true;
            if (stopped != StatusCode.TooLarge) return FailOf(call, first + row, stopped);
            if (!await ReadOneAsync(call, first + row, FrameFlags.None)) return false;
        }
    }

    /// <summary>Writes rows from one on, until the first that is not there for another reason than having no entry.
    /// </summary>
    /// <returns>Why it stopped; Ok behind the last row.</returns>
    private static StatusCode WriteRows(RespCall call, ReadOnlySpan<byte> body, int count, ref int row)
    {
        if (GetManyCodec.TryReadReply(body, out var rows, out _) != StatusCode.Ok || rows.Count != count)
            return StatusCode.Internal;
        for (var at = 0; rows.MoveNext(); at++)
        {
            if (at < row) continue;
            if (rows.TryReadEntry(out var entry)) Write(call.Reply, StatusCode.Ok, entry.Kind, entry.Value);
            else if (rows.Status == StatusCode.NotFound) call.Reply.Null();
            else return rows.Status == StatusCode.Ok ? StatusCode.Internal : rows.Status;
            row++;
        }

        return StatusCode.Ok;
    }

    private static bool Fail(RespCall call, StatusCode status, ReadOnlySpan<byte> text)
    {
        call.Restart();
        RespErrors.WriteFailure(call.Reply, status, text);
        return false;
    }

    private static bool FailOf(RespCall call, int at, StatusCode status)
    {
        var text = $"the key in place {at} could not be read: its shard said {status}";
        return Fail(call, status, Encoding.ASCII.GetBytes(text));
    }

    private static void Write(RespReply reply, StatusCode status, EntryKind kind, ReadOnlySpan<byte> value)
    {
        if (status == StatusCode.Ok && kind == EntryKind.Value) reply.Bulk(value);
        else reply.Null();
    }
}

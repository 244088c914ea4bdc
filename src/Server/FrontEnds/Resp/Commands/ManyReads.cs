using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Resp.Commands;

/// <summary>
/// MGET: read here and now where that can be done between two transactions; else it travels as one get-many, which the
/// router splits by shard and merges in order.
/// </summary>
internal static class ManyReads
{
    /// <summary>MGET key [key ...]. A key that holds no string reads as none.</summary>
    public static async ValueTask MGet(RespCall call)
    {
        if (TryHere(call)) return;
        call.Restart();
        call.Reply.ArrayHead(call.Count - 1);
        if (call.Client.Watched is not null)
        {
            await ReadFromOwnerAsync(call);
            return;
        }

        for (var at = 1; at < call.Count;)
        {
            var end = Math.Min(call.Count, at + ProtocolLimits.GetManyPathsMax);
            if (!await ReadAsync(call, at, end)) return;
            at = end;
        }
    }

    private static bool TryHere(RespCall call)
    {
        var seen = call.Executor.TransactionsSoFar;
        if (seen < 0 && call.Count > 2) return false;
        call.Reply.ArrayHead(call.Count - 1);
        using var value = new Scratch(call);
        for (var at = 1; at < call.Count; at++)
            if (!TryHere(call, at, value.Buffer)) return false;
        return call.Count == 2 || call.Executor.TransactionsSoFar == seen;
    }

    private static bool TryHere(RespCall call, int at, RespBuffer value)
    {
        value.Clear();
        var fromOwner = call.Count > 2 || call.Client.Watched is not null;
        var get = new CacheCommand { Opcode = Opcode.Get, Path = call[at], FromOwner = fromOwner };
        if (!call.Executor.TryExecute(get, 0, value, out var outcome)) return false;
        Write(call.Reply, outcome.Status, outcome.Kind, value.Written);
        return true;
    }

    private static async ValueTask ReadFromOwnerAsync(RespCall call)
    {
        for (var at = 1; at < call.Count; at++)
        {
            using var read = await Steps.Read(call, at);
            if (read.Status is not (StatusCode.Ok or StatusCode.NotFound))
            {
                call.Restart();
                RespErrors.WriteFailure(call.Reply, read.Status, read.Value);
                return;
            }

            Write(call.Reply, read.Status, read.Outcome.Kind, read.Value);
        }
    }

    private static async ValueTask<bool> ReadAsync(RespCall call, int first, int end)
    {
        using var request = new Scratch(call);
        GetManyCodec.WriteCount(request.Buffer, end - first);
        for (var at = first; at < end; at++) GetManyCodec.WritePath(request.Buffer, 0, call[at]);
        using var reply = await call.SendAsync(Opcode.GetMany, FrameFlags.None, request.Buffer.WrittenMemory);
        if (reply.Status == StatusCode.Ok && WriteRows(call.Reply, reply.Body.Span, end - first)) return true;
        call.Restart();
        RespErrors.WriteFailure(call.Reply, reply.Status, reply.Body.Span);
        return false;
    }

    private static bool WriteRows(RespReply reply, ReadOnlySpan<byte> body, int count)
    {
        if (GetManyCodec.TryReadReply(body, out var rows, out _) != StatusCode.Ok || rows.Count != count) return false;
        while (rows.MoveNext())
        {
            if (rows.TryReadEntry(out var entry)) Write(reply, StatusCode.Ok, entry.Kind, entry.Value);
            else reply.Null();
        }

        return true;
    }

    private static void Write(RespReply reply, StatusCode status, EntryKind kind, ReadOnlySpan<byte> value)
    {
        if (status == StatusCode.Ok && kind == EntryKind.Value) reply.Bulk(value);
        else reply.Null();
    }
}

using System.Buffers;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Resp.Commands;

/// <summary>
/// Several keys of one shard that are changed together if their versions are as expected: builds an <see
/// cref="Opcode.Transact"/> and sends it. Dispose it once.
/// </summary>
internal readonly struct AtomicChange : IDisposable
{
    private readonly RespCall _call;
    private readonly RespBuffer _checks;
    private readonly RespBuffer _writes;
    private readonly Counts _counts;

    public AtomicChange(RespCall call)
    {
        _call = call;
        _checks = call.RentBuffer();
        _writes = call.RentBuffer();
        _counts = new Counts();
    }

    /// <summary>Writes so far.</summary>
    public int Writes => _counts.Writes;

    /// <summary>A key must have this version; 0: there must be none.</summary>
    public void Expect(ReadOnlySpan<byte> key, ulong version)
    {
        TransactCodec.WriteCheck(_checks, key, version);
        _counts.Checks++;
    }

    /// <summary>A Set, Delete or Touch. Of a key that is written twice both count as one write too many.</summary>
    public void Write(in CacheCommand command)
    {
        TransactCodec.WriteWrite(_writes, command);
        _counts.Writes++;
    }

    /// <summary>
    /// All or nothing: Ok, or VersionMismatch when a key was not as expected. Any other status was answered.
    /// </summary>
    public async ValueTask<StatusCode> CommitAsync()
    {
        if (_counts.Checks + _counts.Writes > TransactCodec.PathsMax)
        {
            RefuseSize(_call);
            return StatusCode.TooLarge;
        }

        using var request = new Scratch(_call);
        TransactCodec.Begin(request.Buffer, 0, _counts.Checks, _counts.Writes);
        request.Buffer.Write(_checks.Written);
        request.Buffer.Write(_writes.Written);
        using var reply = await _call.SendAsync(Opcode.Transact, FrameFlags.None, request.Buffer.WrittenMemory);
        if (reply.Status is not (StatusCode.Ok or StatusCode.VersionMismatch))
            RespErrors.WriteFailure(_call.Reply, reply.Status, reply.Body.Span);
        return reply.Status;
    }

    /// <summary>Answers that it takes more keys than one change may have.</summary>
    public static void RefuseSize(RespCall call) => call.Reply.Error(
        $"ERR too many keys: what changes together reads and writes at most {TransactCodec.PathsMax} keys, and one that"
        + " is read and written counts twice; nothing was done");

    /// <inheritdoc/>
    public void Dispose()
    {
        _call.Return(_checks);
        _call.Return(_writes);
    }

    private sealed class Counts
    {
        public int Checks { get; set; }

        public int Writes { get; set; }
    }
}

/// <summary>The rule of Redis Cluster for commands that change several keys at once.</summary>
internal static class SharedShard
{
    /// <summary>Whether all keys are of one shard; else the answer is written.</summary>
    public static bool Holds(RespCall call, int firstAt, int step, int endAt = int.MaxValue)
    {
        var executor = call.Executor;
        if (executor.Shards == 1) return true;
        var shard = executor.ShardOf(call[firstAt]);
        for (var at = firstAt + step; at < Math.Min(call.Count, endAt); at += step)
        {
            if (executor.ShardOf(call[at]) == shard) continue;
            call.Reply.Error(RespErrors.CrossSlot);
            return false;
        }

        return true;
    }
}

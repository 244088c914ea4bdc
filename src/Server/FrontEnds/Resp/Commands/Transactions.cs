namespace Hedgerow.Server.FrontEnds.Resp.Commands;

/// <summary>MULTI, EXEC, DISCARD, WATCH and UNWATCH.</summary>
internal static class Transactions
{
    /// <summary>MULTI.</summary>
    public static void Multi(RespClient client, in RespArgs args, RespReply reply)
    {
        if (client.Transaction != null)
        {
            reply.Error("ERR MULTI calls can not be nested"u8);
            return;
        }

        client.Transaction = new RespTransaction(client.Executor, client.Watched?.Shard ?? -1);
        reply.Ok();
    }

    /// <summary>DISCARD.</summary>
    public static void Discard(RespClient client, in RespArgs args, RespReply reply)
    {
        if (client.Transaction == null)
        {
            reply.Error("ERR DISCARD without MULTI"u8);
            return;
        }

        client.Transaction = null;
        client.Watched = null;
        reply.Ok();
    }

    /// <summary>EXEC of wrong arity: ends the transaction, if there is one, as in Redis.</summary>
    public static void Abort(RespClient client, RespCommand exec, RespReply reply)
    {
        client.Transaction = null;
        client.Watched = null;
        reply.Error($"EXECABORT Transaction discarded because of: {RespErrors.WrongArity(exec)["ERR ".Length..]}");
    }

    /// <summary>UNWATCH.</summary>
    public static void Unwatch(RespClient client, in RespArgs args, RespReply reply)
    {
        client.Watched = null;
        reply.Ok();
    }

    /// <summary>WATCH key [key ...]: remembers their versions.</summary>
    public static async ValueTask Watch(RespCall call)
    {
        if (call.Client.Transaction != null)
        {
            call.Reply.Error("ERR WATCH inside MULTI is not allowed"u8);
            return;
        }

        // Taken on the connection's thread; EXEC waits until this call is done.
        var watched = call.Client.Watched ??= new WatchedKeys();
        if (!Fits(call, watched)) return;
        for (var at = 1; at < call.Count; at++)
        {
            using var read = await Steps.Head(call, at);
            if (Steps.Failed(call, read)) return;
            watched.States.TryAdd(call[at].ToArray(), new KeyState(read.Outcome));
        }

        call.Reply.Ok();
    }

    /// <summary>EXEC.</summary>
    public static async ValueTask Exec(RespCall call)
    {
        var client = call.Client;
        var (transaction, watched) = (client.Transaction, client.Watched);
        if (transaction == null)
        {
            call.Reply.Error("ERR EXEC without MULTI"u8);
            return;
        }

        // On the connection's thread, before anything is waited for.
        client.Transaction = null;
        client.Watched = null;
        if (transaction.IsSpoiled)
        {
            call.Reply.Error(RespErrors.ExecAbort);
            return;
        }

        for (var round = 0; round < Steps.RoundsMax; round++)
        {
            using var answers = new Scratch(call);
            var outcome = await new TransactionRun(call, transaction, watched).TryAsync(answers.Buffer);
            if (outcome == RunOutcome.Conflict) continue;
            if (outcome == RunOutcome.WatchLost) call.Reply.NullArray();
            if (outcome == RunOutcome.Committed)
            {
                call.Reply.ArrayHead(transaction.Commands.Count);
                call.Reply.Raw(answers.Buffer.Written);
            }

            return;
        }

        Steps.GiveUp(call);
    }

    private static bool Fits(RespCall call, WatchedKeys watched)
    {
        if (watched.States.Count + call.Count - 1 > WatchedKeys.KeysMax)
        {
            call.Reply.Error($"ERR a client watches at most {WatchedKeys.KeysMax} keys");
            return false;
        }

        if (call.Executor.Shards == 1) return true;
        for (var at = 1; at < call.Count; at++)
        {
            var shard = call.Executor.ShardOf(call[at]);
            if (watched.Shard < 0) watched.Shard = shard;
            if (watched.Shard == shard) continue;
            call.Reply.Error(RespErrors.CrossSlot);
            return false;
        }

        return true;
    }
}

using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Resp.Commands;

/// <summary>RENAME and COPY: both keys of one shard, changed together.</summary>
internal static class KeyMoves
{
    /// <summary>RENAME key newkey.</summary>
    public static async ValueTask Rename(RespCall call)
    {
        var moved = await Move(call, keeps: false, replaces: true);
        if (moved == Outcome.Done) call.Reply.Ok();
        else if (moved == Outcome.NoSource) call.Reply.Error(RespErrors.NoSuchKey);
    }

    /// <summary>RENAMENX key newkey.</summary>
    public static async ValueTask RenameNx(RespCall call)
    {
        var moved = await Move(call, keeps: false, replaces: false);
        if (moved == Outcome.NoSource) call.Reply.Error(RespErrors.NoSuchKey);
        else if (moved != Outcome.Answered) call.Reply.Integer(moved == Outcome.Done ? 1 : 0);
    }

    /// <summary>COPY source destination [DB 0] [REPLACE].</summary>
    public static async ValueTask Copy(RespCall call)
    {
        if (!TryReadOptions(call, out var replaces)) return;
        if (call[1].SequenceEqual(call[2]))
        {
            call.Reply.Error("ERR source and destination objects are the same"u8);
            return;
        }

        var moved = await Move(call, keeps: true, replaces);
        if (moved != Outcome.Answered) call.Reply.Integer(moved == Outcome.Done ? 1 : 0);
    }

    private static bool TryReadOptions(RespCall call, out bool replaces)
    {
        replaces = false;
        for (var at = 3; at < call.Count; at++)
        {
            if (call.Args.Is(at, "REPLACE"u8))
            {
                replaces = true;
            }
            else if (call.Args.Is(at, "DB"u8) && at + 1 < call.Count)
            {
                at++;
                if (call.Args.TryLong(at, out var database) && database == 0) continue;
                var isNumber = call.Args.TryLong(at, out _);
                call.Reply.Error(isNumber ? "ERR DB index is out of range"u8 : RespErrors.NotAnInteger);
                return false;
            }
            else
            {
                call.Reply.Error(RespErrors.Syntax);
                return false;
            }
        }

        return true;
    }

    private static async ValueTask<Outcome> Move(RespCall call, bool keeps, bool replaces)
    {
        if (!SharedShard.Holds(call, 1, 1, endAt: 3)) return Outcome.Answered;
        for (var round = 0; round < Steps.RoundsMax; round++)
        {
            using var source = await Steps.Read(call, 1);
            if (Steps.Failed(call, source)) return Outcome.Answered;
            if (source.Status != StatusCode.Ok) return Outcome.NoSource;

            // Redis: a rename to itself does nothing, and finds its target taken.
            if (call[1].SequenceEqual(call[2])) return replaces ? Outcome.Done : Outcome.Taken;
            if (!replaces && await IsTaken(call)) return Outcome.Taken;
            using var change = new AtomicChange(call);
            Build(call, change, source, keeps, replaces);
            var status = await change.CommitAsync();
            if (status == StatusCode.VersionMismatch) continue;
            if (status != StatusCode.Ok) return Outcome.Answered;
            Notify(call, keeps);
            return Outcome.Done;
        }

        Steps.GiveUp(call);
        return Outcome.Answered;
    }

    private static async ValueTask<bool> IsTaken(RespCall call)
    {
        using var target = await Steps.Head(call, 2);
        return target.Status == StatusCode.Ok;
    }

    private static void Build(
        RespCall call, in AtomicChange change, in EntryResult source, bool keeps, bool replaces)
    {
        change.Expect(call[1], source.Outcome.Version);
        if (!replaces) change.Expect(call[2], 0);
        change.Write(new CacheCommand
        {
            Opcode = Opcode.Set,
            Path = call[2],
            Kind = source.Outcome.Kind,
            EntryFlags = source.Outcome.EntryFlags,
            ExpiresAtMs = source.Outcome.ExpiresAtMs,
            Value = source.Value,
        });
        if (!keeps) change.Write(new CacheCommand { Opcode = Opcode.Delete, Path = call[1] });
    }

    private static void Notify(RespCall call, bool keeps)
    {
        if (keeps)
        {
            call.Notify(KeyEvents.CopyTo, call[2]);
            return;
        }

        call.Notify(KeyEvents.RenameFrom, call[1]);
        call.Notify(KeyEvents.RenameTo, call[2]);
    }

    private enum Outcome
    {
        Done,
        NoSource,
        Taken,

        /// <summary>With an error.</summary>
        Answered,
    }
}

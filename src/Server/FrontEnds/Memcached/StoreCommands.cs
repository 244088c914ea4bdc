using System.Buffers;
using System.Runtime.CompilerServices;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Memcached;

/// <summary>
/// The storage commands, classic and meta. One operation of the store each, but for what memcached knows and the store
/// does not: an append that compares or vivifies, and a late value that is kept as stale. Thread-safe.
/// </summary>
internal sealed class StoreCommands(EntryCalls calls, int valueBytesMax)
{
    /// <summary>How a storage command ended, in memcached's words.</summary>
    internal enum Ending : byte
    {
        Stored,
        NotStored,
        Exists,
        NotFound,
    }

    /// <summary>The operation that a request is, when it is a single one.</summary>
    public static bool TryPlan(in EntryRequest request, out Opcode opcode)
    {
        opcode = request.Mode switch
        {
            StoreMode.Add => Opcode.Add,
            StoreMode.Append => Opcode.Append,
            StoreMode.Prepend => Opcode.Prepend,
            StoreMode.Replace when !request.HasCompare => Opcode.Replace,
            StoreMode.Set when !request.HasCompare => Opcode.Set,
            _ => Opcode.CompareAndSet,
        };
        if (Joins(request)) return !request.Vivifies && !(request.HasCompare && request.Compare != 0);
        return !(request.Invalidates && opcode == Opcode.CompareAndSet);
    }

    /// <summary>The outcome of the operation that <see cref="TryPlan"/> found; false for an error.</summary>
    public static bool TryEnd(in EntryRequest request, StatusCode status, out Ending ending)
    {
        ending = status switch
        {
            StatusCode.Ok => Ending.Stored,
            StatusCode.NotFound when request.HasCompare && request.Mode is StoreMode.Set or StoreMode.Replace =>
                Ending.NotFound,
            StatusCode.NotFound or StatusCode.Exists => Ending.NotStored,

            // An explicit cas that is not above the stored one: what is there is newer.
            StatusCode.VersionMismatch or StatusCode.VersionTooOld => Ending.Exists,

            // As in memcached: what does not fit behind or before the value changes nothing.
            StatusCode.TooLarge when Joins(request) => Ending.NotStored,
            _ => default,
        };
        return status == StatusCode.Ok || ending != Ending.Stored;
    }

    /// <summary>What the counters make of an ending.</summary>
    public static CommandResult ResultOf(Ending ending) => ending switch
    {
        Ending.Stored => CommandResult.Hit,
        Ending.Exists => CommandResult.BadValue,
        _ => CommandResult.Miss,
    };

    /// <summary>The answer to a request that asks for one.</summary>
    public static void PutAnswer(
        ref ReplyLine reply, in CommandLine line, in EntryRequest request, ReadOnlySpan<byte> key, Ending ending,
        ulong version, long bytes)
    {
        if (request.IsMeta)
        {
            var facts = new MetaFacts { Cas = ending == Ending.Stored ? version : 0, Bytes = bytes };
            MetaReply.Stored(ref reply, CodeOf(ending), line, request, key, facts);
            return;
        }

        reply.Put(WordOf(ending));
    }

    /// <summary>Runs one to its answer.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask RunAsync(PendingCommand command)
    {
        for (var tries = 0; tries < MemcachedLimits.TriesMax; tries++)
        {
            var outcome = await TryAsync(command).ConfigureAwait(false);
            if (outcome is not { } done) continue;
            if (!TryEnd(command.Request, done.Status, out var ending))
            {
                await FailAsync(command, done.Status).ConfigureAwait(false);
                return;
            }

            Answer(command, ending, done.Version);
            return;
        }

        command.Answer.Write(ErrorText.Busy);
    }

    private static bool Joins(in EntryRequest request) => request.Mode is StoreMode.Append or StoreMode.Prepend;

    private static ReadOnlySpan<byte> CodeOf(Ending ending) => ending switch
    {
        Ending.Stored => "HD"u8,
        Ending.Exists => "EX"u8,
        Ending.NotFound => "NF"u8,
        _ => "NS"u8,
    };

    private static ReadOnlySpan<byte> WordOf(Ending ending) => ending switch
    {
        Ending.Stored => "STORED\r\n"u8,
        Ending.Exists => "EXISTS\r\n"u8,
        Ending.NotFound => "NOT_FOUND\r\n"u8,
        _ => "NOT_STORED\r\n"u8,
    };

    private static void Answer(PendingCommand command, Ending ending, ulong version)
    {
        command.Result = ResultOf(ending);
        if (command.Request.IsQuiet && (ending == Ending.Stored || !command.Request.IsMeta)) return;
        var joined = Joins(command.Request) && command.Value.Length > 0;
        var bytes = joined && ending == Ending.Stored ? command.Value.Length : command.Data.Length;
        var reply = new ReplyLine(stackalloc byte[ReplyLine.BytesMax]);
        var line = new CommandLine(command.Line);
        PutAnswer(ref reply, line, command.Request, command.Key.Span, ending, version, bytes);
        command.Answer.Write(reply.Written);
    }

    // Nothing: somebody was quicker, start over.
    private ValueTask<CommandOutcome?> TryAsync(PendingCommand command)
    {
        if (!TryPlan(command.Request, out var opcode))
            return Joins(command.Request) ? JoinAsync(command) : StoreStaleAsync(command);
        return command.Request.HasNewCas && opcode == Opcode.Set
            ? SetNewerAsync(command)
            : OnceAsync(calls.RunAsync(Operation(command, opcode, command.Data), command.Value));
    }

    // Replicas take a write of the version they have for one that they took before; so it is looked at first.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<CommandOutcome?> SetNewerAsync(PendingCommand command)
    {
        var get = new EntryCall { Opcode = Opcode.Get, Path = command.Key, Flags = FrameFlags.FromOwner };
        var stored = await calls.RunAsync(get, command.Value).ConfigureAwait(false);
        if (stored.Status == StatusCode.Ok && stored.Version >= command.Request.NewCas)
            return new CommandOutcome { Status = StatusCode.VersionTooOld };
        var opcode = stored.Status == StatusCode.Ok ? Opcode.CompareAndSet : Opcode.Add;
        var put = Operation(command, opcode, command.Data).Comparing(stored.Version);
        var done = await calls.RunAsync(put, command.Value).ConfigureAwait(false);
        return done.Status is StatusCode.VersionMismatch or StatusCode.NotFound or StatusCode.Exists ? null : done;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<CommandOutcome?> OnceAsync(ValueTask<CommandOutcome> running) =>
        await running.ConfigureAwait(false);

    private static EntryCall Operation(PendingCommand command, Opcode opcode, ReadOnlyMemory<byte> value) => new()
    {
        Opcode = opcode,
        Path = command.Key,
        Value = value,
        EntryFlags = command.Request.ClientFlags,
        ExpiresAtMs = command.Request.ExpiresAtMs,
        Version = command.Request.HasNewCas ? command.Request.NewCas : 0,
        CompareVersion = opcode == Opcode.CompareAndSet ? command.Request.Compare : 0,
        Flags = opcode is Opcode.Append or Opcode.Prepend ? FrameFlags.ReturnEntry : FrameFlags.None,
    };

    // A late value: the cas number is below the stored one. It is kept, marked stale, with the time to live and the win
    // of what it takes the place of.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<CommandOutcome?> StoreStaleAsync(PendingCommand command)
    {
        var get = new EntryCall { Opcode = Opcode.Get, Path = command.Key, Flags = FrameFlags.FromOwner };
        var stored = await calls.RunAsync(get, command.Value).ConfigureAwait(false);
        if (stored.Status != StatusCode.Ok) return stored;
        var compare = command.Request.Compare;
        if (compare == 0 || compare > stored.Version)
            return new CommandOutcome { Status = StatusCode.VersionMismatch };
        var isLate = compare < stored.Version;
        var put = new EntryCall
        {
            Opcode = Opcode.CompareAndSet,
            Path = command.Key,
            Value = command.Data,
            EntryFlags = command.Request.ClientFlags,
            ExpiresAtMs = isLate ? stored.ExpiresAtMs : command.Request.ExpiresAtMs,
            Version = command.Request.HasNewCas ? command.Request.NewCas : 0,
            CompareVersion = stored.Version,
            Mark = isLate ? EntryMark.Stale | (stored.Mark & EntryMark.Won) : EntryMark.None,
        };
        var done = await calls.RunAsync(put, command.Value).ConfigureAwait(false);
        return done.Status == StatusCode.VersionMismatch ? null : done;
    }

    // Append and prepend that compare, or that create what is not there.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<CommandOutcome?> JoinAsync(PendingCommand command)
    {
        var get = new EntryCall { Opcode = Opcode.Get, Path = command.Key, Flags = FrameFlags.FromOwner };
        var stored = await calls.RunAsync(get, command.Value).ConfigureAwait(false);
        if (stored.Status == StatusCode.NotFound)
        {
            if (!command.Request.Vivifies) return stored;
            var add = Operation(command, Opcode.Add, command.Data);
            var added = await calls.RunAsync(add.ExpiringAt(command.Request.VivifyExpiresAtMs), command.Value)
                .ConfigureAwait(false);
            command.Value.Clear();
            return added.Status == StatusCode.Exists ? null : added;
        }

        if (stored.Status != StatusCode.Ok) return stored;
        if (stored.Kind != EntryKind.Value) return new CommandOutcome { Status = StatusCode.WrongKind };
        if (command.Request.HasCompare && command.Request.Compare != 0 && command.Request.Compare != stored.Version)
            return new CommandOutcome { Status = StatusCode.VersionMismatch };
        return await PutJoinedAsync(command, stored).ConfigureAwait(false);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<CommandOutcome?> PutJoinedAsync(PendingCommand command, CommandOutcome stored)
    {
        var length = (long)command.Value.Length + command.Data.Length;
        if (length > valueBytesMax) return new CommandOutcome { Status = StatusCode.TooLarge };
        var joined = ArrayPool<byte>.Shared.Rent((int)length);
        try
        {
            var isAppend = command.Request.Mode == StoreMode.Append;
            command.Value.WrittenSpan.CopyTo(joined.AsSpan(isAppend ? 0 : command.Data.Length));
            command.Data.Span.CopyTo(joined.AsSpan(isAppend ? command.Value.Length : 0));
            var put = new EntryCall
            {
                Opcode = Opcode.CompareAndSet,
                Path = command.Key,
                Value = joined.AsMemory(0, (int)length),
                EntryFlags = stored.EntryFlags,
                ExpiresAtMs = stored.ExpiresAtMs,
                Version = command.Request.HasNewCas ? command.Request.NewCas : 0,
                CompareVersion = stored.Version,
            };
            var done = await calls.RunAsync(put, command.Error).ConfigureAwait(false);
            if (done.Status is StatusCode.VersionMismatch or StatusCode.NotFound) return null;
            command.Value.Clear();
            command.Value.Write(joined.AsSpan(0, (int)length));
            return done;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(joined);
        }
    }

    // What was stored must not outlive a set that failed: the client believes it is gone.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask FailAsync(PendingCommand command, StatusCode status)
    {
        command.Result = status switch
        {
            StatusCode.TooLarge => CommandResult.TooLarge,
            StatusCode.Overloaded => CommandResult.NoMemory,
            _ => CommandResult.None,
        };
        if (!command.Request.IsQuiet || command.Request.IsMeta)
            ErrorLines.Write(command.Answer, status, command.Value.WrittenSpan);
        if (status is not (StatusCode.TooLarge or StatusCode.Overloaded) || command.Request.Mode != StoreMode.Set)
            return;
        await calls.RunAsync(new EntryCall { Opcode = Opcode.Delete, Path = command.Key }, command.Value)
            .ConfigureAwait(false);
    }
}

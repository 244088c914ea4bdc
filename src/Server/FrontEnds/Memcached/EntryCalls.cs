using System.Runtime.CompilerServices;
using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Commands;

namespace Hedgerow.Server.FrontEnds.Memcached;

/// <summary>One cache operation, held in memory that survives an await.</summary>
internal readonly struct EntryCall
{
    public required Opcode Opcode { get; init; }

    public required ReadOnlyMemory<byte> Path { get; init; }

    public ReadOnlyMemory<byte> Value { get; init; }

    public uint EntryFlags { get; init; }

    public long ExpiresAtMs { get; init; }

    public ulong Version { get; init; }

    public ulong CompareVersion { get; init; }

    public EntryMark Mark { get; init; }

    /// <summary>How the frame is sent, where it is.</summary>
    public FrameFlags Flags { get; init; }

    public EntryCall Comparing(ulong version) => new()
    {
        Opcode = Opcode,
        Path = Path,
        Value = Value,
        EntryFlags = EntryFlags,
        ExpiresAtMs = ExpiresAtMs,
        Version = Version,
        CompareVersion = version,
        Mark = Mark,
        Flags = Flags,
    };

    public EntryCall ExpiringAt(long expiresAtMs) => new()
    {
        Opcode = Opcode,
        Path = Path,
        Value = Value,
        EntryFlags = EntryFlags,
        ExpiresAtMs = expiresAtMs,
        Version = Version,
        CompareVersion = CompareVersion,
        Mark = Mark,
        Flags = Flags,
    };

    public CacheCommand ToCommand() => new()
    {
        Opcode = Opcode,
        Path = Path.Span,
        Value = Value.Span,
        EntryFlags = EntryFlags,
        ExpiresAtMs = ExpiresAtMs,
        Version = Version,
        CompareVersion = CompareVersion,
        Mark = Mark,
    };
}

/// <summary>
/// Cache operations for commands that may have to wait: at once where the executor can, else as a request. Thread-safe;
/// what is done at once allocates nothing.
/// </summary>
internal sealed class EntryCalls(ICommandExecutor executor)
{
    /// <summary>What stands below, for requests that are no cache operation.</summary>
    public ICommandExecutor Executor => executor;

    /// <summary>Whether every operation has to wait.</summary>
    public bool IsRemote => executor.IsRemote;

    /// <summary>Runs one operation.</summary>
    /// <param name="call">The operation; its memory must not change until the task is done.</param>
    /// <param name="value">
    /// Gets the value of a read, or of a write that was asked for its entry; the text of an error.
    /// </param>
    public ValueTask<CommandOutcome> RunAsync(in EntryCall call, ReplyBuffer value)
    {
        value.Clear();
        var command = call.ToCommand() with
        {
            ReturnEntry = (call.Flags & FrameFlags.ReturnEntry) != 0,
            FromOwner = (call.Flags & FrameFlags.FromOwner) != 0,
        };
        return executor.TryExecute(command, 0, value, out var outcome)
            ? ValueTask.FromResult(outcome)
            : AwaitedEntry.SendAsync(executor, command, call.Flags, value);
    }

    /// <summary>Changes the time to live and reads; to one that has passed already only once it was read.</summary>
    public ValueTask<CommandOutcome> TouchAndReadAsync(
        in EntryCall touch, ReplyBuffer value, ReplyBuffer scratch, long nowMs)
    {
        if (Expiry.HasPassed(touch.ExpiresAtMs, nowMs)) return ReadAndExpireAsync(touch, value, scratch);
        value.Clear();
        var command = touch.ToCommand();
        if (!executor.TryExecute(command, 0, value, out var outcome))
            return AwaitedEntry.SendAsync(executor, command, FrameFlags.ReturnEntry, value);
        if (outcome.Status != StatusCode.Ok) return ValueTask.FromResult(outcome);
        value.Clear();
        return RunAsync(new EntryCall { Opcode = Opcode.Get, Path = touch.Path, Version = outcome.Version }, value);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<CommandOutcome> ReadAndExpireAsync(EntryCall touch, ReplyBuffer value, ReplyBuffer scratch)
    {
        var get = new EntryCall { Opcode = Opcode.Get, Path = touch.Path, Flags = FrameFlags.FromOwner };
        var found = await RunAsync(get, value).ConfigureAwait(false);
        if (found.Status != StatusCode.Ok) return found;
        await RunAsync(touch, scratch).ConfigureAwait(false);
        scratch.Clear();
        return found;
    }
}

using System.Runtime.CompilerServices;
using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Memcached;

/// <summary>Reads: parts of retrievals, mg with all it may change, me, and touch. Thread-safe.</summary>
/// <param name="calls">The store.</param>
/// <param name="answerBytesMax">Bytes of the values of one line.</param>
internal sealed class FetchCommands(EntryCalls calls, int answerBytesMax)
{
    /// <summary>One line of metadata: keys and numbers of bounded length.</summary>
    private const int DebugLineBytesMax = 1_024;

    /// <summary>get, gets: the keys of one part; gat, gats: one key.</summary>
    public ValueTask RetrieveAsync(PendingCommand command)
    {
        if (command.Keys > 1) return RetrieveManyAsync(command);
        return RetrieveOneAsync(command);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask TouchAsync(PendingCommand command)
    {
        var touch = new EntryCall
        {
            Opcode = Opcode.Touch, Path = command.Key, ExpiresAtMs = command.Request.ExpiresAtMs,
        };
        var done = await calls.RunAsync(touch, command.Value).ConfigureAwait(false);
        if (done.Status is not (StatusCode.Ok or StatusCode.NotFound))
        {
            ErrorLines.Write(command.Answer, done.Status, command.Value.WrittenSpan);
            return;
        }

        command.Result = done.Status == StatusCode.Ok ? CommandResult.Hit : CommandResult.Miss;
        if (command.Request.IsQuiet) return;
        command.Answer.Write(done.Status == StatusCode.Ok ? "TOUCHED\r\n"u8 : "NOT_FOUND\r\n"u8);
    }

    /// <summary>
    /// mg. Winning, vivifying and touching are writes: read from the owner, compare, and start over when somebody was
    /// quicker, so that exactly one client wins.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask MetaGetAsync(PendingCommand command)
    {
        for (var tries = 0; tries < MemcachedLimits.TriesMax; tries++)
        {
            var found = await ReadForAsync(command).ConfigureAwait(false);
            if (found.Status is not (StatusCode.Ok or StatusCode.NotFound))
            {
                ErrorLines.Write(command.Answer, found.Status, command.Value.WrittenSpan);
                return;
            }

            if (!command.TryHold(command.Value.Length))
            {
                await TurnAsync(command).ConfigureAwait(false);
                continue;
            }

            if (found.Status == StatusCode.NotFound || found.Kind != EntryKind.Value)
            {
                if (!command.Request.Vivifies || found.Status == StatusCode.Ok)
                {
                    Miss(command);
                    return;
                }

                var created = await VivifyAsync(command).ConfigureAwait(false);
                if (created.Status is StatusCode.Exists or StatusCode.VersionTooOld) continue;
                Vivified(command, created);
                return;
            }

            if (!Wins(command, found))
            {
                Hit(command, found, won: false, found.Version);
                return;
            }

            var marked = await MarkWonAsync(command, found).ConfigureAwait(false);
            if (marked.Status != StatusCode.Ok) continue;
            Hit(command, found, won: true, marked.Version);
            return;
        }

        command.Answer.Write(ErrorText.Busy);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask DebugAsync(PendingCommand command)
    {
        var get = new EntryCall { Opcode = Opcode.Get, Path = command.Key };
        var found = await calls.RunAsync(get, command.Value).ConfigureAwait(false);
        if (found.Status is not (StatusCode.Ok or StatusCode.NotFound))
        {
            ErrorLines.Write(command.Answer, found.Status, command.Value.WrittenSpan);
            return;
        }

        if (found.Status == StatusCode.Ok) DescribeEntry(command, found);
        else command.Answer.Write("EN\r\n"u8);
        command.Value.Clear();
    }

    /// <summary>Whether an answer to mg gives the right to recache, so that the entry must be marked.</summary>
    public static bool Wins(in EntryRequest request, EntryMark mark, long expiresAtMs, long nowMs)
    {
        if ((mark & EntryMark.Won) != 0) return false;
        if ((mark & EntryMark.Stale) != 0) return true;
        return request.HasRecache && expiresAtMs != 0
            && Expiry.SecondsLeft(expiresAtMs, nowMs) < request.RecacheSeconds;
    }

    /// <summary>What an answer can tell of an entry that was found, but for the length of its value.</summary>
    public static MetaFacts FactsOf(in CommandOutcome found, long nowMs) => new()
    {
        Cas = found.Version,
        ClientFlags = found.EntryFlags,
        ExpiresAtMs = found.ExpiresAtMs,
        NowMs = nowMs,
        SecondsSinceAccess = SecondsSince(found.Version, nowMs),
        WasHit = (found.Mark & EntryMark.WasRead) != 0,
        IsStale = (found.Mark & EntryMark.Stale) != 0,
        WasSent = (found.Mark & EntryMark.Won) != 0,
    };

    private static bool Wins(PendingCommand command, in CommandOutcome found) =>
        Wins(command.Request, found.Mark, found.ExpiresAtMs, command.NowMs);

    // What was read found no room: it is read again when its answer is the next one.
    private static async ValueTask TurnAsync(PendingCommand command)
    {
        command.Value.Clear();
        await command.TurnAsync().ConfigureAwait(false);
    }

    // One that is gone once it was read can't be read again: it waits for its turn first.
    private async ValueTask<CommandOutcome> ReadLastAsync(PendingCommand command, EntryCall touch)
    {
        await command.TurnAsync().ConfigureAwait(false);
        return await calls.TouchAndReadAsync(touch, command.Value, command.Error, command.NowMs).ConfigureAwait(false);
    }

    private ValueTask<CommandOutcome> ReadForAsync(PendingCommand command)
    {
        if (command.Request.HasTtl)
        {
            var touch = new EntryCall
            {
                Opcode = Opcode.Touch, Path = command.Key, ExpiresAtMs = command.Request.ExpiresAtMs,
            };
            return calls.IsRemote && Expiry.HasPassed(touch.ExpiresAtMs, command.NowMs)
                ? ReadLastAsync(command, touch)
                : calls.TouchAndReadAsync(touch, command.Value, command.Error, command.NowMs);
        }

        var flags = command.Request.IsPlainRead ? FrameFlags.None : FrameFlags.FromOwner;
        return calls.RunAsync(
            new EntryCall { Opcode = Opcode.Get, Path = command.Key, Flags = flags }, command.Value);
    }

    private ValueTask<CommandOutcome> VivifyAsync(PendingCommand command)
    {
        var add = new EntryCall
        {
            Opcode = Opcode.Add,
            Path = command.Key,
            ExpiresAtMs = command.Request.VivifyExpiresAtMs,
            Version = command.Request.HasNewCas ? command.Request.NewCas : 0,
            Mark = EntryMark.Won,
        };
        return calls.RunAsync(add, command.Value);
    }

    private ValueTask<CommandOutcome> MarkWonAsync(PendingCommand command, in CommandOutcome found)
    {
        // The value goes back as it is; the store compares, so nothing that came in between is lost. What it answers
        // must not overwrite the value that is still to be sent.
        var mark = new EntryCall
        {
            Opcode = Opcode.CompareAndSet,
            Path = command.Key,
            Value = command.Value.Written,
            EntryFlags = found.EntryFlags,
            ExpiresAtMs = found.ExpiresAtMs,
            CompareVersion = found.Version,
            Mark = found.Mark | EntryMark.Won,
        };
        return calls.RunAsync(mark, command.Error);
    }

    private static void Miss(PendingCommand command)
    {
        command.Result = CommandResult.Miss;
        if (command.Request.IsQuiet) return;
        var reply = new ReplyLine(stackalloc byte[ReplyLine.BytesMax]);
        MetaReply.Plain(ref reply, "EN"u8, new CommandLine(command.Line), command.Request, command.Key.Span);
        command.Answer.Write(reply.Written);
    }

    private static void Hit(PendingCommand command, in CommandOutcome found, bool won, ulong version)
    {
        command.Result = CommandResult.Hit;
        var facts = FactsOf(found, command.NowMs);
        facts.Cas = version;
        facts.Bytes = command.Value.Length;
        facts.Won = won;
        WriteHit(command, facts, command.Value.WrittenSpan);
        command.Value.Clear();
    }

    private static void Vivified(PendingCommand command, in CommandOutcome created)
    {
        if (created.Status != StatusCode.Ok)
        {
            ErrorLines.Write(command.Answer, created.Status, command.Value.WrittenSpan);
            return;
        }

        command.Result = CommandResult.Hit;
        var facts = new MetaFacts
        {
            Cas = created.Version,
            ExpiresAtMs = command.Request.VivifyExpiresAtMs,
            NowMs = command.NowMs,
            Won = true,
        };
        WriteHit(command, facts, default);
    }

    private static void WriteHit(PendingCommand command, in MetaFacts facts, ReadOnlySpan<byte> value)
    {
        var request = command.Request;
        if (request.HasCompare && request.Compare == facts.Cas) request.WantsValue = false;
        var reply = new ReplyLine(stackalloc byte[ReplyLine.BytesMax]);
        MetaReply.Hit(ref reply, new CommandLine(command.Line), request, command.Key.Span, facts);
        command.Answer.Write(reply.Written);
        if (!request.WantsValue) return;
        command.Answer.Write(value);
        command.Answer.Write("\r\n"u8);
    }

    private static void DescribeEntry(PendingCommand command, in CommandOutcome found)
    {
        var reply = new ReplyLine(stackalloc byte[DebugLineBytesMax]);
        reply.Put("ME "u8);
        var line = new CommandLine(command.Line);
        reply.Put(line[1]);
        reply.Put(" exp="u8);
        reply.Put(Expiry.SecondsLeft(found.ExpiresAtMs, command.NowMs));
        reply.Put(" la="u8);
        reply.Put(SecondsSince(found.Version, command.NowMs));
        reply.Put(" cas="u8);
        reply.Put(found.Version);
        reply.Put((found.Mark & EntryMark.WasRead) != 0 ? " fetch=yes cls=1 size="u8 : " fetch=no cls=1 size="u8);
        reply.Put((long)(command.Key.Length + command.Value.Length));
        reply.EndLine();
        command.Answer.Write(reply.Written);
    }

    /// <summary>
    /// Seconds since the last write: a version is a hybrid logical clock with Unix milliseconds above 16 bits. 0 for
    /// one that a client chose.
    /// </summary>
    public static long SecondsSince(ulong version, long nowMs)
    {
        var writtenMs = (long)(version >> 16);
        var isClock = Math.Abs(nowMs - writtenMs) < TimeSpan.FromDays(3_650).TotalMilliseconds;
        return isClock ? Math.Max(0, (nowMs - writtenMs) / 1_000) : 0;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask RetrieveOneAsync(PendingCommand command)
    {
        var found = await ReadForAsync(command).ConfigureAwait(false);
        if (!command.TryHold(command.Value.Length))
        {
            await TurnAsync(command).ConfigureAwait(false);
            found = await ReadForAsync(command).ConfigureAwait(false);
            command.TryHold(command.Value.Length);
        }

        if (found.Status is not (StatusCode.Ok or StatusCode.NotFound))
        {
            ErrorLines.Write(command.Error, found.Status, command.Value.WrittenSpan);
            return;
        }

        if (found.Status == StatusCode.NotFound || found.Kind != EntryKind.Value) return;
        command.Hits = 1;
        WriteValue(command, command.Key.Span, found.EntryFlags, found.Version, command.Value.WrittenSpan);
        command.Value.Clear();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask RetrieveManyAsync(PendingCommand command)
    {
        var header = new RequestHeader { Opcode = Opcode.GetMany };
        var reply = await calls.Executor.ExecuteAsync(header, command.Data, CancellationToken.None)
            .ConfigureAwait(false);
        if (!command.TryHold(reply.Body.Length))
        {
            reply.Dispose();
            await TurnAsync(command).ConfigureAwait(false);
            reply = await calls.Executor.ExecuteAsync(header, command.Data, CancellationToken.None)
                .ConfigureAwait(false);
        }

        using var held = reply;
        if (reply.Status != StatusCode.Ok) ErrorLines.Write(command.Error, reply.Status, reply.Body.Span);
        else if (!WriteRows(command, reply.Body.Span))
            await RetrieveEachAsync(command).ConfigureAwait(false);
    }

    // False when a row was too large for one reply: then each is asked for by itself.
    private static bool WriteRows(PendingCommand command, ReadOnlySpan<byte> body)
    {
        if (GetManyCodec.TryReadRequest(command.Data.Span, out var paths, out _) != StatusCode.Ok
            || GetManyCodec.TryReadReply(body, out var rows, out _) != StatusCode.Ok)
        {
            ErrorLines.Write(command.Error, StatusCode.Internal, default);
            return true;
        }

        while (paths.MoveNext() && rows.MoveNext())
        {
            if (rows.Status == StatusCode.TooLarge) return false;
            if (rows.TryReadEntry(out var entry))
            {
                if (entry.Kind != EntryKind.Value) continue;
                command.Hits++;
                WriteValue(command, paths.Path, entry.EntryFlags, rows.Version, entry.Value);
            }
            else if (rows.Status is not (StatusCode.Ok or StatusCode.NotFound) && command.Error.Length == 0)
            {
                ErrorLines.Write(command.Error, rows.Status, default);
            }
        }

        return true;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask RetrieveEachAsync(PendingCommand command)
    {
        command.Answer.Clear();
        command.Error.Clear();
        command.Hits = 0;

        // Together they may be much more than any room: one line at a time.
        await TurnAsync(command).ConfigureAwait(false);
        for (var i = 0; i < command.Keys; i++)
        {
            var path = PathAt(command.Data, i);
            var get = new EntryCall { Opcode = Opcode.Get, Path = path };
            var found = await calls.RunAsync(get, command.Value).ConfigureAwait(false);
            if (found.Status == StatusCode.Ok && found.Kind == EntryKind.Value)
            {
                command.Hits++;
                WriteValue(command, path.Span, found.EntryFlags, found.Version, command.Value.WrittenSpan);
                if (IsTooMuch(command)) return;
            }
            else if (found.Status is not (StatusCode.Ok or StatusCode.NotFound))
            {
                ErrorLines.Write(command.Error, found.Status, command.Value.WrittenSpan);
                return;
            }
        }
    }

    private bool IsTooMuch(PendingCommand command)
    {
        if (command.Answer.Length <= answerBytesMax) return false;
        command.Answer.Clear();
        command.Hits = 0;
        var text = $"the values of one line have more than {answerBytesMax} bytes, which memcached.output allows";
        ErrorLines.Write(command.Error, StatusCode.Overloaded, Encoding.ASCII.GetBytes(text));
        return true;
    }

    private static ReadOnlyMemory<byte> PathAt(ReadOnlyMemory<byte> body, int index)
    {
        if (GetManyCodec.TryReadRequest(body.Span, out var paths, out _) != StatusCode.Ok) return default;
        for (var i = 0; i <= index; i++) paths.MoveNext();
        body.Span.Overlaps(paths.Path, out var offset);
        return body.Slice(offset, paths.Path.Length);
    }

    private static void WriteValue(
        PendingCommand command, ReadOnlySpan<byte> key, uint clientFlags, ulong version, ReadOnlySpan<byte> value)
    {
        var reply = new ReplyLine(stackalloc byte[ReplyLine.BytesMax]);
        reply.Put("VALUE "u8);
        reply.Put(key);
        ValueLine.PutTail(ref reply, clientFlags, value.Length, version, command.Request.ShowsCas);
        command.Answer.Write(reply.Written);
        command.Answer.Write(value);
        command.Answer.Write("\r\n"u8);
    }
}

using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Resp.Commands;

/// <summary>How one try of an EXEC ended.</summary>
internal enum RunOutcome
{
    /// <summary>It happened; the answers are there.</summary>
    Committed,

    /// <summary>A key under WATCH is not what it was.</summary>
    WatchLost,

    /// <summary>Another key changed while it ran: again.</summary>
    Conflict,

    /// <summary>The store failed; the error is written.</summary>
    Failed,
}

/// <summary>
/// One try of an EXEC: read the keys, run the commands on the copies, commit. Commands that answer at once, such as
/// PUBLISH, are no part of the change: they run once, when it has happened, and not in a try that was in vain.
/// </summary>
internal sealed class TransactionRun
{
    /// <summary>Keys that are read at a time: of so many there may be a value in memory twice.</summary>
    private const int ReadsUnderWayMax = 64;

    private readonly RespCall _call;
    private readonly RespTransaction _transaction;
    private readonly WatchedKeys? _watched;
    private readonly TransactionView _view;
    private readonly List<PendingEvent> _events = [];
    private readonly List<PendingRead> _reads = [];
    private readonly List<LateCommand> _late = [];
    private long _loadedBytes;
    private bool _hasFailed;

    public TransactionRun(RespCall call, RespTransaction transaction, WatchedKeys? watched)
    {
        _call = call;
        _transaction = transaction;
        _watched = watched;
        _view = new TransactionView(call.Executor, call.Client.Server.Settings.ValueBytesMax);
    }

    /// <summary>Runs it; the answers go to <paramref name="answers"/>.</summary>
    public async ValueTask<RunOutcome> TryAsync(RespBuffer answers)
    {
        if (!await LoadAsync()) return RunOutcome.Failed;
        if (!WatchHolds()) return RunOutcome.WatchLost;
        var nested = new RespCall(_call.Client, _view, _events);
        try
        {
            foreach (var queued in _transaction.Commands)
            {
                if (queued.Command.Now != null)
                {
                    _late.Add(new LateCommand(queued, answers.Length));
                    continue;
                }

                await nested.RunNested(queued.Command, queued.Args, _call.Cancel);
                Append(answers, nested.Answer.Written);
                if (Steps.IsTooMuch(_call, answers.Length)) return RunOutcome.Failed;
            }

            var outcome = await CommitAsync();
            if (outcome != RunOutcome.Committed) return outcome;
            foreach (var (what, key) in _events) _call.Notify(what, key);
            if (_late.Count > 0) await AnswerLateAsync(nested, answers);
            return RunOutcome.Committed;
        }
        finally
        {
            nested.Release();
        }
    }

    // Puts the answers of the late ones between the others.
    private async ValueTask AnswerLateAsync(RespCall nested, RespBuffer answers)
    {
        using var all = new Scratch(_call);
        var from = 0;
        foreach (var (queued, at) in _late)
        {
            Append(all.Buffer, answers.Written[from..at]);
            from = at;
            await nested.RunNested(queued.Command, queued.Args, _call.Cancel);
            Append(all.Buffer, nested.Answer.Written);
        }

        Append(all.Buffer, answers.Written[from..]);
        answers.Clear();
        Append(answers, all.Buffer.Written);
    }

    private static void Append(RespBuffer buffer, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(buffer.GetSpan(bytes.Length));
        buffer.Advance(bytes.Length);
    }

    private async ValueTask<bool> LoadAsync()
    {
        if (_watched != null)
        {
            foreach (var key in _watched.States.Keys)
            {
                _view.Load(key, default, default);
                Begin(key);
                if (_reads.Count >= ReadsUnderWayMax) await TakeAsync();
            }
        }

        foreach (var queued in _transaction.Commands)
        {
            foreach (var key in NewKeysOf(queued))
            {
                Begin(key);
                if (_reads.Count >= ReadsUnderWayMax) await TakeAsync();
            }

            if (_hasFailed || _view.Entries.Count > TransactCodec.PathsMax) break;
        }

        await TakeAsync();
        if (_hasFailed || _view.Entries.Count <= TransactCodec.PathsMax) return !_hasFailed;
        AtomicChange.RefuseSize(_call);
        return false;
    }

    // Those that are not in the view, and are from now on; no more than show that there are too many.
    private List<byte[]> NewKeysOf(QueuedCommand queued)
    {
        var found = new List<byte[]>();
        var keys = queued.Command.Keys;
        if (keys.First == 0) return found;
        var args = queued.Args;
        for (var at = keys.First; at <= keys.LastOf(args.Count); at += keys.Step)
        {
            if (_view.Entries.Count > TransactCodec.PathsMax) break;
            if (_view.Has(args[at])) continue;
            var key = args[at].ToArray();
            _view.Load(key, default, default);
            found.Add(key);
        }

        return found;
    }

    private void Begin(byte[] key)
    {
        if (_hasFailed) return;
        var get = new CacheCommand { Opcode = Opcode.Get, Path = key };
        var read = _call.SendAsync(get, FrameFlags.FromOwner);
        if (read.IsCompletedSuccessfully) Take(key, read.Result);
        else _reads.Add(new PendingRead(key, read));
    }

    private async ValueTask TakeAsync()
    {
        foreach (var (key, read) in _reads) Take(key, await read);
        _reads.Clear();
    }

    private void Take(byte[] key, EntryResult result)
    {
        using (result)
        {
            if (_hasFailed) return;
            if (result.Status is not (StatusCode.Ok or StatusCode.NotFound))
            {
                _hasFailed = Steps.Failed(_call, result);
                return;
            }

            _loadedBytes += ValueOf(result).Length;
            var most = _call.Client.Server.AnswerBytesMax;
            _hasFailed = _loadedBytes > most;
            if (!_hasFailed) _view.Load(key, result.Outcome, ValueOf(result));
            else
            {
                _call.Reply.Error(
                    $"ERR the values of a transaction's keys have together at most {most} bytes; nothing was done");
            }
        }
    }

    private static ReadOnlySpan<byte> ValueOf(in EntryResult result) =>
        result.Status == StatusCode.Ok ? result.Value : default;

    private bool WatchHolds()
    {
        if (_watched == null) return true;
        foreach (var entry in _view.Entries)
        {
            if (_watched.States.TryGetValue(entry.Path, out var state) && !entry.Read.IsSince(state)) return false;
        }

        return true;
    }

    private async ValueTask<RunOutcome> CommitAsync()
    {
        using var change = new AtomicChange(_call);
        foreach (var entry in _view.Entries)
        {
            change.Expect(entry.Path, entry.StoredVersion);
            var isWritten = entry.IsChanged && (entry.IsLive || entry.StoredVersion != 0);
            if (isWritten && !_view.IsFlushed) Write(change, entry);
        }

        // One key that was only read is consistent with itself.
        var outcome = change.Writes == 0 && _view.Entries.Count < 2 ? RunOutcome.Committed : await CommitAsync(change);
        return outcome == RunOutcome.Committed && _view.IsFlushed ? await FlushAsync() : outcome;
    }

    // What the keys came to is written after the flush: it must not fall to it.
    private async ValueTask<RunOutcome> FlushAsync()
    {
        if (!await ServerCommands.TryFlushAsync(_call)) return RunOutcome.Failed;
        using var change = new AtomicChange(_call);
        foreach (var entry in _view.Entries)
            if (entry.IsChanged && entry.IsLive) Write(change, entry);
        return change.Writes == 0 ? RunOutcome.Committed : await CommitAsync(change);
    }

    private static async ValueTask<RunOutcome> CommitAsync(AtomicChange change) => await change.CommitAsync() switch
    {
        StatusCode.Ok => RunOutcome.Committed,
        StatusCode.VersionMismatch => RunOutcome.Conflict,
        _ => RunOutcome.Failed,
    };

    private static void Write(in AtomicChange change, ViewEntry entry)
    {
        change.Write(new CacheCommand
        {
            Opcode = entry.IsLive ? Opcode.Set : Opcode.Delete,
            Path = entry.Path,
            Kind = entry.Kind,
            EntryFlags = entry.EntryFlags,
            ExpiresAtMs = entry.IsLive ? entry.ExpiresAtMs : 0,
            Value = entry.IsLive ? entry.Value : default,
        });
    }

    private readonly record struct PendingRead(byte[] Key, ValueTask<EntryResult> Read);

    /// <param name="Queued">What runs after the commit.</param>
    /// <param name="At">Where its answer stands among those of the others.</param>
    private readonly record struct LateCommand(QueuedCommand Queued, int At);
}

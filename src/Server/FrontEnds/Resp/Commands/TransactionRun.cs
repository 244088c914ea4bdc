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

/// <summary>One try of an EXEC: read the keys, run the commands on the copies, commit.</summary>
internal sealed class TransactionRun
{
    private const int ReadsUnderWayMax = 256;

    private readonly RespCall _call;
    private readonly RespTransaction _transaction;
    private readonly WatchedKeys? _watched;
    private readonly TransactionView _view;
    private readonly List<PendingEvent> _events = [];
    private readonly List<PendingRead> _reads = [];

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
        foreach (var queued in _transaction.Commands)
        {
            await nested.RunNested(queued.Command, queued.Args, _call.Cancel);
            nested.Answer.Written.CopyTo(answers.GetSpan(nested.Answer.Length));
            answers.Advance(nested.Answer.Length);
        }

        var outcome = await CommitAsync();
        if (outcome != RunOutcome.Committed) return outcome;
        foreach (var (what, key) in _events) _call.Notify(what, key);
        return RunOutcome.Committed;
    }

    private async ValueTask<bool> LoadAsync()
    {
        var failed = false;
        if (_watched != null)
        {
            foreach (var key in _watched.States.Keys)
            {
                Begin(key);
                if (_reads.Count >= ReadsUnderWayMax) failed |= !await TakeAsync();
            }
        }

        foreach (var queued in _transaction.Commands)
        {
            BeginKeys(queued);
            if (_reads.Count >= ReadsUnderWayMax) failed |= !await TakeAsync();
            if (failed || _view.Entries.Count > TransactCodec.PathsMax) break;
        }

        failed |= !await TakeAsync();
        if (failed || _view.Entries.Count <= TransactCodec.PathsMax) return !failed;
        AtomicChange.RefuseSize(_call);
        return false;
    }

    private void BeginKeys(QueuedCommand queued)
    {
        var keys = queued.Command.Keys;
        if (keys.First == 0) return;
        var args = queued.Args;
        for (var at = keys.First; at <= keys.LastOf(args.Count); at += keys.Step)
            if (!_view.Has(args[at])) Begin(args[at].ToArray());
    }

    private void Begin(byte[] key)
    {
        _view.Load(key, default, default);
        var get = new CacheCommand { Opcode = Opcode.Get, Path = key };
        _reads.Add(new PendingRead(key, _call.SendAsync(get, FrameFlags.FromOwner)));
    }

    private async ValueTask<bool> TakeAsync()
    {
        var failed = false;
        foreach (var (key, read) in _reads)
        {
            using var result = await read;
            if (failed) continue;
            if (result.Status is StatusCode.Ok or StatusCode.NotFound) _view.Load(key, result.Outcome, ValueOf(result));
            else failed = Steps.Failed(_call, result);
        }

        _reads.Clear();
        return !failed;
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
}

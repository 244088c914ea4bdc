using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.FrontEnds.Http;

namespace Hedgerow.Server.Cli.Import;

/// <summary>What one import is asked to do.</summary>
internal sealed record ImportPlan
{
    public required string Collection { get; init; }

    public required PathTemplate Paths { get; init; }

    /// <summary>
    /// What the collection's paths begin with, where lines have paths and conditions of their own, as those of
    /// <c>export --with-meta</c> and of HTTP's bulks (<see cref="BulkLine"/>); null where lines are documents.
    /// </summary>
    public string? MetaPrefix { get; init; }

    /// <summary>Write only what is still stored in the version that its line says it had.</summary>
    public bool IfUnchanged { get; init; }

    /// <summary>The member that names a document.</summary>
    public string IdField { get; init; } = "id";

    /// <summary>Leave bad lines out and go on, rather than stop at the first.</summary>
    public bool SkipBad { get; init; }

    /// <summary>Where the position is kept; null keeps none.</summary>
    public string? PositionFile { get; init; }

    /// <summary>Where an earlier import stopped; null starts at the beginning.</summary>
    public ImportPosition? Start { get; init; }
}

/// <summary>How an import ended.</summary>
/// <param name="Documents">Documents acknowledged in this run.</param>
/// <param name="Skipped">Lines left out in this run.</param>
/// <param name="Lines">Lines of the file that are behind it, earlier runs included.</param>
/// <param name="Elapsed">Time this run took.</param>
/// <param name="Error">Why it stopped before the end; null when it did not.</param>
internal sealed record ImportResult(long Documents, long Skipped, long Lines, TimeSpan Elapsed, string? Error);

/// <summary>
/// Reads lines, makes documents of them, and hands them to a bulk writer, which makes it wait when the servers are
/// busy. Keeps the position of what is settled. One import at a time.
/// </summary>
internal sealed class Importer
{
    /// <summary>Bad lines that are told one by one; the rest is only counted.</summary>
    public const int BadLinesTold = 20;

    private static readonly TimeSpan SettlePatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan SaveInterval = TimeSpan.FromSeconds(1);
    private readonly ImportPlan _plan;
    private readonly ImportSource _source;
    private readonly BulkWriter _writer;
    private readonly TextWriter _log;
    private readonly TimeProvider _time;
    private readonly SettledMarks _marks = new();
    private readonly LineNumbers _lineNumbers = new();
    private long _added;
    private long _skipped;
    private int _failuresSeen;
    private long _lastSaved;

    public Importer(ImportPlan plan, ImportSource source, BulkWriter writer, TextWriter log, TimeProvider time)
    {
        _plan = plan;
        _source = source;
        _writer = writer;
        _log = log;
        _time = time;
    }

    /// <summary>How far it is; may be asked from another thread.</summary>
    public ImportReading Reading => new(_writer.Acknowledged, _source.RawBytesRead, _source.RawBytes);

    /// <summary>
    /// Imports to the end, to the first error, or until cancelled. Cancelling leaves a valid position.
    /// </summary>
    public async Task<ImportResult> RunAsync(CancellationToken cancel)
    {
        var started = _lastSaved = _time.GetTimestamp();
        if (_plan.Start is { } start) await ResumeAsync(start, cancel);
        string? error;
        try
        {
            error = await ReadAllAsync(cancel);
            if (error is null)
            {
                await _writer.CompleteAsync(cancel);
                error = CheckFailures();
            }
        }
        catch (HedgerowException failure)
        {
            error = failure.Message;
        }
        catch (OperationCanceledException)
        {
            error = "Stopped.";
            await SettleAsync();
        }
        catch (InvalidDataException broken)
        {
            error = $"{_source.Name}: {broken.Message}";
        }

        if (error is null) ForgetPosition();
        else SavePosition();
        return new ImportResult(
            _writer.Acknowledged, _skipped, _source.Lines.Line, _time.GetElapsedTime(started), error);
    }

    private async Task<string?> ReadAllAsync(CancellationToken cancel)
    {
        var lines = _source.Lines;
        while (await lines.ReadAsync(cancel))
        {
            if (lines.Current.IsEmpty) continue;
            if (TryRead(lines.Current, out var document) is { } bad)
            {
                var message = $"{_source.Name}:{lines.Line}:{bad.Column}: {bad.Message}.";
                if (!_plan.SkipBad) return await StopAsync(message, cancel);
                Skip(message);
                continue;
            }

            _lineNumbers.Add(_added, lines.Line);
            await _writer.AddAsync(document.Path, document.Json, document.Condition, cancel);
            _added++;
            _marks.Mark(_added, Here);
            if (CheckFailures() is { } error) return error;
            SaveNowAndThen();
        }

        return null;
    }

    private LineError? TryRead(ReadOnlyMemory<byte> line, out BulkLine document)
    {
        if (_plan.MetaPrefix is not { } prefix)
        {
            var bad = _plan.Paths.TryMakePath(line.Span, _source.Lines.Line, out var path);
            document = new BulkLine(path, line);
            return bad;
        }

        var problem = BulkLine.TryRead(line, prefix, _plan.IdField, out document);
        if (problem is null && _plan.IfUnchanged && document.Condition == default)
        {
            if (document.Version > 0)
                document = document with { Condition = WriteCondition.OnlyIfVersion(document.Version) };
            else problem = "--if-unchanged: the line has no 'version', as export --with-meta writes it";
        }

        return problem is null ? null : new LineError(1, problem.TrimEnd('.'));
    }

    /// <summary>What was read before a bad line is still written, so that resuming begins there.</summary>
    private async Task<string> StopAsync(string message, CancellationToken cancel)
    {
        await _writer.CompleteAsync(cancel);
        return CheckFailures() ?? message;
    }

    /// <summary>After Ctrl-C: what was handed over may still be acknowledged, for as long as a person waits.</summary>
    private async Task SettleAsync()
    {
        using var patience = new CancellationTokenSource(SettlePatience, _time);
        try
        {
            await _writer.CompleteAsync(patience.Token);
        }
        catch (Exception failure) when (failure is HedgerowException or OperationCanceledException)
        {
            await _log.WriteLineAsync($"Not all that was sent is acknowledged: {failure.Message}");
        }
    }

    private async Task ResumeAsync(ImportPosition start, CancellationToken cancel)
    {
        var lines = _source.Lines;
        var found = await lines.SkipToAsync(start.Bytes, cancel);
        if (found && ImportPosition.HashText(lines.Hash) == start.Hash) return;
        throw CliException.Usage(
            $"{_source.Name} is not the file that {start.Lines} lines were imported from: its first {start.Bytes} " +
            "bytes differ. Start again without --resume.");
    }

    /// <summary>Looks at the documents that servers refused since the last look.</summary>
    private string? CheckFailures()
    {
        var failures = _writer.Failures;
        for (; _failuresSeen < failures.Count; _failuresSeen++)
        {
            var failure = failures[_failuresSeen];
            var message = $"{_source.Name}:{_lineNumbers.Find(failure.Index)}: {failure.Message} ({failure.Status})";
            var isOfItsLine = failure.Status is StatusCode.BadDocument or StatusCode.TooLarge or StatusCode.Exists
                or StatusCode.VersionMismatch;
            if (!_plan.SkipBad || !isOfItsLine) return message;
            Skip(message);
        }

        return null;
    }

    private void Skip(string message)
    {
        _skipped++;
        if (_skipped <= BadLinesTold) _log.WriteLine($"skipped {message}");
        if (_skipped == BadLinesTold) _log.WriteLine("Further bad lines are left out and counted.");
    }

    private ImportPosition Here() => new()
    {
        Collection = _plan.Collection,
        Lines = _source.Lines.Line,
        Bytes = _source.Lines.Offset,
        Hash = ImportPosition.HashText(_source.Lines.Hash),
        Documents = (_plan.Start?.Documents ?? 0) + _added,
        Skipped = (_plan.Start?.Skipped ?? 0) + _skipped,
    };

    private void SaveNowAndThen()
    {
        if (_time.GetElapsedTime(_lastSaved) < SaveInterval) return;
        _lastSaved = _time.GetTimestamp();
        SavePosition();
    }

    private void SavePosition()
    {
        if (_plan.PositionFile is not { } file) return;
        var settled = _writer.SettledUpTo;

        // A refused document is settled for the writer and not for an import that stops at it.
        if (!_plan.SkipBad && _writer.Failures is [var first, ..]) settled = Math.Min(settled, first.Index);
        _marks.Settle(settled)?.Save(file);
    }

    private void ForgetPosition()
    {
        if (_plan.PositionFile is { } file) File.Delete(file);
    }
}

using Hedgerow.Protocol;
using Microsoft.Extensions.Logging;

namespace Hedgerow.Router;

/// <summary>A search, an instant search or a suggestion, as the router executes it.</summary>
internal delegate ValueTask<Reply> ExecuteSearch(
    Opcode opcode, ReadOnlyMemory<byte> body, long deadlineAt, CancellationToken cancel);

/// <summary>
/// The log of searches that took long: those that <see cref="RouterOptions.SearchSlowLog"/> says, each a line with what
/// it asked for and what became of it. There is none of these where that is 0. Thread-safe.
/// </summary>
/// <remarks>
/// When all searches are slow the log must not be what is slow: <see cref="LinesPerSecondMax"/> lines a second are
/// written, and the next one says how many were not. Request and answer are read again for a line that is written, and
/// for no other. What was asked is cut off (<see cref="SearchOutline"/>).
/// </remarks>
internal sealed partial class SlowSearches
{
    /// <summary>Lines in one second.</summary>
    public const int LinesPerSecondMax = 10;

    private readonly CallServices _services;
    private readonly ShardCalls _shards;
    private readonly ExecuteSearch _execute;
    private readonly ILogger _log;
    private readonly long _leastTicks;
    private readonly Lock _gate = new();
    private long _secondAt;
    private int _lines;
    private long _unwritten;

    public SlowSearches(CallServices services, ShardCalls shards, ExecuteSearch execute, ILogger log)
    {
        _services = services;
        _shards = shards;
        _execute = execute;
        _log = log;
        _leastTicks = services.Clock.Ticks(services.Options.SearchSlowLog);
        _secondAt = services.Clock.Now;
    }

    /// <summary>Executes it, and tells of it if it was slow: also where nobody waited for its end.</summary>
    public async ValueTask<Reply> WatchAsync(
        Opcode opcode, ReadOnlyMemory<byte> body, long deadlineAt, CancellationToken cancel)
    {
        var beganAt = _services.Clock.Now;
        var tally = new SearchTally();
        // Of this flow alone: the caller's is as it was when this returns.
        _services.Tallies!.Value = tally;
        try
        {
            var reply = await _execute(opcode, body, deadlineAt, cancel).ConfigureAwait(false);
            Look(beganAt, opcode, body, reply.Status, reply.Body, tally);
            return reply;
        }
        catch (OperationCanceledException)
        {
            Look(beganAt, opcode, body, StatusCode.Cancelled, default, tally);
            throw;
        }
    }

    private void Look(
        long beganAt, Opcode opcode, ReadOnlyMemory<byte> body, StatusCode status, ReadOnlyMemory<byte> answer,
        SearchTally tally)
    {
        var now = _services.Clock.Now;
        if (now - beganAt < _leastTicks) return;
        _services.Counters.Count(RouterCounter.SearchesSlow);
        if (!_log.IsEnabled(LogLevel.Warning) || !MayWrite(now, out var unwritten)) return;
        var asked = SearchOutline.Of(opcode, body);
        var coverage = (status == StatusCode.Ok ? CoverageOf(opcode, answer) : null)
            ?? new Coverage(_shards.Table.Shards.Length, 0, 0, 0);
        LogSlow(
            asked.Collection, _services.Clock.Micros(now - beganAt) / 1_000, status, coverage.ShardsAnswered,
            coverage.ShardsTotal, coverage.DocumentsCovered, coverage.DocumentsTotal, tally.Requests, tally.Hedges,
            tally.Retries, asked.Kind, asked.Text, unwritten);
    }

    /// <summary>Whether there is room for a line, and how many were not written since the last one.</summary>
    private bool MayWrite(long now, out long unwritten)
    {
        lock (_gate)
        {
            unwritten = 0;
            if (now - _secondAt >= _services.Clock.Time.TimestampFrequency) (_secondAt, _lines) = (now, 0);
            if (_lines == LinesPerSecondMax)
            {
                _unwritten++;
                return false;
            }

            _lines++;
            (unwritten, _unwritten) = (_unwritten, 0);
            return true;
        }
    }

    private static Coverage? CoverageOf(Opcode opcode, ReadOnlyMemory<byte> answer) => opcode switch
    {
        Opcode.Search when SearchCodec.TryRead(answer, out SearchReply? found, out _) => found.Coverage,
        Opcode.Instant when InstantCodec.TryRead(answer, out InstantReply? found, out _) => found.Coverage,
        Opcode.Suggest when SuggestCodec.TryRead(answer, out SuggestReply? found, out _) => found.Coverage,
        _ => null,
    };

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "Slow search of {Collection}: {Took} ms, {Status}, {ShardsAnswered} of {Shards} shards with {Covered} of "
        + "{Documents} documents, {Requests} requests to shards, {Hedges} hedges, {Retries} retries; {Kind}: {Query} "
        + "({Unlogged} slow ones before it not logged)")]
    private partial void LogSlow(
        string collection, long took, StatusCode status, int shardsAnswered, int shards, long covered, long documents,
        int requests, int hedges, int retries, string kind, string query, long unlogged);
}

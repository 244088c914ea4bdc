using System.Text;
using Hedgerow.Leaf.Durability;
using Hedgerow.Protocol;
using Microsoft.Extensions.Logging;

namespace Hedgerow.Leaf.Tests.Durability;

/// <summary>A record as the model keeps it.</summary>
internal sealed record LoggedRecord(WalKind Kind, string Collection, string Path, ulong Version, string Json)
{
    public static LoggedRecord Of(in WalEntry entry) => new(
        entry.Kind, Encoding.UTF8.GetString(entry.Collection), Encoding.UTF8.GetString(entry.Path), entry.Version,
        Encoding.UTF8.GetString(entry.Json));

    public static LoggedRecord Random(Random random, int number) => new(
        random.Next(4) == 0 ? WalKind.Delete : WalKind.Put, random.Next(2) == 0 ? "wiki" : "shop/goods",
        $"/wiki/{random.Next(100)}", (ulong)number + 1, new string('x', random.Next(60)));
}

/// <summary>Collects what a log replays.</summary>
internal sealed class Replayed : IWalReplay
{
    public List<LoggedRecord> Records { get; } = [];

    public List<long> Ends { get; } = [];

    public void OnRecord(in WalEntry entry, long end)
    {
        Records.Add(LoggedRecord.Of(entry));
        Ends.Add(end);
    }
}

/// <summary>A waiter to be awaited.</summary>
internal sealed class Waiter : ICommitWaiter
{
    private readonly TaskCompletionSource<string?> _told = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Null when committed, else the failure.</summary>
    public Task<string?> Told => _told.Task.WaitAsync(TimeSpan.FromSeconds(30));

    public bool IsTold => _told.Task.IsCompleted;

    public void OnCommitted(string? failure) => _told.SetResult(failure);
}

/// <summary>Keeps what was logged for people.</summary>
internal sealed class LogLines : ILogger, ILoggerFactory, ILoggerProvider
{
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines
    {
        get { lock (_lines) return [.. _lines]; }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        lock (_lines) _lines.Add($"{logLevel}: {formatter(state, exception)} {exception}");
    }

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public void Dispose()
    {
    }
}

/// <summary>Opens logs and appends to them in few words.</summary>
internal static class Wal
{
    public const string Directory = "/wal";

    public static WriteAheadLog Open(
        TestFiles files, IWalReplay? replay = null, FsyncPolicy fsync = FsyncPolicy.Always, int segmentBytes = 32 << 20,
        int pendingBytesMax = 64 << 20, ILogger? log = null, TimeProvider? time = null, long begin = 0,
        ushort shard = 3)
    {
        var options = new WalOptions
        {
            Directory = Directory,
            Shard = shard,
            Fsync = fsync,
            SegmentBytes = segmentBytes,
            PendingBytesMax = pendingBytesMax,
        };
        return WriteAheadLog.Open(
            options, begin, replay ?? new Replayed(), files, time ?? TimeProvider.System, log ?? new LogLines());
    }

    public static List<LoggedRecord> Recover(TestFiles files, ILogger? log = null)
    {
        var replayed = new Replayed();
        using var wal = Open(files, replayed, log: log);
        return replayed.Records;
    }

    public static StatusCode Append(WriteAheadLog wal, LoggedRecord record, out long end)
    {
        var entry = new WalEntry
        {
            Kind = record.Kind,
            Collection = Encoding.UTF8.GetBytes(record.Collection),
            Path = Encoding.UTF8.GetBytes(record.Path),
            Version = record.Version,
            Json = Encoding.UTF8.GetBytes(record.Json),
        };
        return wal.TryAppend(entry, out end);
    }

    public static async Task Commit(WriteAheadLog wal, params IEnumerable<LoggedRecord> records)
    {
        long end = 0;
        foreach (var record in records) Assert.Equal(StatusCode.Ok, Append(wal, record, out end));
        var waiter = new Waiter();
        wal.NotifyWhenCommitted(end, waiter);
        Assert.Null(await waiter.Told);
    }
}

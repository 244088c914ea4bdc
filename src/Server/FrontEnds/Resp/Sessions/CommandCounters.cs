namespace Hedgerow.Server.FrontEnds.Resp;

/// <summary>Counts of commands of one loop, written by its thread alone and read by any.</summary>
internal sealed class CommandCounters
{
    private readonly long[] _calls = new long[RespTable.Count];
    private readonly long[] _rejected = new long[RespTable.Count];
    private long _total;

    /// <summary>Commands executed.</summary>
    public long Total => Volatile.Read(ref _total);

    /// <summary>A command was executed.</summary>
    public void Count(RespCommand command)
    {
        _calls[command.Index]++;
        _total++;
    }

    /// <summary>A command was refused before it was executed.</summary>
    public void Reject(RespCommand command) => _rejected[command.Index]++;

    /// <summary>Executions of one command.</summary>
    public long CallsOf(RespCommand command) => Volatile.Read(ref _calls[command.Index]);

    /// <summary>Refusals of one command.</summary>
    public long RejectedOf(RespCommand command) => Volatile.Read(ref _rejected[command.Index]);
}

/// <summary>The counters of all loops. CONFIG RESETSTAT moves the line from which they are shown.</summary>
internal sealed class CommandStatistics
{
    private readonly Lock _growing = new();
    private readonly long[] _callsAtReset = new long[RespTable.Count];
    private readonly long[] _rejectedAtReset = new long[RespTable.Count];
    private volatile CommandCounters[] _loops = [];
    private long _totalAtReset;

    /// <summary>Commands since the reset.</summary>
    public long Total => Sum(loop => loop.Total) - Volatile.Read(ref _totalAtReset);

    /// <summary>A loop's own.</summary>
    public CommandCounters Of(int loop)
    {
        var loops = _loops;
        return loop < loops.Length ? loops[loop] : Grow(loop);
    }

    /// <summary>Executions of one command since the reset.</summary>
    public long CallsOf(RespCommand command) =>
        Sum(loop => loop.CallsOf(command)) - Volatile.Read(ref _callsAtReset[command.Index]);

    /// <summary>Refusals of one command since the reset.</summary>
    public long RejectedOf(RespCommand command) =>
        Sum(loop => loop.RejectedOf(command)) - Volatile.Read(ref _rejectedAtReset[command.Index]);

    /// <summary>Counts from now.</summary>
    public void Reset()
    {
        foreach (var row in RespTable.All)
        {
            Volatile.Write(ref _callsAtReset[row.Index], Sum(loop => loop.CallsOf(row)));
            Volatile.Write(ref _rejectedAtReset[row.Index], Sum(loop => loop.RejectedOf(row)));
        }

        Volatile.Write(ref _totalAtReset, Sum(loop => loop.Total));
    }

    private CommandCounters Grow(int loop)
    {
        lock (_growing)
        {
            var loops = _loops.ToList();
            while (loops.Count <= loop) loops.Add(new CommandCounters());
            _loops = [.. loops];
            return loops[loop];
        }
    }

    private long Sum(Func<CommandCounters, long> read) => _loops.Sum(read);
}

namespace Hedgerow.Server.FrontEnds.Resp;

/// <summary>What is counted of one command.</summary>
/// <param name="Calls">Executions.</param>
/// <param name="Rejected">Refusals before it was executed.</param>
/// <param name="Failed">Executions that answered with an error.</param>
/// <param name="Timed">Executions that were timed: every 16th, beginning with the first.</param>
/// <param name="Nanos">Nanoseconds that those took together, from the beginning to the answer's turn.</param>
internal readonly record struct CommandUse(long Calls, long Rejected, long Failed, long Timed, long Nanos)
{
    /// <summary>Mean of the timed executions, in microseconds.</summary>
    public double MicrosPerCall => Timed == 0 ? 0 : Nanos / 1e3 / Timed;

    public static CommandUse operator +(in CommandUse a, in CommandUse b) =>
        new(a.Calls + b.Calls, a.Rejected + b.Rejected, a.Failed + b.Failed, a.Timed + b.Timed, a.Nanos + b.Nanos);

    public static CommandUse operator -(in CommandUse a, in CommandUse b) =>
        new(a.Calls - b.Calls, a.Rejected - b.Rejected, a.Failed - b.Failed, a.Timed - b.Timed, a.Nanos - b.Nanos);
}

/// <summary>Counts of commands of one loop, written by its thread alone and read by any.</summary>
internal sealed class CommandCounters
{
    /// <summary>Of so many executions of a command the first is timed: two looks at the clock cost a GET.</summary>
    public const int TimedEvery = 16;

    /// <summary>Times kept of each command, the latest.</summary>
    public const int TimesKept = 512;

    private readonly Tally[] _tallies = new Tally[RespTable.Count];
    private readonly CommandUse[] _atReset = new CommandUse[RespTable.Count];

    /// <summary>Commands executed since the reset.</summary>
    public long Total
    {
        get
        {
            long total = 0;
            for (var i = 0; i < _tallies.Length; i++) total += Read(i).Calls - _atReset[i].Calls;
            return total;
        }
    }

    /// <summary>A command was executed.</summary>
    public void Count(RespCommand command) => _tallies[command.Index].Calls++;

    /// <summary>A command was refused before it was executed.</summary>
    public void Reject(RespCommand command) => _tallies[command.Index].Rejected++;

    /// <summary>A command answered with an error.</summary>
    public void Fail(RespCommand command) => _tallies[command.Index].Failed++;

    /// <summary>Whether the execution that begins now is one to time.</summary>
    public bool IsTimed(RespCommand command) => (_tallies[command.Index].Calls & (TimedEvery - 1)) == 0;

    /// <summary>A timed command was answered.</summary>
    public void Time(RespCommand command, TimeProvider time, long startedAt)
    {
        ref var tally = ref _tallies[command.Index];
        var nanos = (time.GetTimestamp() - startedAt) * (1_000_000_000 / time.TimestampFrequency);
        var times = tally.Times ??= new uint[TimesKept];
        times[tally.Timed % TimesKept] = (uint)Math.Clamp(nanos, 0, uint.MaxValue);
        tally.Nanos += nanos;
        tally.Timed++;
    }

    /// <summary>Counts of one command since the reset.</summary>
    public CommandUse Of(RespCommand command) => Read(command.Index) - _atReset[command.Index];

    /// <summary>Adds the latest times of one command since the reset, nanoseconds, in no order.</summary>
    public void CopyTimes(RespCommand command, List<uint> times)
    {
        var kept = Volatile.Read(ref _tallies[command.Index].Times);
        var timed = Read(command.Index).Timed;
        var oldest = Math.Max(_atReset[command.Index].Timed, timed - TimesKept);
        for (var i = oldest; kept != null && i < timed; i++) times.Add(kept[i % TimesKept]);
    }

    /// <summary>Counts from now. Any thread.</summary>
    public void Reset()
    {
        for (var i = 0; i < _atReset.Length; i++) _atReset[i] = Read(i);
    }

    private CommandUse Read(int index)
    {
        ref var tally = ref _tallies[index];
        return new CommandUse(
            Volatile.Read(ref tally.Calls), Volatile.Read(ref tally.Rejected), Volatile.Read(ref tally.Failed),
            Volatile.Read(ref tally.Timed), Volatile.Read(ref tally.Nanos));
    }

    private struct Tally
    {
        public long Calls;
        public long Rejected;
        public long Failed;
        public long Timed;
        public long Nanos;
        public uint[]? Times;
    }
}

/// <summary>The counters of all loops. CONFIG RESETSTAT moves the line from which they are shown.</summary>
internal sealed class CommandStatistics
{
    private readonly Lock _growing = new();
    private volatile CommandCounters[] _loops = [];

    /// <summary>Commands since the reset.</summary>
    public long Total => _loops.Sum(loop => loop.Total);

    /// <summary>A loop's own.</summary>
    public CommandCounters Of(int loop)
    {
        var loops = _loops;
        return loop < loops.Length ? loops[loop] : Grow(loop);
    }

    /// <summary>Counts of one command since the reset.</summary>
    public CommandUse Of(RespCommand command)
    {
        var sum = default(CommandUse);
        foreach (var loop in _loops) sum += loop.Of(command);
        return sum;
    }

    /// <summary>The latest times of one command since the reset, nanoseconds, from the shortest.</summary>
    public List<uint> TimesOf(RespCommand command)
    {
        var times = new List<uint>();
        foreach (var loop in _loops) loop.CopyTimes(command, times);
        times.Sort();
        return times;
    }

    /// <summary>Counts from now.</summary>
    public void Reset()
    {
        foreach (var loop in _loops) loop.Reset();
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
}

using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// What one search may still use: until its caller cancels, and until its deadline. Scorers ask once per block of 128
/// postings and behave as exhausted when the answer is no; whoever runs the search then reads <see cref="Status"/> and
/// throws the half result away. One thread at a time; a search has its own.
/// </summary>
internal sealed class SearchBudget
{
    /// <summary>The clock costs about as much as a tenth of a block, so it is read at every sixteenth.</summary>
    private const int BlocksPerClockReading = 16;

    /// <summary>See <see cref="MarksBytesMax"/>. 512 MiB: some hundred patterns over ten million documents.</summary>
    private const long MarksBytesStandard = 512L << 20;

    private readonly TimeProvider _time;
    private readonly long _end;
    private long _deadlineTimestamp;
    private readonly CancellationToken _cancel;
    private long _blocks;
    private long _marksBytes;

    /// <summary>A budget of the time left from now; <see cref="Timeout.InfiniteTimeSpan"/> has no deadline.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="left">Time left.</param>
    /// <param name="cancel">The caller's.</param>
    /// <param name="share">
    /// Share of the time after which the work stops, so that an answer with what was found by then is still in time:
    /// <see cref="TryExtend"/> gives the rest.
    /// </param>
    public SearchBudget(TimeProvider time, TimeSpan left, CancellationToken cancel, double share = 1)
    {
        _time = time;
        _cancel = cancel;
        var now = time.GetTimestamp();
        var ticks = left.TotalSeconds * time.TimestampFrequency;
        var isEndless = left == Timeout.InfiniteTimeSpan;
        _end = isEndless ? long.MaxValue : now + (long)ticks;
        _deadlineTimestamp = isEndless ? long.MaxValue : now + (long)(ticks * share);
    }

    /// <summary>
    /// Memory of what the clauses of a search mark in a segment by a bit a document: patterns, ranges of terms, areas.
    /// </summary>
    public long MarksBytesMax { get; init; } = MarksBytesStandard;

    /// <summary>Which limit was passed where the status is BadQuery; else null.</summary>
    public string? Limit { get; private set; }

    /// <summary>Ok while there is some left, else Cancelled, DeadlineExceeded or BadQuery; stays so.</summary>
    public StatusCode Status { get; private set; } = StatusCode.Ok;

    /// <summary>Blocks spent so far: the work that was done, whatever the clock says.</summary>
    public long Blocks => _blocks;

    /// <summary>Working memory of its clauses.</summary>
    public BlockArrays Arrays => field ??= new BlockArrays();

    /// <summary>The clock it is measured by.</summary>
    public TimeProvider Time => _time;

    /// <summary>A budget without end, for work nobody waits for.</summary>
    public static SearchBudget Unlimited() =>
        new(TimeProvider.System, Timeout.InfiniteTimeSpan, CancellationToken.None);

    /// <summary>
    /// After the share of the time is used up: makes the rest of it the budget, for reading what was found. False when
    /// there is none, or another reason to stop.
    /// </summary>
    public bool TryExtend()
    {
        if (!HasRest) return false;
        _deadlineTimestamp = _end;
        Status = StatusCode.Ok;
        return true;
    }

    /// <summary>Makes all of the time the budget, for reading what was found before the share was used up.</summary>
    public void ExtendInTime()
    {
        if (Status == StatusCode.Ok) _deadlineTimestamp = _end;
    }

    /// <summary>
    /// Whether <see cref="TryExtend"/> would give more: what was found already may be gone through then, though nothing
    /// more is to be found.
    /// </summary>
    public bool HasRest => Status == StatusCode.DeadlineExceeded && _deadlineTimestamp != _end
        && !_cancel.IsCancellationRequested && _time.GetTimestamp() < _end;

    /// <summary>Lets clauses be opened on a segment when those of the one before are of no more use.</summary>
    public void BeginSegment() => _marksBytes = 0;

    /// <summary>A bit for each of some documents; null, and the search is over, where there is no memory for it.
    /// </summary>
    public ulong[]? TakeMarks(int documents)
    {
        var words = BitWords.For(documents);
        _marksBytes += (long)words * sizeof(ulong);
        if (_marksBytes <= MarksBytesMax) return new ulong[words];
        if (Status != StatusCode.Ok) return null;
        Status = StatusCode.BadQuery;
        Limit = $"the query's patterns, ranges of terms and areas take more than {MarksBytesMax} bytes of memory on "
            + $"{documents} documents of a shard, a bit each; that is the limit, ask for fewer of them";
        return null;
    }

    /// <summary>Counts one block of work; false when the search has to stop.</summary>
    public bool Spend()
    {
        if (Status != StatusCode.Ok) return false;
        if (_cancel.IsCancellationRequested)
        {
            Status = StatusCode.Cancelled;
            return false;
        }

        if (_blocks++ % BlocksPerClockReading != 0 || _deadlineTimestamp == long.MaxValue) return true;
        if (_time.GetTimestamp() < _deadlineTimestamp) return true;
        Status = StatusCode.DeadlineExceeded;
        return false;
    }
}

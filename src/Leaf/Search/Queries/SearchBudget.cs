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

    private readonly TimeProvider _time;
    private readonly long _deadlineTimestamp;
    private readonly CancellationToken _cancel;
    private int _blocks;

    /// <summary>A budget of the time left from now; <see cref="Timeout.InfiniteTimeSpan"/> has no deadline.</summary>
    public SearchBudget(TimeProvider time, TimeSpan left, CancellationToken cancel)
    {
        _time = time;
        _cancel = cancel;
        _deadlineTimestamp = left == Timeout.InfiniteTimeSpan
            ? long.MaxValue
            : time.GetTimestamp() + (long)(left.TotalSeconds * time.TimestampFrequency);
    }

    /// <summary>Ok while there is some left, else Cancelled or DeadlineExceeded; stays so.</summary>
    public StatusCode Status { get; private set; } = StatusCode.Ok;

    /// <summary>A budget without end, for work nobody waits for.</summary>
    public static SearchBudget Unlimited() =>
        new(TimeProvider.System, Timeout.InfiniteTimeSpan, CancellationToken.None);

    /// <summary>Counts one block of work; false when the search has to stop.</summary>
    public bool Spend()
    {
        if (Status != StatusCode.Ok) return false;
        if (_cancel.IsCancellationRequested)
        {
            Status = StatusCode.Cancelled;
            return false;
        }

        if (_deadlineTimestamp == long.MaxValue || _blocks++ % BlocksPerClockReading != 0) return true;
        if (_time.GetTimestamp() < _deadlineTimestamp) return true;
        Status = StatusCode.DeadlineExceeded;
        return false;
    }
}

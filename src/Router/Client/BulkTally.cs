using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>What has become of the documents of a bulk writer. Thread-safe.</summary>
internal sealed class BulkTally
{
    private readonly Lock _gate = new();
    private readonly SettledWindow _settled = new();
    private readonly List<BulkFailure> _failures = [];
    private long _acknowledged;
    private long _failed;

    public long Acknowledged => Volatile.Read(ref _acknowledged);

    public long Failed => Volatile.Read(ref _failed);

    public long SettledUpTo
    {
        get
        {
            lock (_gate) return _settled.SettledUpTo;
        }
    }

    public IReadOnlyList<BulkFailure> Failures
    {
        get
        {
            lock (_gate) return [.. _failures.OrderBy(f => f.Index)];
        }
    }

    public void Acknowledge(long index)
    {
        lock (_gate)
        {
            _acknowledged++;
            _settled.Settle(index);
        }
    }

    public void Fail(long index, StatusCode status, string message)
    {
        lock (_gate)
        {
            _failed++;
            if (_failures.Count < BulkWriter.FailuresKept)
                _failures.Add(new BulkFailure((int)Math.Min(index, int.MaxValue), status, message));
            _settled.Settle(index);
        }
    }
}

namespace Hedgerow.Router;

/// <summary>Bytes that answers under way hold, all together. Thread-safe.</summary>
internal sealed class HeldBytes
{
    private long _total;

    public long Total => Volatile.Read(ref _total);

    /// <summary>Begins to count for one piece of work; its disposal takes back what it counted.</summary>
    public Share Begin() => new(this);

    /// <summary>What one piece of work holds. Thread-safe; disposed once.</summary>
    public sealed class Share(HeldBytes all) : IDisposable
    {
        private long _bytes;

        public void Add(long bytes)
        {
            Interlocked.Add(ref _bytes, bytes);
            Interlocked.Add(ref all._total, bytes);
        }

        public void Dispose() => Interlocked.Add(ref all._total, -Interlocked.Exchange(ref _bytes, 0));
    }
}

namespace Hedgerow.Router;

/// <summary>
/// Tells whether this router began or ended a write of a path since a moment: what was read before must then not be
/// given to those who read after. Paths share <see cref="Places"/> words, so a stamp may change for another path's
/// sake. Thread-safe, allocates nothing.
/// </summary>
internal sealed class WriteStamps
{
    public const int Places = 1_024;

    private readonly long[] _stamps = new long[Places];
    private long _ofAll;

    /// <summary>A number that is another one after each write.</summary>
    public long Of(ulong hash) => Volatile.Read(ref _stamps[hash % Places]) + Volatile.Read(ref _ofAll);

    /// <summary>A write of a path begins, or has ended.</summary>
    public void Change(ulong hash) => Interlocked.Increment(ref _stamps[hash % Places]);

    /// <summary>A write of who knows which paths begins, or has ended.</summary>
    public void ChangeAll() => Interlocked.Increment(ref _ofAll);
}

namespace Hedgerow.Router;

/// <summary>
/// Calls to use again: a stack of each thread, so that the one that ended last, which the processor's cache still
/// holds, is begun next without a lock; and a bounded one for all, for threads that only end calls that others began.
/// Thread-safe.
/// </summary>
/// <remarks>
/// A thread has one stack, for a process rarely has two routers: that of the first that it met, until that is closed.
/// Then that of the next takes its place; otherwise it would be without, and keep alive a router that nobody uses.
/// </remarks>
internal sealed class CallPool<T>
    where T : class
{
    private const int OfThreadMax = 128;
    private const int SharedMax = 1_024;

    [ThreadStatic]
    private static OfThread? _ofThread;

    private readonly Lock _gate = new();
    private readonly Stack<T> _shared = new();
    private readonly Func<T> _create;
    private volatile bool _isClosed;

    public CallPool(Func<T> create)
    {
        _create = create;
    }

    public T Rent()
    {
        var local = _ofThread;
        if (local is not null && local.Owner == this && local.Items.TryPop(out var item)) return item;
        if (_shared.Count == 0) return _create();
        lock (_gate) return _shared.TryPop(out item) ? item : _create();
    }

    public void Return(T item)
    {
        if (_isClosed) return;
        var local = _ofThread;
        if (local is null || (local.Owner != this && local.Owner._isClosed)) _ofThread = local = new OfThread(this);
        if (local.Owner == this && local.Items.Count < OfThreadMax)
        {
            local.Items.Push(item);
            return;
        }

        lock (_gate)
        {
            if (_shared.Count < SharedMax && !_isClosed) _shared.Push(item);
        }
    }

    /// <summary>Its router is disposed of. Calls under way may still end, and others begin.</summary>
    public void Close()
    {
        _isClosed = true;
        lock (_gate) _shared.Clear();
    }

    private sealed class OfThread(CallPool<T> owner)
    {
        public CallPool<T> Owner => owner;

        public Stack<T> Items { get; } = new(OfThreadMax);
    }
}

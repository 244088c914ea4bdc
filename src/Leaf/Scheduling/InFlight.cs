using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Scheduling;

/// <summary>
/// Requests that will be answered after the call that brought them: found again to be cancelled, counted so that a
/// drain knows when the last is done. Bounded by the queues they wait in. Thread-safe.
/// </summary>
internal sealed class InFlight
{
    private readonly ConcurrentDictionary<Key, PendingRequest> _requests = new();
    private readonly Lock _gate = new();
    private TaskCompletionSource? _empty;
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public void Add(PendingRequest request)
    {
        Interlocked.Increment(ref _count);

        // Two requests in flight under one id: the sender broke its word, and only the first can be cancelled.
        _requests.TryAdd(new Key(request.Request.Sink, request.Request.Header.RequestId), request);
    }

    public void Remove(PendingRequest request)
    {
        Unlist(request);
        if (Interlocked.Decrement(ref _count) != 0) return;
        lock (_gate)
        {
            if (Count == 0) _empty?.TrySetResult();
        }
    }

    /// <summary>Can no longer be cancelled, and still counts.</summary>
    public void Unlist(PendingRequest request)
    {
        var key = new Key(request.Request.Sink, request.Request.Header.RequestId);
        _requests.TryRemove(KeyValuePair.Create(key, request));
    }

    public void Cancel(IReplySink sink, uint requestId)
    {
        if (_requests.TryGetValue(new Key(sink, requestId), out var request)) request.Cancel();
    }

    /// <summary>Cancels every request of a peer. Walks all of them: peers leave seldom.</summary>
    public void CancelAll(IReplySink sink)
    {
        foreach (var (key, request) in _requests)
        {
            if (ReferenceEquals(key.Sink, sink)) request.Cancel();
        }
    }

    /// <summary>Lets those that wait for nothing but time to pass, such as a fault's delay, wait no longer.</summary>
    public void Hurry()
    {
        foreach (var (_, request) in _requests) request.Hurry();
    }

    /// <summary>Cancels everything.</summary>
    public void CancelAll()
    {
        foreach (var (_, request) in _requests) request.Cancel();
    }

    /// <summary>Completes when nothing is in flight, given that nothing more is added.</summary>
    public Task WhenEmpty()
    {
        lock (_gate)
        {
            if (Count == 0) return Task.CompletedTask;
            _empty = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _empty.Task;
        }
    }

    private readonly struct Key(IReplySink sink, uint id) : IEquatable<Key>
    {
        public IReplySink Sink { get; } = sink;

        private readonly uint _id = id;

        public bool Equals(Key other) => _id == other._id && ReferenceEquals(Sink, other.Sink);

        public override bool Equals(object? obj) => obj is Key other && Equals(other);

        public override int GetHashCode() => HashCode.Combine(RuntimeHelpers.GetHashCode(Sink), _id);
    }
}

using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using Hedgerow.Leaf;
using Hedgerow.Protocol;
using Hedgerow.Router;
using Microsoft.Extensions.ObjectPool;

namespace Hedgerow.Server.Hosting;

/// <summary>
/// Carries requests to leaves of this process by calling them. A request that its leaf answers before the call returns
/// (every cache operation) costs no allocation but its answer's pooled buffer. Thread-safe.
/// </summary>
internal sealed class InProcessTransport : ILeafTransport
{
    private readonly ConcurrentDictionary<string, IRequestHandler> _leaves = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<InProcessCall, (string LeafId, uint RequestId)> _pending = new();
    private readonly ObjectPool<InProcessCall> _calls;
    private int _lastRequestId;

    public InProcessTransport()
    {
        _calls = new DefaultObjectPool<InProcessCall>(new CallPolicy(this), maximumRetained: 1_024);
    }

    /// <inheritdoc/>
    public Action<ulong>? Begun { get; set; }

    /// <summary>Makes a leaf reachable.</summary>
    public void Attach(string leafId, IRequestHandler leaf) => _leaves[leafId] = leaf;

    /// <summary>Cuts a leaf off: requests in flight to it, and later ones, are answered Unavailable.</summary>
    public void Detach(string leafId)
    {
        _leaves.TryRemove(leafId, out _);
        foreach (var (call, pending) in _pending)
            if (pending.LeafId == leafId) call.Abort(pending.RequestId, Gone(leafId));
    }

    /// <inheritdoc/>
    public ValueTask<Reply> SendAsync(
        LeafEndpoint leaf, RequestHeader header, ReadOnlyMemory<byte> body, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        if (!_leaves.TryGetValue(leaf.Id, out var handler)) return new ValueTask<Reply>(Unavailable(header, leaf.Id));
        var call = _calls.Get();
        var requestId = (uint)Interlocked.Increment(ref _lastRequestId);
        call.Begin(handler, requestId, header.Opcode);
        handler.OnRequest(header with { RequestId = requestId, BodyLength = body.Length }, body.Span, call);
        if (call.IsDone) return new ValueTask<Reply>(call.Take());
        _pending[call] = (leaf.Id, requestId);
        // A leaf detached between the look-up and the line above would have missed this call.
        if (!_leaves.TryGetValue(leaf.Id, out var still) || still != handler) call.Abort(requestId, Gone(leaf.Id));
        call.CancelWith(cancel);
        return call.Task;
    }

    /// <inheritdoc/>
    public bool CanExecute(LeafEndpoint leaf) =>
        _leaves.TryGetValue(leaf.Id, out var handler) && handler is LeafService { CanExecute: true };

    /// <inheritdoc/>
    public bool TryExecute(
        LeafEndpoint leaf, in RequestHeader header, in CacheCommand command, long nowMs, IBufferWriter<byte> output,
        out CommandOutcome outcome)
    {
        outcome = default;
        return _leaves.TryGetValue(leaf.Id, out var handler) && handler is LeafService service
            && service.TryExecute(command, header.PathHash, header.Shard, header.Epoch, nowMs, output, out outcome);
    }

    /// <summary>Nothing is held: its owner disposes the leaves.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>A call's answer was taken; a late reply to it carries an old id and is dropped.</summary>
    internal void Finish(InProcessCall call)
    {
        _pending.TryRemove(call, out _);
        _calls.Return(call);
    }

    private static Reply Unavailable(in RequestHeader request, string leafId) => Reply.Copy(
        new ReplyHeader { Opcode = request.Opcode, RequestId = request.RequestId, Status = StatusCode.Unavailable },
        Encoding.UTF8.GetBytes(Gone(leafId)));

    private static string Gone(string leafId) => $"The leaf {leafId} is stopped.";

    private sealed class CallPolicy(InProcessTransport transport) : PooledObjectPolicy<InProcessCall>
    {
        public override InProcessCall Create() => new(transport);

        public override bool Return(InProcessCall obj) => true;
    }
}

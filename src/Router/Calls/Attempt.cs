using System.Runtime.CompilerServices;
using Hedgerow.Protocol;

namespace Hedgerow.Router;

#pragma warning disable CA1001 // The source of cancellation lives as long as the pooled call; it has no timer to free.
#pragma warning disable CA2012 // The ValueTask's awaiter is kept in a field, and used once per use of the attempt.
/// <summary>One copy of a request on its way to one leaf. Reused with the call that owns it.</summary>
internal sealed class Attempt
{
    private readonly Action _onDone;
    private CancellationTokenSource _cancel = new();
    private ConfiguredValueTaskAwaitable<Reply>.ConfiguredValueTaskAwaiter _awaiter;

    public Attempt(RoutedCall call)
    {
        _onDone = () => call.Answered(this);
    }

    public LeafHealth Leaf { get; private set; } = null!;

    /// <summary>Its place among the shard's replicas.</summary>
    public int Replica { get; private set; }

    public bool IsHedge { get; private set; }

    public long SentAt { get; private set; }

    /// <summary>Set under the call's gate once the answer is there.</summary>
    public bool IsDone { get; set; }

    public void Prepare(LeafHealth leaf, int replica, bool isHedge, long now)
    {
        Leaf = leaf;
        Replica = replica;
        IsHedge = isHedge;
        SentAt = now;
        IsDone = false;
        if (!_cancel.IsCancellationRequested) return;
        _cancel.Dispose();
        _cancel = new CancellationTokenSource();
    }

    /// <summary>Sends; true when the answer is there already, and then nobody is told.</summary>
    public bool Send(
        ILeafTransport transport, OperationClass kind, in RequestHeader header, ReadOnlyMemory<byte> body)
    {
        Leaf.OnSent(kind);
        return Watch(Start(transport, header, body));
    }

    /// <summary>Takes over a copy that is on its way, or was answered so; true when the answer is there.</summary>
    public bool Adopt(DirectCopy copy, Reply? answer) =>
        Watch(answer is { } there ? new ValueTask<Reply>(there) : copy.Await(_cancel.Token));

    public void Cancel() => _cancel.Cancel();

    /// <summary>The answer; Cancelled without a body when the transport gave up because it was told to.</summary>
    public Reply TakeReply()
    {
        try
        {
            return _awaiter.GetResult();
        }
        catch (OperationCanceledException)
        {
            return new Reply(new ReplyHeader { Status = StatusCode.Cancelled }, null, 0, 0, pooled: false);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // A transport must not throw. One that does must not take the thread it runs on along.
            return RouterReply.Error(StatusCode.Internal, $"The transport to {Leaf.Endpoint.Id} failed: {e.Message}");
        }
    }

    private bool Watch(ValueTask<Reply> answer)
    {
        _awaiter = answer.ConfigureAwait(false).GetAwaiter();
        if (_awaiter.IsCompleted) return true;
        _awaiter.UnsafeOnCompleted(_onDone);
        return false;
    }

    private ValueTask<Reply> Start(ILeafTransport transport, in RequestHeader header, ReadOnlyMemory<byte> body)
    {
        try
        {
            return transport.SendAsync(Leaf.Endpoint, header, body, _cancel.Token);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return ValueTask.FromException<Reply>(e);
        }
    }
}

using System.Threading.Tasks.Sources;
using Hedgerow.Protocol;

namespace Hedgerow.Router.Tests;

/// <summary>Keeps one request until it is told to answer, and allocates nothing while it does.</summary>
internal sealed class ParkingTransport : ILeafTransport, IValueTaskSource<Reply>
{
    private ManualResetValueTaskSourceCore<Reply> _core;

    public ValueTask<Reply> SendAsync(
        LeafEndpoint leaf, RequestHeader header, ReadOnlyMemory<byte> body, CancellationToken cancel)
    {
        _core.Reset();
        return new ValueTask<Reply>(this, _core.Version);
    }

    public void AnswerLast() =>
        _core.SetResult(new Reply(new ReplyHeader { Status = StatusCode.NotFound }, null, 0, 0, pooled: false));

    public Reply GetResult(short token) => _core.GetResult(token);

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    public ValueTask DisposeAsync() => default;
}

using System.Collections.Concurrent;
using System.Text;
using System.Threading.Channels;
using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.FrontEnds.Native;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hedgerow.Server.Tests.Native;

public sealed class NativeFrontEndTests : IAsyncDisposable
{
    private readonly StubExecutor _executor = new();
    private readonly Sink _sink = new();
    private readonly NativeFrontEnd _frontEnd;

    public NativeFrontEndTests()
    {
        _frontEnd = new NativeFrontEnd(_executor, NullLogger.Instance);
    }

    public ValueTask DisposeAsync() => _executor.DisposeAsync();

    [Fact]
    public void An_answer_that_is_there_at_once_leaves_before_the_call_returns()
    {
        _executor.Answer = (_, body, _) => new ValueTask<Reply>(Reply.Copy(new ReplyHeader { Version = 7 }, body.Span));
        Send(3, "path");
        var (header, body) = Assert.Single(_sink.Replies);
        Assert.Equal(3u, header.RequestId);
        Assert.Equal(7ul, header.Version);
        Assert.Equal("path", body);
    }

    [Fact]
    public async Task A_later_answer_has_the_request_it_belongs_to()
    {
        var answers = new ConcurrentQueue<TaskCompletionSource<Reply>>();
        _executor.Answer = (_, _, _) =>
        {
            var answer = new TaskCompletionSource<Reply>();
            answers.Enqueue(answer);
            return new ValueTask<Reply>(answer.Task);
        };
        Send(1, "a");
        Send(2, "b");
        answers.TryDequeue(out var first);
        answers.TryDequeue(out var second);
        second!.SetResult(Reply.Copy(default, "two"u8));
        first!.SetResult(Reply.Copy(default, "one"u8));
        await _sink.CountAsync(2);
        Assert.Equal([(2u, "two"), (1u, "one")], _sink.Replies.Select(r => (r.Header.RequestId, r.Body)));
    }

    [Fact]
    public async Task A_cancel_stops_its_request_and_no_other_and_is_answered()
    {
        _executor.Answer = NeverUnlessCancelled;
        Send(1, "a");
        Send(2, "b");
        _frontEnd.OnCancel(9, _sink);
        _frontEnd.OnCancel(2, _sink);
        await _sink.CountAsync(1);
        var (header, _) = Assert.Single(_sink.Replies);
        Assert.Equal((2u, StatusCode.Cancelled), (header.RequestId, header.Status));
        _frontEnd.OnCancel(1, _sink);
        await _sink.CountAsync(2);
    }

    [Fact]
    public async Task A_closed_connection_stops_its_requests_and_not_those_of_others()
    {
        _executor.Answer = NeverUnlessCancelled;
        var other = new Sink();
        Send(1, "a");
        Send(2, "b");
        _frontEnd.OnRequest(new RequestHeader { Opcode = Opcode.Get, RequestId = 1 }, "c"u8, other);
        _frontEnd.OnClosed(_sink);
        await _sink.CountAsync(2);
        Assert.Empty(other.Replies);
    }

    [Fact]
    public async Task A_defect_of_the_router_is_answered_and_does_not_escape()
    {
        _executor.Answer = (_, _, _) => ValueTask.FromException<Reply>(new InvalidOperationException("defect"));
        Send(5, "a");
        await _sink.CountAsync(1);
        Assert.Equal(StatusCode.Internal, Assert.Single(_sink.Replies).Header.Status);
    }

    [Fact]
    public async Task Requests_used_again_do_not_mix()
    {
        _executor.Answer = async (header, body, cancel) =>
        {
            if (header.RequestId % 3 == 0) await Task.Yield();
            return Reply.Copy(default, body.Span);
        };
        for (var id = 1u; id <= 2_000; id++) Send(id, $"body {id}");
        await _sink.CountAsync(2_000);
        Assert.All(_sink.Replies, reply => Assert.Equal($"body {reply.Header.RequestId}", reply.Body));
    }

    private void Send(uint id, string body) => _frontEnd.OnRequest(
        new RequestHeader { Opcode = Opcode.Get, RequestId = id }, Encoding.UTF8.GetBytes(body), _sink);

    private static async ValueTask<Reply> NeverUnlessCancelled(
        RequestHeader header, ReadOnlyMemory<byte> body, CancellationToken cancel)
    {
        var never = new TaskCompletionSource<Reply>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = cancel.Register(() => never.SetCanceled(cancel));
        return await never.Task;
    }

    private sealed class StubExecutor : IRequestExecutor
    {
        public Func<RequestHeader, ReadOnlyMemory<byte>, CancellationToken, ValueTask<Reply>> Answer { get; set; } =
            (_, _, _) => default;

        public ValueTask<Reply> ExecuteAsync(
            RequestHeader header, ReadOnlyMemory<byte> body, CancellationToken cancel) => Answer(header, body, cancel);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class Sink : IReplySink
    {
        private readonly Channel<bool> _arrived = Channel.CreateUnbounded<bool>();

        public ConcurrentQueue<(ReplyHeader Header, string Body)> Replies { get; } = new();

        public void Reply(in ReplyHeader header, ReadOnlySpan<byte> body)
        {
            Replies.Enqueue((header, Encoding.UTF8.GetString(body)));
            _arrived.Writer.TryWrite(true);
        }

        /// <summary>Waits until so many have arrived since the start.</summary>
        public async Task CountAsync(int count)
        {
            while (Replies.Count < count)
                await _arrived.Reader.ReadAsync(TestContext.Current.CancellationToken);
        }
    }
}

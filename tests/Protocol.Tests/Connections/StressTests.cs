using System.Collections.Concurrent;

namespace Hedgerow.Protocol.Tests;

/// <summary>
/// Many callers at once against a server that answers late, from other threads, in any order; some give up. The model
/// is simple: the answer to a request is its own body, or a cancellation that was asked for.
/// </summary>
public class StressTests
{
    private const int Callers = 24;
    private const int RequestsEach = 120;

    public static TheoryData<bool, bool> Modes => new() { { false, false }, { true, false }, { false, true } };

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task Every_request_gets_its_own_answer(bool inlineContinuations, bool inlinePipes)
    {
        var seed = Environment.TickCount;
        var limits = new ProtocolLimits
        {
            RequestsInFlightMax = 17, BytesInFlightMax = 300_000, ChunkBytesMax = 4_096,
        };
        var duplex = new MemoryDuplex(inlinePipes ? MemoryDuplex.Inline : null);
        var late = new LateAnswers(seed);
        await using var server = new TestServer(
            duplex, new ScriptedHandler { Request = late.OnRequest, Cancel = late.OnCancel }, limits);
        await using var client = await Connect.OpenAsync(duplex, inline: inlineContinuations);

        var callers = Enumerable.Range(0, Callers).Select(caller => Task.Run(() => CallAsync(client, seed + caller)));
        var cancelled = (await Task.WhenAll(callers)).Sum();

        Assert.True(cancelled < Callers * RequestsEach, $"seed {seed}: nothing was answered");
        late.FlushAll();
        await SpinUntilAsync(() => client.InFlight == 0);
        Assert.Equal(0, server.Connection.InFlight);
    }

    private static async Task<int> CallAsync(ClientConnection client, int seed)
    {
        var random = new Random(seed);
        var cancelled = 0;
        for (var i = 0; i < RequestsEach; i++)
        {
            var body = new byte[random.Next(20) == 0 ? random.Next(60_000) : random.Next(200)];
            random.NextBytes(body);
            using var source = new CancellationTokenSource();
            var pending = client.SendAsync(
                new RequestHeader { Opcode = Opcode.Set, Epoch = (uint)i }, body, source.Token);
            if (random.Next(10) == 0) await source.CancelAsync();
            try
            {
                using var answer = await pending;
                Assert.Equal(StatusCode.Ok, answer.Status);
                Assert.True(answer.Body.Span.SequenceEqual(body), $"seed {seed}, request {i}");
            }
            catch (OperationCanceledException) when (source.IsCancellationRequested)
            {
                cancelled++;
            }
        }

        return cancelled;
    }

    private static async Task SpinUntilAsync(Func<bool> condition)
    {
        while (!condition()) await Task.Yield();
    }

    /// <summary>Answers half the requests at once, the others from the pool when the next ones come.</summary>
    private sealed class LateAnswers(int seed)
    {
        private readonly Random _random = new(seed);
        private readonly ConcurrentDictionary<uint, Action<StatusCode>> _late = new();

        public void OnRequest(in RequestHeader header, ReadOnlySpan<byte> body, IReplySink replies)
        {
            if (_random.Next(2) == 0)
            {
                replies.Reply(ScriptedHandler.ReplyTo(header), body);
                return;
            }

            var copy = body.ToArray();
            var reply = ScriptedHandler.ReplyTo(header);
            var id = header.RequestId;
            Assert.True(_late.TryAdd(id, status => replies.Reply(reply with { Status = status }, copy)));
            ThreadPool.UnsafeQueueUserWorkItem(_ => Answer(id, StatusCode.Ok), null);
        }

        public void OnCancel(uint requestId, IReplySink replies) => Answer(requestId, StatusCode.Cancelled);

        public void FlushAll()
        {
            foreach (var id in _late.Keys) Answer(id, StatusCode.Ok);
        }

        private void Answer(uint id, StatusCode status)
        {
            if (_late.TryRemove(id, out var answer)) answer(status);
        }
    }
}

using Hedgerow.Protocol;
using Hedgerow.Tests;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hedgerow.Router.Tests;

/// <summary>What the hot path costs the garbage collector once its pools are filled: nothing.</summary>
public sealed class AllocationTests
{
    private static readonly RouterOptions Patient = new()
    {
        // The parking transport keeps one request: a hedge while this thread is not running would be a second.
        Hedge = new HedgeOptions { Enabled = false },
        Timeout = TimeSpan.FromHours(1),
        // Reads are counted, and none is hot.
        Hot = new HotOptions { Rate = 1_000_000_000 },
    };

    internal static bool IsOptimized => !typeof(RequestRouter).Assembly
        .GetCustomAttributes(typeof(System.Diagnostics.DebuggableAttribute), inherit: false)
        .OfType<System.Diagnostics.DebuggableAttribute>().Any(a => a.IsJITOptimizerDisabled);

    [Fact]
    public void A_read_that_waits_allocates_nothing()
    {
        var transport = new ParkingTransport();
        var router = RouterOver(transport);
        var body = Cluster.BodyOf(new CacheCommand { Opcode = Opcode.Get, Path = "/a"u8 });
        AssertFree(() =>
        {
            var pending = router.ExecuteAsync(new RequestHeader { Opcode = Opcode.Get }, body, default);
            var waited = !pending.IsCompleted;
            transport.AnswerLast();
            return waited && pending.GetAwaiter().GetResult().Status == StatusCode.NotFound;
        });
    }

    [Fact]
    public void A_write_to_two_replicas_allocates_nothing()
    {
        var router = RouterOver(new AgreeingTransport());
        var body = Cluster.BodyOf(new CacheCommand { Opcode = Opcode.Set, Path = "/a"u8, Value = "value"u8 });
        AssertFree(() =>
        {
            var pending = router.ExecuteAsync(new RequestHeader { Opcode = Opcode.Set }, body, default);
            if (!pending.IsCompletedSuccessfully) return false;
            using var reply = pending.GetAwaiter().GetResult();
            return reply.Status == StatusCode.Ok;
        });
    }

    private static RequestRouter RouterOver(ILeafTransport transport) => new(
        new StaticTopology(Cluster.TopologyOf(1, 1, 2, 2)), transport, Patient, TimeProvider.System,
        NullLoggerFactory.Instance);

    private static void AssertFree(Func<bool> operation)
    {
        var good = 0;
        for (var i = 0; i < 2_000; i++) good += operation() ? 1 : 0;
        var before = AllocatedBytes.Start();
        for (var i = 0; i < 1_000; i++) good += operation() ? 1 : 0;
        var bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(3_000, good);
        // A debug build makes a class of each async method's state.
        Assert.InRange(bytes, 0, IsOptimized ? 1_000 : long.MaxValue);
    }

    /// <summary>Every leaf does what it is asked, at once.</summary>
    private sealed class AgreeingTransport : ILeafTransport
    {
        public ValueTask<Reply> SendAsync(
            LeafEndpoint leaf, RequestHeader header, ReadOnlyMemory<byte> body, CancellationToken cancel) =>
            new(new Reply(
                new ReplyHeader
                {
                    Status = header.Opcode == Opcode.Set ? StatusCode.Ok : StatusCode.UnknownOpcode,
                },
                null, 0, 0, pooled: false));

        public ValueTask DisposeAsync() => default;
    }
}

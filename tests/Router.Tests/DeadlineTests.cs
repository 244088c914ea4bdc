using System.Text;
using System.Threading.Tasks.Sources;
using CsCheck;
using Hedgerow.Protocol;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Hedgerow.Router.Tests;

/// <summary>What holds of every read however bad things are: it ends by its deadline, in bounded memory.</summary>
public sealed class DeadlineTests
{
    /// <summary>A slot of the wheel, the grain of its timer, and the step of the tests' clock.</summary>
    private const double TickMs = 2.5;

    private const int Waiting = 10_000;

    [Theory]
    [InlineData(SingleFlight.Off)]
    [InlineData(SingleFlight.All)]
    public async Task No_answer_comes_past_the_deadline_whatever_the_leaves_do(SingleFlight sharing) =>
        await Gen.Select(Gen.Int[0, 60], Gen.Int[1, 40], Gen.Int[0, 3], Gen.Int[0, 6]).Array[1, 60].SampleAsync(
            async reads =>
            {
                var cluster = new Cluster(shards: 2, replicas: 2, configure: o => o.SingleFlight = sharing);
                var delays = new Queue<(int Ms, int Kind)>(reads.Select(read => (read.Item1, read.Item4)));
                foreach (var leaf in cluster.Transport.Leaves.Keys) cluster.Rule(leaf, _ => Next(delays));
                var pending = new List<Task>();
                foreach (var (_, deadlineMs, path, _) in reads)
                {
                    pending.Add(ExpectInTime(cluster, path, deadlineMs));
                    cluster.Advance(0.5);
                }

                cluster.Advance(60);
                await Task.WhenAll(pending).WaitAsync(TimeSpan.FromMinutes(1));
            },
            iter: 60, threads: 1);

    [Fact]
    public async Task Ten_thousand_reads_of_a_dead_shard_fail_by_their_deadline_and_others_are_served_meanwhile()
    {
        var cluster = new Cluster(shards: 2, replicas: 1, leaves: 2);
        cluster.Rule("leaf-2", Behaviour.Never);
        var dead = Enumerable.Range(0, 100_000).Where(i => cluster.Client.Locate($"/{i}").Shard == 1).Take(Waiting);
        var pending = new List<Task>();
        foreach (var (path, i) in dead.Select((path, i) => (path, i)))
        {
            pending.Add(ExpectInTime(cluster, path, 100 + (i % 400), StatusCode.DeadlineExceeded));
            if (i % 100 == 0) cluster.Advance(0.5);
        }

        var alive = Enumerable.Range(0, 100).First(i => cluster.Client.Locate($"/{i}").Shard == 0);
        using (var served = await cluster.Get($"/{alive}")) Assert.Equal(StatusCode.NotFound, served.Status);
        cluster.Advance(600);
        await Task.WhenAll(pending).WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(0, cluster.Router.Table.Shards[1].Replicas[0].InFlight);
    }

    [Fact]
    public async Task Ten_thousand_readers_of_one_dead_path_are_one_request_and_fail_each_by_its_deadline()
    {
        var cluster = new Cluster(replicas: 1, configure: o => o.SingleFlight = SingleFlight.All);
        cluster.Rule("leaf-1", Behaviour.Never);
        var pending = Enumerable.Range(0, Waiting)
            .Select(i => ExpectInTime(cluster, 0, 100 + (i % 400), StatusCode.DeadlineExceeded)).ToList();
        Assert.Single(cluster.Transport.Calls);
        cluster.Advance(600);
        await Task.WhenAll(pending).WaitAsync(TimeSpan.FromMinutes(1));
        Assert.True(cluster.Transport.Calls.Single().WasCancelled);
    }

    [Fact]
    public async Task A_read_that_waits_holds_a_few_kilobytes_and_no_more_than_so_many_are_kept_for_later()
    {
        const int BytesEach = 4_096;
        var time = new FakeTimeProvider();
        var transport = new SilentTransport(4 * Waiting);
        var options = new RouterOptions { Hot = new HotOptions { Rate = 1_000_000_000 } };
        var router = new RequestRouter(
            new StaticTopology(Cluster.TopologyOf(1, 1, 1, 1)), transport, options, time, NullLoggerFactory.Instance);
        var body = Cluster.BodyOf(new CacheCommand { Opcode = Opcode.Get, Path = "/a"u8 });
        var pending = new Task<Reply>[Waiting];
        for (var wave = 0; wave < 3; wave++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < Waiting; i++)
                pending[i] = router.ExecuteAsync(new RequestHeader { Opcode = Opcode.Get }, body, default).AsTask();
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, (long)Waiting * BytesEach);
            for (var step = 0; step < 2_010; step++) time.Advance(TimeSpan.FromMilliseconds(0.5));
            foreach (var read in pending)
            {
                Assert.True(read.IsCompleted);
                using var reply = await read;
                Assert.Equal(StatusCode.DeadlineExceeded, reply.Status);
            }
        }

        Assert.Equal(3 * Waiting, transport.Cancelled);
    }

    private static Behaviour? Next(Queue<(int Ms, int Kind)> delays)
    {
        if (!delays.TryDequeue(out var delay)) return Behaviour.Never;
        return delay.Kind switch
        {
            0 => null,
            1 => Behaviour.Never,
            2 => Behaviour.Fails(StatusCode.Overloaded, delay.Ms),
            3 => Behaviour.Fails(StatusCode.Unavailable, delay.Ms),
            4 => Behaviour.Fails(StatusCode.DeadlineExceeded, delay.Ms),
            _ => Behaviour.After(delay.Ms),
        };
    }

    private static async Task ExpectInTime(Cluster cluster, int path, double deadlineMs, StatusCode? expected = null)
    {
        var began = cluster.Time.GetTimestamp();
        var header = new RequestHeader { Opcode = Opcode.Get, DeadlineMicros = (uint)(deadlineMs * 1_000) };
        var body = Cluster.BodyOf(new CacheCommand { Opcode = Opcode.Get, Path = Encoding.UTF8.GetBytes($"/{path}") });
        using var reply = await cluster.Router.ExecuteAsync(header, body, default);
        Assert.InRange(cluster.Time.GetElapsedTime(began).TotalMilliseconds, 0, deadlineMs + TickMs);
        if (expected is { } status) Assert.Equal(status, reply.Status);
    }

    /// <summary>Never answers, ends what is cancelled, and has all that it needs from the start.</summary>
    private sealed class SilentTransport : ILeafTransport
    {
        private readonly Call[] _calls;
        private int _next;

        public SilentTransport(int calls)
        {
            _calls = [.. Enumerable.Range(0, calls).Select(_ => new Call(this))];
        }

        public int Cancelled { get; private set; }

        public ValueTask<Reply> SendAsync(
            LeafEndpoint leaf, RequestHeader header, ReadOnlyMemory<byte> body, CancellationToken cancel) =>
            _calls[_next++].Begin(cancel);

        public ValueTask DisposeAsync() => default;

        private sealed class Call(SilentTransport owner) : IValueTaskSource<Reply>
        {
            private ManualResetValueTaskSourceCore<Reply> _core;

            public ValueTask<Reply> Begin(CancellationToken cancel)
            {
                cancel.UnsafeRegister(static call => ((Call)call!).Cancel(), this);
                return new ValueTask<Reply>(this, _core.Version);
            }

            public Reply GetResult(short token) => _core.GetResult(token);

            public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

            public void OnCompleted(
                Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
                _core.OnCompleted(continuation, state, token, flags);

            private void Cancel()
            {
                owner.Cancelled++;
                _core.SetResult(
                    new Reply(new ReplyHeader { Status = StatusCode.Cancelled }, null, 0, 0, pooled: false));
            }
        }
    }
}

using System.Buffers;
using System.Text;
using Hedgerow.Leaf;
using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.FrontEnds.Commands;
using Hedgerow.Server.Hosting;
using Hedgerow.Tests;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hedgerow.Server.Tests.Commands;

public sealed class RouterExecutorTests
{
    private static readonly Opcode[] Opcodes =
    [
        Opcode.Get, Opcode.Set, Opcode.Add, Opcode.Replace, Opcode.Append, Opcode.Prepend, Opcode.Delete, Opcode.Touch,
        Opcode.Increment, Opcode.CompareAndSet,
    ];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task At_once_and_by_frames_are_the_same_on_every_replica(int replicas)
    {
        await using var atOnce = await StartAsync(replicas);
        await using var byFrames = await StartAsync(replicas);
        var executor = new RouterExecutor(atOnce.Router, TimeProvider.System);
        var random = new Random(5);
        for (var i = 0; i < 2_000; i++)
        {
            var opcode = Opcodes[random.Next(Opcodes.Length)];
            var path = $"/{random.Next(20)}";
            var value = random.Next(3) == 0 ? $"{random.Next(100)}" : new string('v', random.Next(40));
            var far = DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeMilliseconds();
            var expires = random.Next(4) == 0 ? far : 0;
            var outcome = Execute(executor, opcode, path, value, expires, out var read);
            using var reply = await SendAsync(byFrames.Router, opcode, path, value, expires);
            Assert.Equal(reply.Status, outcome.Status);
            if (opcode == Opcode.Get && reply.Status == StatusCode.Ok)
                Assert.Equal(Encoding.UTF8.GetString(reply.Body.Span[EntryBody.PrefixLength..]), read);
        }

        Assert.Equal(Dump(byFrames), Dump(atOnce));
        Assert.All(atOnce.LeafIds, id => Assert.Equal(Dump(atOnce, id), Dump(atOnce, atOnce.LeafIds[0])));
        Assert.True(atOnce.Router.Counters.Requests >= 2_000);
    }

    [Fact]
    public async Task A_read_for_a_write_that_depends_on_it_is_the_owners()
    {
        await using var cluster = await StartAsync(replicas: 2);
        var executor = new RouterExecutor(cluster.Router, TimeProvider.System);
        var shard = (ushort)executor.ShardOf("/a"u8);
        var topology = cluster.Topology;
        foreach (var id in cluster.LeafIds)
        {
            var set = new CacheCommand { Opcode = Opcode.Set, Path = "/a"u8, Value = Encoding.ASCII.GetBytes(id) };
            var hash = PathHash.OfPath("/a"u8);
            Assert.True(cluster.Leaf(id)!.TryExecute(
                set, hash, shard, topology.Epoch, executor.UtcNowMs, new ArrayBufferWriter<byte>(), out _));
        }

        for (var i = 0; i < 50; i++)
        {
            var get = new CacheCommand { Opcode = Opcode.Get, Path = "/a"u8, FromOwner = true };
            var value = new ArrayBufferWriter<byte>();
            Assert.True(executor.TryExecute(get, 0, value, out _));
            Assert.Equal(topology.Shards[shard].Replicas[0], Encoding.ASCII.GetString(value.WrittenSpan));
        }
    }

    [Fact]
    public async Task A_replica_with_a_fault_or_one_that_is_gone_is_left_to_frames()
    {
        await using var cluster = await StartAsync(replicas: 2);
        var executor = new RouterExecutor(cluster.Router, TimeProvider.System);
        Assert.True(TrySet(executor));
        var fault = new ArrayBufferWriter<byte>();
        FaultCodec.Write(fault, new FaultRequest(1, 1_000, 0));
        var header = new RequestHeader { Opcode = Opcode.Fault, PathHash = PathHash.OfPath("leaf-2"u8) };
        (await executor.ExecuteAsync(header, fault.WrittenMemory, Cancel)).Dispose();
        Assert.False(TrySet(executor));
        using (var slow = await SendAsync(cluster.Router, Opcode.Set, "/a", "2", 0))
            Assert.Equal(StatusCode.Ok, slow.Status);
        await cluster.KillLeafAsync("leaf-2");
        Assert.False(TrySet(executor));
        var served = 0;
        for (var i = 0; i < 100; i++)
        {
            var get = new CacheCommand { Opcode = Opcode.Get, Path = "/a"u8 };
            if (executor.TryExecute(get, 0, new ArrayBufferWriter<byte>(), out var outcome))
            {
                served++;
                Assert.Equal(StatusCode.Ok, outcome.Status);
                continue;
            }

            using var other = await SendAsync(cluster.Router, Opcode.Get, "/a", "", 0);
            Assert.Equal(StatusCode.Ok, other.Status);
        }

        Assert.True(served > 20);
    }

    [Fact]
    public async Task Commands_over_two_replicas_allocate_nothing()
    {
        await using var cluster = await StartAsync(replicas: 2);
        var executor = new RouterExecutor(cluster.Router, TimeProvider.System);
        var output = new ArrayBufferWriter<byte>(1 << 16);
        var path = new byte[16];
        Run(10_000);
        Assert.Equal(0, AllocatedBytes.Least(() => Run(10_000)));

        void Run(int count)
        {
            for (var i = 0; i < count; i++)
            {
                System.Buffers.Text.Utf8Formatter.TryFormat(i % 1_000, path, out var length);
                output.ResetWrittenCount();
                executor.BeginBatch();
                Do(Opcode.Set, path.AsSpan(0, length), "7"u8);
                Do(Opcode.Increment, path.AsSpan(0, length), []);
                Do(Opcode.Get, path.AsSpan(0, length), []);
                executor.EndBatch();
            }
        }

        void Do(Opcode opcode, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
        {
            var command = new CacheCommand { Opcode = opcode, Path = key, Value = value, Delta = 1 };
            if (!executor.TryExecute(command, 0, output, out var outcome) || outcome.Status != StatusCode.Ok)
                throw new InvalidOperationException($"{opcode}: {outcome.Status}");
        }
    }

    private static async Task<LocalCluster> StartAsync(int replicas) => await LocalCluster.StartAsync(
        new LocalClusterOptions
        {
            Shards = 2,
            Replicas = replicas,
            Leaf = new LeafOptions { MemoryBytes = 64 << 20, AllowFaults = true },
        },
        TimeProvider.System, NullLoggerFactory.Instance, Cancel);

    private static string Dump(LocalCluster cluster, string? leafId = null)
    {
        var leaf = cluster.Leaf(leafId ?? cluster.LeafIds[0])!;
        var text = new StringBuilder();
        for (var i = 0; i < 20; i++)
        {
            var path = Encoding.UTF8.GetBytes($"/{i}");
            var get = new CacheCommand { Opcode = Opcode.Get, Path = path };
            var output = new ArrayBufferWriter<byte>();
            var shard = (ushort)cluster.Router.ShardOf(path);
            Assert.True(leaf.TryExecute(get, 0, shard, 0, leaf.UtcNowMs, output, out var outcome));
            var value = Encoding.UTF8.GetString(output.WrittenSpan);
            text.Append($"{i} {outcome.Status} {outcome.ExpiresAtMs > 0} {value};");
        }

        return text.ToString();
    }

    private static bool TrySet(RouterExecutor executor) =>
        executor.TryExecute(CommandOf(Opcode.Set, "/a", "1", 0), 0, new ArrayBufferWriter<byte>(), out _);

    private static CommandOutcome Execute(
        RouterExecutor executor, Opcode opcode, string path, string value, long expiresAtMs, out string read)
    {
        var output = new ArrayBufferWriter<byte>();
        Assert.True(executor.TryExecute(CommandOf(opcode, path, value, expiresAtMs), 0, output, out var outcome));
        read = Encoding.UTF8.GetString(output.WrittenSpan);
        return outcome;
    }

    private static ValueTask<Reply> SendAsync(
        RequestRouter router, Opcode opcode, string path, string value, long expiresAtMs)
    {
        var command = CommandOf(opcode, path, value, expiresAtMs);
        var body = new byte[command.Length];
        command.WriteTo(body);
        return router.ExecuteAsync(new RequestHeader { Opcode = opcode }, body, Cancel);
    }

    private static CacheCommand CommandOf(Opcode opcode, string path, string value, long expiresAtMs)
    {
        var carriesValue = opcode is not (Opcode.Get or Opcode.Delete or Opcode.Touch or Opcode.Increment);
        return new CacheCommand
        {
            Opcode = opcode,
            Path = Encoding.UTF8.GetBytes(path),
            Value = carriesValue ? Encoding.UTF8.GetBytes(value) : default,
            ExpiresAtMs = opcode is Opcode.Get or Opcode.Delete ? 0 : expiresAtMs,
            Delta = 3,
            Initial = 5,
            HasInitial = value.Length > 10,
            CompareVersion = opcode == Opcode.CompareAndSet ? 1UL : 0,
        };
    }
}

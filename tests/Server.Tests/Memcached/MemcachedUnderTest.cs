using System.Buffers;
using Hedgerow.Leaf;
using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.FrontEnds.Commands;
using Hedgerow.Server.FrontEnds.Memcached;
using Hedgerow.Server.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Hedgerow.Server.Tests.Memcached;

/// <summary>What the memcached front end can stand before.</summary>
public enum Behind
{
    /// <summary>A bare leaf: at once.</summary>
    Leaf,

    /// <summary>A cluster in this process: at once, on every replica.</summary>
    Cluster,

    /// <summary>A cluster whose every answer has to be waited for.</summary>
    Frames,
}

/// <summary>The memcached front end before a leaf or a cluster in memory, without sockets.</summary>
internal sealed class MemcachedUnderTest : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _owned = [];

    private MemcachedUnderTest(TimeProvider time)
    {
        Time = time;
    }

    public TimeProvider Time { get; }

    public FakeTimeProvider Clock => (FakeTimeProvider)Time;

    public MemcachedFrontEnd FrontEnd { get; private set; } = null!;

    public static async Task<MemcachedUnderTest> StartAsync(
        Behind behind, string token = "", TimeProvider? time = null, int valueBytesMax = 1 << 20)
    {
        var test = new MemcachedUnderTest(time ?? new FakeTimeProvider(DateTimeOffset.UtcNow));
        var leafOptions = new LeafOptions { Name = "leaf", MemoryBytes = 64 << 20, ValueBytesMax = valueBytesMax };
        var (executor, leaves) = behind == Behind.Leaf
            ? await test.LeafAsync(leafOptions)
            : await test.ClusterAsync(leafOptions, behind == Behind.Frames);
        var options = new MemcachedOptions
        {
            ValueBytesMax = valueBytesMax, Token = token, ConnectionsMax = 1_024, MemoryBytes = leafOptions.MemoryBytes,
        };
        test.FrontEnd = new MemcachedFrontEnd(
            executor, options,
            _ => ValueTask.FromResult<IReadOnlyList<StatsReply>>([.. leaves().Select(leaf => leaf.Stats())]),
            test.Time, NullLogger.Instance);
        return test;
    }

    public TestConnection Connect() => new(FrontEnd);

    public async ValueTask DisposeAsync()
    {
        FrontEnd.Dispose();
        _owned.Reverse();
        foreach (var owned in _owned) await owned.DisposeAsync();
    }

    private async Task<(ICommandExecutor Executor, Func<LeafService[]> Leaves)> LeafAsync(LeafOptions options)
    {
        var logs = NullLoggerFactory.Instance;
        var leaf = await LeafService.OpenAsync(options, 0, [0], Time, logs, CancellationToken.None);
        _owned.Add(leaf);
        var executor = LeafExecutor.Alone(leaf, [0], new RouterOptions(), Time, logs);
        _owned.Add(executor);
        return (executor, () => [leaf]);
    }

    private async Task<(ICommandExecutor Executor, Func<LeafService[]> Leaves)> ClusterAsync(
        LeafOptions leaf, bool byFrames)
    {
        var options = new LocalClusterOptions { Shards = 3, Replicas = 2, Leaf = leaf, Client = new() };
        var cluster = await LocalCluster.StartAsync(options, Time, NullLoggerFactory.Instance, CancellationToken.None);
        _owned.Add(cluster);
        var executor = new RouterExecutor(cluster.Router, Time);
        return (byFrames ? new Waiting(executor) : executor,
            () => [.. cluster.LeafIds.Select(cluster.Leaf).OfType<LeafService>()]);
    }

    /// <summary>An executor that does nothing at once, and answers from another thread.</summary>
    private sealed class Waiting(ICommandExecutor inner) : ICommandExecutor
    {
        public int Shards => inner.Shards;

        public long UtcNowMs => inner.UtcNowMs;

        public bool TryExecute(
            in CacheCommand command, ulong pathHash, IBufferWriter<byte> output, out CommandOutcome outcome)
        {
            outcome = default;
            return false;
        }

        public async ValueTask<Reply> ExecuteAsync(
            RequestHeader header, ReadOnlyMemory<byte> body, CancellationToken cancel)
        {
            await Task.Yield();
            return await inner.ExecuteAsync(header, body, cancel);
        }

        public int ShardOf(ReadOnlySpan<byte> path) => inner.ShardOf(path);

        public void Prefetch(ReadOnlySpan<byte> path) => inner.Prefetch(path);

        public void BeginBatch() => inner.BeginBatch();

        public void EndBatch() => inner.EndBatch();
    }
}

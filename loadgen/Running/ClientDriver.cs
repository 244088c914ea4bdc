using Hedgerow.LoadGen.Arrivals;
using Hedgerow.LoadGen.Measuring;
using Hedgerow.LoadGen.Workload;
using Hedgerow.Protocol;
using Hedgerow.Router;

namespace Hedgerow.LoadGen.Running;

/// <summary>Through the client library: the embedded router of this process, or a router server.</summary>
internal sealed class ClientDriver : ILoadDriver
{
    private const int FillParallel = 256;
    private readonly HedgerowClient _client;
    private readonly PreparedWorkload _workload;
    private readonly bool _isPoisson;
    private readonly Share _share;
    private readonly ClusterTarget _target;

    private ClientDriver(HedgerowClient client, PreparedWorkload workload, bool isPoisson, Share share)
    {
        _client = client;
        _workload = workload;
        _isPoisson = isPoisson;
        _share = share;
        _target = new ClusterTarget(client, workload.Content);
    }

    /// <exception cref="HedgerowException">Nothing answers, or a collection is not there.</exception>
    /// <exception cref="TopologyException">The topology file can't be read.</exception>
    public static async Task<ClientDriver> ConnectAsync(
        HedgerowClientOptions options, PreparedWorkload workload, bool isPoisson, Share share, CancellationToken stop)
    {
        var client = await HedgerowClient.ConnectAsync(options, stop);
        var collection = workload.Content.Collection;
        if (!workload.Kinds.Any(kind => kind is OperationKind.Search or OperationKind.Instant)
            || await client.GetCollectionAsync(collection, stop) is not null)
            return new ClientDriver(client, workload, isPoisson, share);
        await client.DisposeAsync();
        throw new HedgerowException(
            StatusCode.NoSuchCollection,
            $"search.collection {collection}: the cluster has no such collection; import one first.");
    }

    public async Task FillAsync(CancellationToken stop)
    {
        using var room = new SemaphoreSlim(FillParallel);
        var failed = 0L;
        var source = _workload.Source(_workload.Seed);
        foreach (var key in _share.Keys(_workload.Space.Loaded))
        {
            await room.WaitAsync(stop);
            _ = FillOneAsync(source.Fill(key));
        }

        for (var i = 0; i < FillParallel; i++) await room.WaitAsync(stop);
        if (failed > 0) throw new IOException($"{failed} writes of --fill failed.");

        async Task FillOneAsync(Operation operation)
        {
            var (outcome, _) = await _target.SendAsync(operation);
            if (outcome == Outcome.Failed) Interlocked.Increment(ref failed);
            room.Release();
        }
    }

    public async Task<RunOutcome> RunAsync(RunRequest request, Action<Interval> onInterval, CancellationToken stop)
    {
        var intervals = new IntervalList(request.IntervalNanos, onInterval);
        var tally = request.Tally();
        var phases = request.Phases();
        var stream = _workload.Stream(request.Rate, _isPoisson, _share.Index, _share.Of);
        var loop = new OpenLoop(
            request.Bounds, phases, tally, stream, _target, new MonotonicClock(), intervals.Take);
        var before = _client.Counters;
        // The loop holds the thread that it runs on.
        await Task.Factory.StartNew(
            () => loop.RunAsync(stop), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
            .Unwrap();
        return new RunOutcome
        {
            Seconds = loop.CountedNanos / 1e9,
            RateAsked = _workload.HasOwnTimes ? _workload.OwnRate / _share.Of : request.Rate,
            Counted = tally.Counted,
            Records = tally.Records,
            Lateness = tally.Lateness,
            Intervals = intervals.All,
            Router = RouterWork.Between(before, _client.Counters),
            WarmupSeconds = phases.WarmupSeconds,
            IsUnsteady = phases.IsUnsteady,
        };
    }

    public ValueTask DisposeAsync() => _client.DisposeAsync();
}

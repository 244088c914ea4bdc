using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Hedgerow.LoadGen.Measuring;
using Hedgerow.LoadGen.Wire;
using Hedgerow.LoadGen.Workload;

namespace Hedgerow.LoadGen.Running;

/// <summary>By raw bytes, from one thread without a client library.</summary>
internal sealed class WireDriver : ILoadDriver
{
    private readonly WireLoad _load;
    private readonly PreparedWorkload _workload;
    private readonly string _server;
    private readonly bool _isPoisson;
    private readonly bool _isClosed;
    private readonly Share _share;

    private WireDriver(
        WireLoad load, PreparedWorkload workload, string server, bool isPoisson, bool isClosed, Share share)
    {
        _load = load;
        _workload = workload;
        _server = server;
        _isPoisson = isPoisson;
        _isClosed = isClosed;
        _share = share;
    }

    /// <exception cref="IOException">The server is not there, or refuses.</exception>
    public static WireDriver Connect(
        WirePlan plan, WireDialect dialect, string server, PreparedWorkload workload, bool isPoisson, Share share)
    {
        if (!OperatingSystem.IsLinux())
            throw new PlatformNotSupportedException("--protocol native, resp, memcached and http need Linux (epoll).");
        try
        {
            var load = new WireLoad(plan, dialect, Resolve(server));
            return new WireDriver(load, workload, server, isPoisson, plan.IsClosed, share);
        }
        catch (Exception e) when (e is SocketException or InvalidDataException)
        {
            throw new IOException($"{server}: {e.Message}", e);
        }
    }

    public Task FillAsync(CancellationToken stop) => OnThreadAsync(() =>
    {
        _load.Fill(_workload.Source(_workload.Seed), _share.Keys(_workload.Space.Loaded), stop);
        return true;
    });

    public Task<RunOutcome> RunAsync(RunRequest request, Action<Interval> onInterval, CancellationToken stop) =>
        OnThreadAsync(() => Run(request, onInterval, stop));

    public ValueTask DisposeAsync()
    {
        _load.Dispose();
        return ValueTask.CompletedTask;
    }

    private RunOutcome Run(RunRequest request, Action<Interval> onInterval, CancellationToken stop)
    {
        var intervals = new IntervalList(request.IntervalNanos, onInterval);
        var tally = request.Tally();
        var phases = request.Phases();
        // A closed loop takes the requests of any rate as fast as it goes.
        var rate = _isClosed ? 1e6 : request.Rate;
        var stream = _workload.Stream(rate, _isPoisson, _share.Index, _share.Of);
        var (counted, cpu) = _load.Run(stream, phases, tally, intervals.Take, stop);
        return new RunOutcome
        {
            Seconds = counted / 1e9,
            RateAsked = _isClosed ? 0 : _workload.HasOwnTimes ? _workload.OwnRate / _share.Of : request.Rate,
            Counted = tally.Counted,
            Records = tally.Records,
            Lateness = tally.Lateness,
            Intervals = intervals.All,
            ServerCpuMicros = cpu,
            WarmupSeconds = phases.WarmupSeconds,
            IsUnsteady = phases.IsUnsteady,
        };
    }

    /// <summary>A thread of its own: the loop spins.</summary>
    private Task<T> OnThreadAsync<T>(Func<T> work) => Task.Factory.StartNew(
        () =>
        {
            try
            {
                return work();
            }
            catch (Exception e) when (e is SocketException or InvalidDataException or IOException)
            {
                throw new IOException($"{_server}: {e.Message}", e);
            }
        },
        CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static IPEndPoint Resolve(string server)
    {
        if (IPEndPoint.TryParse(server, out var endPoint)) return endPoint;
        var colon = server.LastIndexOf(':');
        if (colon < 0 || !int.TryParse(server[(colon + 1)..], NumberStyles.None, null, out var port))
            throw new InvalidDataException("not HOST:PORT");
        return new IPEndPoint(Dns.GetHostAddresses(server[..colon])[0], port);
    }
}

using Hedgerow.Protocol;
using Microsoft.Extensions.Logging;

namespace Hedgerow.Router;

/// <summary>Makes a client from its options: what is at the address decides how it routes.</summary>
internal static class ClusterConnector
{
    /// <summary>How long a first sign of life may take, if connections may not take longer.</summary>
    private static readonly TimeSpan PatienceMin = TimeSpan.FromSeconds(5);

    public static async ValueTask<HedgerowClient> ConnectAsync(
        HedgerowClientOptions options, TimeProvider time, ILoggerFactory logs, CancellationToken cancel)
    {
        RouterOptionsRules.Check(options);
        var longest = options.ConnectTimeout > PatienceMin ? options.ConnectTimeout : PatienceMin;
        using var patience = new CancellationTokenSource(longest, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
        try
        {
            return LeafAddress.TryParse(options.Cluster, out _, out _) && !File.Exists(options.Cluster)
                ? await ToRouterAsync(options, time, logs, either.Token).ConfigureAwait(false)
                : await ToLeavesAsync(options, time, logs, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new HedgerowException(
                StatusCode.Unavailable, $"{options.Cluster}: nothing answered within {longest.TotalSeconds} s.");
        }
        finally
        {
            // The hello was answered on a thread that reads sockets. What the caller does next may block or run long,
            // and would hold up every answer of half the connections.
            await Task.Yield();
        }
    }

    private static async ValueTask<HedgerowClient> ToRouterAsync(
        HedgerowClientOptions options, TimeProvider time, ILoggerFactory logs, CancellationToken cancel)
    {
        var router = await RemoteRouter.ConnectAsync(options, time, logs, cancel).ConfigureAwait(false);
        return new HedgerowClient(router, options, time, router);
    }

    private static async ValueTask<HedgerowClient> ToLeavesAsync(
        HedgerowClientOptions options, TimeProvider time, ILoggerFactory logs, CancellationToken cancel)
    {
        var file = TopologyFile.Open(options.Cluster, time, logs.CreateLogger<TopologyFile>());
        var hello = new HelloRequest { Name = options.Name, Token = options.Token, Epoch = file.Current.Epoch };
        var transport = new SocketLeafTransport(hello, options.ConnectionsPerLeaf, ProtocolLimits.Default, time, logs)
        {
            ConnectTimeout = options.ConnectTimeout,
        };
        try
        {
            await FindOneAsync(file.Current, transport, cancel).ConfigureAwait(false);
            var router = new RequestRouter(file, transport, options, time, logs);
            return new HedgerowClient(router, options, time, router, transport, new Closing(file));
        }
        catch
        {
            file.Dispose();
            await transport.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Waits for the first leaf that answers; the others may come later.</summary>
    private static async Task FindOneAsync(
        Topology topology, SocketLeafTransport transport, CancellationToken cancel)
    {
        var greetings = topology.Leaves.Select(l => transport.GreetAsync(l.Address, cancel).AsTask()).ToList();
        var reasons = new List<string>();
        while (greetings.Count > 0)
        {
            var done = await Task.WhenAny(greetings).ConfigureAwait(false);
            greetings.Remove(done);
            if (done.IsCompletedSuccessfully) return;
            cancel.ThrowIfCancellationRequested();
            reasons.Add(done.Exception!.InnerException!.Message);
        }

        throw new HedgerowException(
            StatusCode.Unavailable,
            $"None of the {topology.Leaves.Count} leaves answers. {string.Join(' ', reasons.Take(5))}");
    }

    private sealed class Closing : IAsyncDisposable
    {
        private readonly IDisposable _inner;

        public Closing(IDisposable inner)
        {
            _inner = inner;
        }

        public ValueTask DisposeAsync()
        {
            _inner.Dispose();
            return default;
        }
    }
}

using Hedgerow.Server.Config;
using Hedgerow.Server.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hedgerow.Server.Demo;

/// <summary>
/// The cluster of the tour: what <c>serve</c> starts, over a directory of its own that is gone afterwards, on the
/// default ports or, where these are taken, on free ones.
/// </summary>
internal sealed class DemoCluster : IAsyncDisposable
{
    /// <summary>Shards of the cluster.</summary>
    public const int Shards = 4;

    /// <summary>Replicas of each shard.</summary>
    public const int Replicas = 2;

    private const long MemoryBytes = 256L << 20;
    private readonly string _directory;
    private readonly NodeLifecycle _node;

    private DemoCluster(string directory, NodeLifecycle node, bool hasDefaultPorts)
    {
        _directory = directory;
        _node = node;
        HasDefaultPorts = hasDefaultPorts;
    }

    /// <summary>Its inside: leaves that can be killed, and clients with options of their own.</summary>
    public LocalCluster Cluster => ((LocalNode)_node.Node).Cluster;

    /// <summary>HOST:PORT of the native listener.</summary>
    public string Server => _node.NativeEndPoint.ToString();

    /// <summary>HOST:PORT of the HTTP listener.</summary>
    public string Http => _node.HttpEndPoint!.ToString();

    /// <summary>Whether commands find it without being told where it is.</summary>
    public bool HasDefaultPorts { get; }

    /// <summary>What commands have to be told; empty when nothing.</summary>
    public string ServerOption => HasDefaultPorts ? "" : $" --server {Server}";

    /// <summary>The bundled corpus as a file.</summary>
    public string CorpusFile => Path.Combine(_directory, BundledCorpus.FileName);

    /// <summary>Its schema as a file.</summary>
    public string SchemaFile => Path.Combine(_directory, BundledCorpus.SchemaFileName);

    /// <summary>Starts it; it serves when this returns.</summary>
    public static async Task<DemoCluster> StartAsync(TimeProvider time, CancellationToken cancel)
    {
        var directory = Directory.CreateTempSubdirectory("hedgerow-demo-").FullName;
        try
        {
            await CopyAsync(BundledCorpus.OpenFile(), Path.Combine(directory, BundledCorpus.FileName), cancel);
            await CopyAsync(BundledCorpus.OpenSchema(), Path.Combine(directory, BundledCorpus.SchemaFileName), cancel);
            var settings = SettingsTable.Defaults(NodeRole.Serve) with
            {
                Name = "demo",
                Shards = Shards,
                Replicas = Replicas,
                DataDirectory = Path.Combine(directory, "data"),
                MemoryBytes = MemoryBytes,
                AllowFaults = true,
            };
            return await TryStartAsync(directory, settings, time, hasDefaultPorts: true, cancel)
                ?? await TryStartAsync(directory, WithFreePorts(settings), time, hasDefaultPorts: false, cancel)
                ?? throw new StartException("No free port was found on 127.0.0.1.");
        }
        catch
        {
            Directory.Delete(directory, recursive: true);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private static ServerSettings WithFreePorts(ServerSettings settings) => settings with
    {
        NativeListen = settings.NativeListen with { Port = 0 },
        RespListen = settings.RespListen! with { Port = 0 },
        MemcachedListen = settings.MemcachedListen! with { Port = 0 },
        HttpListen = settings.HttpListen! with { Port = 0 },
    };

    /// <summary>Null when a port is taken.</summary>
    private static async Task<DemoCluster?> TryStartAsync(
        string directory, ServerSettings settings, TimeProvider time, bool hasDefaultPorts, CancellationToken cancel)
    {
        var node = new NodeLifecycle(settings, time, NullLoggerFactory.Instance);
        try
        {
            await node.StartAsync(cancel);
            return new DemoCluster(directory, node, hasDefaultPorts);
        }
        catch (StartException taken) when (taken.InnerException is System.Net.Sockets.SocketException)
        {
            await node.DisposeAsync();
            return null;
        }
        catch
        {
            await node.DisposeAsync();
            throw;
        }
    }

    private static async Task CopyAsync(Stream from, string file, CancellationToken cancel)
    {
        await using var source = from;
        await using var to = File.Create(file);
        await source.CopyToAsync(to, cancel);
    }
}

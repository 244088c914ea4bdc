using System.Collections;
using Hedgerow.Server.Config;
using Hedgerow.Server.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hedgerow.Server.Tests.Hosting;

/// <summary>A node on free loopback ports, for tests: started by flags, as a user would.</summary>
internal sealed class RunningNode : IAsyncDisposable
{
    private RunningNode(NodeLifecycle lifecycle, HttpClient http)
    {
        Lifecycle = lifecycle;
        Http = http;
    }

    public NodeLifecycle Lifecycle { get; }

    /// <summary>Speaks to the node's HTTP listener.</summary>
    public HttpClient Http { get; }

    /// <summary>Where the native listener is.</summary>
    public string Native => Lifecycle.NativeEndPoint.ToString();

    public static Task<RunningNode> ServeAsync(params string[] flags) =>
        StartAsync(NodeRole.Serve, ["--memory=64MiB", .. flags]);

    public static Task<RunningNode> StartAsync(NodeRole role, params string[] flags) =>
        StartAsync(NullLoggerFactory.Instance, role, flags);

    public static async Task<RunningNode> StartAsync(ILoggerFactory logs, NodeRole role, params string[] flags)
    {
        var lifecycle = new NodeLifecycle(Settings(role, flags), TimeProvider.System, logs);
        try
        {
            await lifecycle.StartAsync(TestContext.Current.CancellationToken);
        }
        catch
        {
            await lifecycle.DisposeAsync();
            throw;
        }

        return new RunningNode(lifecycle, new HttpClient { BaseAddress = new Uri($"http://{lifecycle.HttpEndPoint}") });
    }

    /// <summary>Settings from flags, with free ports where the flags give none.</summary>
    public static ServerSettings Settings(NodeRole role, params string[] flags)
    {
        // A second is soon over on a busy machine; tests are of answers.
        string[] all = role == NodeRole.Leaf ? flags : ["--router.timeout=1m", .. flags];
        if (!Array.Exists(all, flag => flag.StartsWith("--listen", StringComparison.Ordinal)))
            all = [.. all, "--listen=127.0.0.1:0"];
        if (!Array.Exists(all, flag => flag.StartsWith("--http", StringComparison.Ordinal)))
            all = [.. all, "--http=127.0.0.1:0"];
        if (!Array.Exists(all, flag => flag.StartsWith("--resp", StringComparison.Ordinal)))
            all = [.. all, "--resp=off"];
        if (!Array.Exists(all, flag => flag.StartsWith("--memcached", StringComparison.Ordinal)))
            all = [.. all, "--memcached=off"];
        return SettingsSources.Read(role, all, new Hashtable());
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Lifecycle.DisposeAsync();
    }
}

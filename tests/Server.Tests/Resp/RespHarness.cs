using Hedgerow.Leaf;
using Hedgerow.Router;
using Hedgerow.Server.Config;
using Hedgerow.Server.FrontEnds.Commands;
using Hedgerow.Server.FrontEnds.Resp;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hedgerow.Server.Tests.Resp;

/// <summary>A RESP server without sockets: over a bare leaf of one shard, or over any executor.</summary>
internal sealed class RespHarness : IAsyncDisposable
{
    private readonly IAsyncDisposable[] _behind;

    private RespHarness(ICommandExecutor executor, ServerSettings settings, params IAsyncDisposable[] behind)
    {
        _behind = behind;
        Server = new RespServer(executor, settings, null, TimeProvider.System, NullLogger.Instance);
    }

    public RespServer Server { get; }

    public static RespHarness Over(ICommandExecutor executor, Func<ServerSettings, ServerSettings>? change = null) =>
        new(executor, Settings(change));

    public static async Task<RespHarness> LeafAsync(Func<ServerSettings, ServerSettings>? change = null)
    {
        var options = new LeafOptions { Name = "leaf", MemoryBytes = 64 << 20 };
        var logs = NullLoggerFactory.Instance;
        var leaf = await LeafService.OpenAsync(options, 1, [0], TimeProvider.System, logs, default);
        var executor = LeafExecutor.Alone(leaf, [0], new RouterOptions(), TimeProvider.System, logs);
        return new RespHarness(executor, Settings(change), executor, leaf);
    }

    public TestConnection Connect(int softLimit = 256 * 1024) => new(Server, softLimit);

    public async ValueTask DisposeAsync()
    {
        foreach (var each in _behind) await each.DisposeAsync();
    }

    private static ServerSettings Settings(Func<ServerSettings, ServerSettings>? change)
    {
        var settings = SettingsTable.Defaults(NodeRole.Leaf);
        return change == null ? settings : change(settings);
    }
}

namespace Hedgerow.EndToEnd.Tests.Clients;

/// <summary>
/// A cluster with replicas in one process, and a bare leaf, each with RESP and memcached listeners: what other people's
/// clients are pointed at. Shared by the tests of a class.
/// </summary>
public sealed class ClientServers : IAsyncLifetime
{
    private readonly int[] _ports = FreePorts.Take(6);
    private HedgerowProcess? _serve;
    private HedgerowProcess? _leaf;

    /// <summary>Names of the targets, for theories.</summary>
    public static TheoryData<string> Targets => ["serve", "leaf"];

    /// <summary>Port of the RESP listener of <c>serve</c> or <c>leaf</c>.</summary>
    public int Resp(string target) => _ports[Base(target) + 1];

    /// <summary>Port of the memcached listener.</summary>
    public int Memcached(string target) => _ports[Base(target) + 2];

    /// <summary>Ends the serving process with kill -9 and starts it again on the same ports.</summary>
    public async Task RestartServeAsync()
    {
        await _serve!.KillAsync();
        await _serve.DisposeAsync();
        _serve = await StartAsync("serve", "--shards", "4", "--replicas", "2");
    }

    public async ValueTask InitializeAsync()
    {
        _serve = await StartAsync("serve", "--shards", "4", "--replicas", "2");
        _leaf = await StartAsync("leaf", "--shards", "0");
    }

    public async ValueTask DisposeAsync()
    {
        if (_serve is not null) await _serve.DisposeAsync();
        if (_leaf is not null) await _leaf.DisposeAsync();
    }

    private static int Base(string target) => target == "serve" ? 0 : 3;

    private Task<HedgerowProcess> StartAsync(string verb, params string[] more) => HedgerowProcess.ServeAsync(
    [
        verb, "--listen", $"127.0.0.1:{_ports[Base(verb)]}", "--http", "off", "--memory", "512MiB",
        "--resp.listen", $"127.0.0.1:{Resp(verb)}", "--memcached.listen", $"127.0.0.1:{Memcached(verb)}", .. more,
    ]);
}

namespace Hedgerow.EndToEnd.Tests;

/// <summary>One <c>hedgerow serve</c> with all its listeners and a few words in it, for a class of tests.</summary>
public sealed class LoadGenFixture : IAsyncLifetime
{
    private readonly int[] _ports = FreePorts.Take(4);
    private HedgerowProcess? _server;

    /// <summary>A folder that is gone after the tests.</summary>
    internal TempDirectory Directory { get; } = new();

    /// <summary>HOST:PORT of a protocol's listener; of the client library's that of the native one.</summary>
    public string Of(string protocol) => "127.0.0.1:" + protocol switch
    {
        "resp" => _ports[1],
        "memcached" => _ports[2],
        "http" => _ports[3],
        _ => _ports[0],
    };

    public async ValueTask InitializeAsync()
    {
        _server = await HedgerowProcess.ServeAsync(
            "serve", "--listen", Of("native"), "--resp.listen", Of("resp"), "--memcached.listen", Of("memcached"),
            "--http", Of("http"), "--memory", "256MiB", "--router.timeout", "60s", "--router.searchTimeout", "60s");
        var (file, schema) = await Words.WriteAsync(name => Directory[name], 200);
        (await CommandRun.Of("import", file, "--collection", "words", "--schema", schema, "--server", Of("native")))
            .MustSucceed();
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        Directory.Dispose();
    }
}

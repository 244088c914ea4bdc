using Hedgerow.Router;

namespace Hedgerow.EndToEnd.Tests;

/// <summary>One <c>hedgerow serve</c> in memory, shared by the tests of a class, with a few words in it.</summary>
public sealed class ServeFixture : IAsyncLifetime
{
    private readonly int[] _ports = FreePorts.Take(2);
    private readonly TempDirectory _directory = new();
    private HedgerowProcess? _process;

    /// <summary>HOST:PORT of the native listener.</summary>
    public string Server => $"127.0.0.1:{Port}";

    /// <summary>Port of the native listener.</summary>
    public int Port => _ports[0];

    /// <summary>Base address of the HTTP API.</summary>
    public Uri Http => new($"http://127.0.0.1:{_ports[1]}");

    /// <summary>A file that is gone after the tests.</summary>
    public string FilePath(string name) => _directory[name];

    public async ValueTask InitializeAsync()
    {
        _process = await HedgerowProcess.ServeAsync(
            "serve", "--listen", Server, "--http", $"127.0.0.1:{_ports[1]}", "--memory", "512MiB");
        var (file, schema) = await Words.WriteAsync(FilePath, 500);
        (await CommandRun.Of("import", file, "--collection", "words", "--schema", schema, "--server", Server))
            .MustSucceed();
    }

    public ValueTask<HedgerowClient> ClientAsync() =>
        Patience.ConnectAsync(Server);

    public async ValueTask DisposeAsync()
    {
        if (_process is not null) await _process.DisposeAsync();
        _directory.Dispose();
    }
}

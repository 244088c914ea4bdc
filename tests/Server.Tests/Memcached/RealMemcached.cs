using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Hedgerow.Server.Tests.Memcached;

/// <summary>The memcached of this machine, started for a test; skips the test where there is none.</summary>
internal sealed class RealMemcached : IDisposable
{
    private const string Program = "/usr/bin/memcached";
    private static readonly byte[] Fence = Encoding.ASCII.GetBytes("mn\r\n");
    private readonly Process _process;
    private readonly Socket _socket;

    private RealMemcached(Process process, Socket socket)
    {
        _process = process;
        _socket = socket;
    }

    public static async Task<RealMemcached> StartAsync()
    {
        if (!File.Exists(Program)) Assert.Skip($"needs {Program}; eng/test.sh installs it");
        var cancel = TestContext.Current.CancellationToken;
        for (var tries = 0; ; tries++)
        {
            var port = FreePort();
            // Without its background threads: while one holds an item, incr makes a new one rather than change it in
            // place, and does not pad the number.
            const string Quiet = "-o no_lru_maintainer,no_lru_crawler";
            var start = new ProcessStartInfo(Program, $"-l 127.0.0.1 -p {port} -U 0 -t 1 -m 64 -u nobody {Quiet}")
            {
                RedirectStandardError = true,
            };
            var process = Process.Start(start)!;
            if (await ConnectAsync(process, port, cancel) is { } socket) return new RealMemcached(process, socket);
            process.Kill();
            process.Dispose();
            Assert.True(tries < 3, "memcached did not start.");
        }
    }

    /// <summary>Sends bytes, and reads until the answer to a fence that is sent behind them.</summary>
    public async Task<string> SayAsync(string text)
    {
        var cancel = TestContext.Current.CancellationToken;
        await _socket.SendAsync(Encoding.Latin1.GetBytes(text), cancel);
        await _socket.SendAsync(Fence, cancel);
        var answer = new StringBuilder();
        var buffer = new byte[64 * 1024];
        while (!answer.ToString().EndsWith("MN\r\n", StringComparison.Ordinal))
        {
            var count = await _socket.ReceiveAsync(buffer, cancel);
            Assert.True(count > 0, $"memcached closed the connection after: {answer}");
            answer.Append(Encoding.Latin1.GetString(buffer, 0, count));
        }

        return answer.ToString(0, answer.Length - 4);
    }

    public void Dispose()
    {
        _socket.Dispose();
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static async Task<Socket?> ConnectAsync(Process process, int port, CancellationToken cancel)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        while (!process.HasExited)
        {
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, port, cancel);
                return socket;
            }
            catch (SocketException)
            {
                // It does not listen yet.
                await Task.Yield();
            }
        }

        socket.Dispose();
        return null;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

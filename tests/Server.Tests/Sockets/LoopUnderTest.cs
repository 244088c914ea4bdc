using System.Net;
using System.Net.Sockets;
using System.Text;
using Hedgerow.Server.FrontEnds.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Hedgerow.Server.Tests.Sockets;

/// <summary>A listener of <see cref="LineSession"/> on loops of one kind, with clients for it.</summary>
internal sealed class LoopUnderTest : IAsyncDisposable
{
    public const string Portable = nameof(SessionLoopKind.Portable);

    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly List<Client> _clients = [];

    private LoopUnderTest(SessionLoopKind kind, int loops, SessionListenerOptions options)
    {
        Loops = SessionLoops.Start(loops, kind, Time);
        Listener = SessionListener.Bind(options, Loops, Time, Log);
        Listener.Start(Factory);
    }

    public FakeTimeProvider Time { get; } = new();

    public CollectedLog Log { get; } = new();

    public LineSession.Factory Factory { get; } = new();

    public SessionLoops Loops { get; }

    public SessionListener Listener { get; }

    /// <summary>The kinds that this system has.</summary>
    public static TheoryData<string> Kinds() =>
        OperatingSystem.IsLinux() ? [Portable, nameof(SessionLoopKind.Epoll)] : [Portable];

    public static LoopUnderTest Start(
        string kind, Func<SessionListenerOptions, SessionListenerOptions>? change = null, int loops = 1)
    {
        var options = new SessionListenerOptions { EndPoint = new IPEndPoint(IPAddress.Loopback, 0), Name = "line" };
        return new LoopUnderTest(Enum.Parse<SessionLoopKind>(kind), loops, change?.Invoke(options) ?? options);
    }

    public Client Connect()
    {
        var client = new Client(Listener.EndPoint);
        _clients.Add(client);
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients) client.Dispose();
        await Listener.DisposeAsync();
        Loops.Dispose();
        Factory.Dispose();
    }

    /// <summary>A blocking socket of a test.</summary>
    internal sealed class Client : IDisposable
    {
        private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp);

        public Client(IPEndPoint endPoint)
        {
            _socket.NoDelay = true;
            _socket.ReceiveTimeout = _socket.SendTimeout = (int)Patience.TotalMilliseconds;
            _socket.Connect(endPoint);
        }

        public void Send(string text) => Send(Encoding.ASCII.GetBytes(text));

        public void Send(ReadOnlySpan<byte> bytes)
        {
            while (bytes.Length > 0) bytes = bytes[_socket.Send(bytes)..];
        }

        /// <summary>Sends what the socket takes now; 0 when it takes nothing.</summary>
        public int SendWithoutWaiting(ReadOnlySpan<byte> bytes)
        {
            _socket.Blocking = false;
            var sent = _socket.Send(bytes, SocketFlags.None, out var error);
            _socket.Blocking = true;
            Assert.True(error is SocketError.Success or SocketError.WouldBlock, error.ToString());
            return error == SocketError.Success ? sent : 0;
        }

        public void SayNoMore() => _socket.Shutdown(SocketShutdown.Send);

        public void Reset()
        {
            _socket.LingerState = new LingerOption(true, 0);
            _socket.Close();
        }

        public string Receive(int count)
        {
            var bytes = new byte[count];
            for (var have = 0; have < count;)
            {
                var got = _socket.Receive(bytes.AsSpan(have));
                if (got == 0) return Encoding.ASCII.GetString(bytes, 0, have);
                have += got;
            }

            return Encoding.ASCII.GetString(bytes);
        }

        public string ReceiveToEnd()
        {
            var text = new StringBuilder();
            var bytes = new byte[64 * 1024];
            while (true)
            {
                var got = _socket.Receive(bytes, SocketFlags.None, out var error);
                // A connection that is cut off may end in a reset.
                if (got == 0 && error is SocketError.Success or SocketError.ConnectionReset) break;
                Assert.Equal(SocketError.Success, error);
                text.Append(Encoding.ASCII.GetString(bytes, 0, got));
            }

            return text.ToString();
        }

        public string Ask(string line, string expected)
        {
            Send(line + "\n");
            return Receive(expected.Length);
        }

        public void Dispose() => _socket.Dispose();
    }

    /// <summary>What was logged, as text.</summary>
    internal sealed class CollectedLog : ILogger, ILoggerFactory
    {
        private readonly List<string> _lines = [];

        public string Text
        {
            get
            {
                lock (_lines) return string.Join('\n', _lines);
            }
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            lock (_lines) _lines.Add(formatter(state, exception));
        }

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public void Dispose()
        {
        }
    }
}

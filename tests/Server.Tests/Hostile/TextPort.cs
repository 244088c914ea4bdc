using System.Net;
using System.Text;
using Hedgerow.Leaf;
using Hedgerow.Router;
using Hedgerow.Server.Config;
using Hedgerow.Server.FrontEnds.Commands;
using Hedgerow.Server.FrontEnds.Memcached;
using Hedgerow.Server.FrontEnds.Resp;
using Hedgerow.Server.FrontEnds.Sockets;
using Hedgerow.Server.Tests.Sockets;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hedgerow.Server.Tests.Hostile;

/// <summary>
/// The RESP or the memcached port of a bare leaf on a real socket, all connections on one loop: whoever holds it up
/// holds up its neighbours.
/// </summary>
internal sealed class TextPort : IAsyncDisposable
{
    public const string Resp = "resp";
    public const string Memcached = "memcached";

    /// <summary>Bytes of answers from which a connection is read no further.</summary>
    public const int OutputBytesSoft = 64 * 1024;

    /// <summary>Bytes of the largest value.</summary>
    public const int ValueBytesMax = 1 << 20;

    private readonly LeafService _leaf;
    private readonly LeafExecutor _executor;
    private readonly SessionLoops _loops;
    private readonly MemcachedFrontEnd? _memcached;
    private readonly List<LoopUnderTest.Client> _clients = [];

    private TextPort(string protocol, LeafService leaf)
    {
        var time = TimeProvider.System;
        _leaf = leaf;
        _executor = LeafExecutor.Alone(leaf, [0], new RouterOptions(), time, NullLoggerFactory.Instance);
        _loops = SessionLoops.Start(1, SessionLoopKind.BestOfSystem, time);
        IsResp = protocol == Resp;
        var options = new SessionListenerOptions
        {
            EndPoint = new IPEndPoint(IPAddress.Loopback, 0), Name = protocol, OutputBytesSoft = OutputBytesSoft,
        };
        Listener = SessionListener.Bind(options, _loops, time, NullLogger.Instance);
        if (!IsResp)
        {
            _memcached = new MemcachedFrontEnd(
                _executor, new MemcachedOptions { ValueBytesMax = ValueBytesMax, ConnectionsMax = 10_000 },
                _ => ValueTask.FromResult<IReadOnlyList<Protocol.StatsReply>>([_leaf.Stats()]), time,
                NullLogger.Instance);
        }

        var settings = new ServerSettings
        {
            ValueBytesMax = ValueBytesMax, RespOutputBytesMax = 256 << 20,
        };
        Listener.Start(_memcached as ISessionFactory
            ?? new RespServer(_executor, settings, null, time, NullLogger.Instance));
        Neighbour = Connect();
    }

    public bool IsResp { get; }

    public SessionListener Listener { get; }

    /// <summary>A well-behaved client on the same loop.</summary>
    public LoopUnderTest.Client Neighbour { get; }

    /// <summary>A command without a key, and its answer.</summary>
    public (byte[] Ask, string Answer) Ping => IsResp ? (Line("PING"), "+PONG\r\n") : (Line("mn"), "MN\r\n");

    /// <summary>Bytes that the connections hold in buffers of their own.</summary>
    public long BufferBytes => Listener.Sessions.Sum(session => session.BufferBytes);

    public static TheoryData<string> Both() => [Resp, Memcached];

    public static async Task<TextPort> StartAsync(string protocol)
    {
        var options = new LeafOptions { Name = "leaf", MemoryBytes = 64 << 20, ValueBytesMax = ValueBytesMax };
        var logs = NullLoggerFactory.Instance;
        return new TextPort(protocol, await LeafService.OpenAsync(options, 1, [0], TimeProvider.System, logs, default));
    }

    public LoopUnderTest.Client Connect()
    {
        var client = new LoopUnderTest.Client(Listener.EndPoint);
        _clients.Add(client);
        return client;
    }

    /// <summary>A command to read a key.</summary>
    public byte[] Get(string key) => Line(IsResp ? $"GET {key}" : $"get {key}");

    /// <summary>What a read of a key with this value is answered with.</summary>
    public string Value(string key, string value) => IsResp
        ? $"${value.Length}\r\n{value}\r\n"
        : $"VALUE {key} 0 {value.Length}\r\n{value}\r\nEND\r\n";

    /// <summary>A command to set a key; the announced length may be another than the value's.</summary>
    public byte[] Set(string key, string value, long? announced = null)
    {
        var length = announced ?? value.Length;
        var head = IsResp
            ? $"*3\r\n$3\r\nSET\r\n${key.Length}\r\n{key}\r\n${length}\r\n"
            : $"set {key} 0 0 {length}\r\n";
        return Encoding.ASCII.GetBytes(length == value.Length ? $"{head}{value}\r\n" : head + value);
    }

    /// <summary>What a set is answered with.</summary>
    public string Stored => IsResp ? "+OK\r\n" : "STORED\r\n";

    /// <summary>
    /// The neighbour asks and is answered: the loop is not held up, and whatever the socket had before was looked at.
    /// </summary>
    public void AskNeighbour()
    {
        var (ask, answer) = Ping;
        Neighbour.Send(ask);
        Assert.Equal(answer, Neighbour.Receive(answer.Length));
    }

    /// <summary>Waits until so many connections are open, by asking the neighbour again and again.</summary>
    public void AwaitConnections(int count)
    {
        var patience = System.Diagnostics.Stopwatch.StartNew();
        while (Listener.Connections != count)
        {
            AskNeighbour();
            Assert.True(patience.Elapsed < LoopUnderTest.Patience, $"{Listener.Connections} connections are open.");
        }
    }

    /// <summary>A loop gives a buffer back after the answer has left, which its client may see first.</summary>
    public void AwaitNoBuffers()
    {
        var patience = System.Diagnostics.Stopwatch.StartNew();
        while (BufferBytes != 0)
        {
            AskNeighbour();
            Assert.True(patience.Elapsed < LoopUnderTest.Patience, $"{BufferBytes} bytes of buffers are held.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients) client.Dispose();
        await Listener.DisposeAsync();
        _memcached?.Dispose();
        _loops.Dispose();
        await _executor.DisposeAsync();
        await _leaf.DisposeAsync();
    }

    private static byte[] Line(string text) => Encoding.ASCII.GetBytes(text + "\r\n");
}

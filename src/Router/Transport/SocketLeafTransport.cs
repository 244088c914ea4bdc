using System.Collections.Concurrent;
using Hedgerow.Protocol;
using Microsoft.Extensions.Logging;

namespace Hedgerow.Router;

/// <summary>
/// Carries requests over TCP: a small pool of connections per leaf, opened on first use and again when they break,
/// after a pause that doubles. Thread-safe. Answers are completed on the thread that reads the socket.
/// </summary>
public sealed class SocketLeafTransport : ILeafTransport
{
    private const int ConnectionsMax = 64;
    private readonly ConcurrentDictionary<string, ConnectionSlots> _leaves = new(StringComparer.Ordinal);
    private readonly HelloRequest _hello;
    private readonly int _connectionsPerLeaf;
    private readonly ProtocolLimits _limits;
    private readonly TimeProvider _time;
    private readonly ILogger _log;

    /// <summary>Makes one; nothing is connected yet.</summary>
    /// <param name="hello">What each connection says first.</param>
    /// <param name="connectionsPerLeaf">1 to 64.</param>
    /// <param name="limits">This end's limits.</param>
    /// <param name="time">For the pause between attempts to connect.</param>
    /// <param name="logs">For connections that open and break.</param>
    public SocketLeafTransport(
        HelloRequest hello, int connectionsPerLeaf, ProtocolLimits limits, TimeProvider time, ILoggerFactory logs)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(connectionsPerLeaf, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(connectionsPerLeaf, ConnectionsMax);
        _hello = hello;
        _connectionsPerLeaf = connectionsPerLeaf;
        _limits = limits;
        _time = time;
        _log = logs.CreateLogger<SocketLeafTransport>();
    }

    /// <inheritdoc/>
    public Action<ulong>? Begun { get; set; }

    /// <summary>How long opening a connection may take, with the hello. 2 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public ValueTask<Reply> SendAsync(
        LeafEndpoint leaf, RequestHeader header, ReadOnlyMemory<byte> body, CancellationToken cancel) =>
        SlotsOf(leaf.Address).Next().SendAsync(header, body, cancel);

    /// <summary>Closes every connection; requests in flight are answered Unavailable.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var slots in _leaves.Values) await slots.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Connects now and tells what the server announced.</summary>
    /// <exception cref="HedgerowException">Unavailable, with the reason.</exception>
    internal async ValueTask<HelloReply> GreetAsync(string address, CancellationToken cancel) =>
        await SlotsOf(address).Next().GreetAsync(cancel).ConfigureAwait(false);

    private ConnectionSlots SlotsOf(string address) =>
        _leaves.TryGetValue(address, out var slots) ? slots : _leaves.GetOrAdd(address, Create);

    private ConnectionSlots Create(string address) => new(
        _connectionsPerLeaf,
        () => new ConnectionSlot(
            new LeafDialer(address, _hello, _limits, _time, _log)
            {
                Begun = tie => Begun?.Invoke(tie), Patience = ConnectTimeout,
            },
            _time));

    /// <summary>The connections to one leaf, used in turn.</summary>
    private sealed class ConnectionSlots : IAsyncDisposable
    {
        private readonly ConnectionSlot[] _slots;
        private uint _next;

        public ConnectionSlots(int count, Func<ConnectionSlot> create)
        {
            _slots = Enumerable.Range(0, count).Select(_ => create()).ToArray();
        }

        public ConnectionSlot Next() =>
            _slots.Length == 1 ? _slots[0] : _slots[Interlocked.Increment(ref _next) % (uint)_slots.Length];

        public async ValueTask DisposeAsync()
        {
            foreach (var slot in _slots) await slot.DisposeAsync().ConfigureAwait(false);
        }
    }
}

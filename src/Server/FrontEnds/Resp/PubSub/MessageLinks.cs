using System.Security.Cryptography;
using Hedgerow.Leaf;
using Hedgerow.Protocol;
using Hedgerow.Router;

namespace Hedgerow.Server.FrontEnds.Resp;

/// <summary>
/// A router's links to all leaves, over which the messages of channels pass between routers. A message goes to one
/// leaf, chosen by its channel, so that those of one publisher on one channel keep their order; the leaf gives it to
/// every other router. Follows the topology. Thread-safe.
/// </summary>
internal sealed class MessageLinks : IMessageCarrier, IAsyncDisposable
{
    private static readonly TimeSpan TopologyCheck = TimeSpan.FromSeconds(1);

    private readonly ITopologySource _topology;
    private readonly ILeafTransport _transport;
    private readonly IMessageListener _listener;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly ulong _number = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))) | 1;
    private readonly Lock _changing = new();
    private readonly ITimer _timer;
    private volatile MessageLink[] _links = [];
    private long _lostBefore;
    private bool _isDisposed;

    /// <param name="topology">Names the leaves.</param>
    /// <param name="transport">Reaches them; not disposed with this.</param>
    /// <param name="listener">Hears what other routers publish.</param>
    /// <param name="time">For retries and for looking at the topology.</param>
    /// <param name="log">Says which leaf can't be reached.</param>
    public MessageLinks(
        ITopologySource topology, ILeafTransport transport, IMessageListener listener, TimeProvider time, ILogger log)
    {
        _topology = topology;
        _transport = transport;
        _listener = listener;
        _time = time;
        _log = log;
        Follow();
        _timer = time.CreateTimer(_ => Follow(), null, TopologyCheck, TopologyCheck);
    }

    /// <inheritdoc/>
    public int LinksUp => _links.Count(link => link.IsUp);

    /// <inheritdoc/>
    public long Lost => Volatile.Read(ref _lostBefore) + _links.Sum(link => link.Lost);

    /// <inheritdoc/>
    public void Carry(MessageKind kind, ReadOnlySpan<byte> channel, ReadOnlySpan<byte> message)
    {
        var links = _links;
        if (links.Length == 0) return;
        var first = (int)(PathHash.OfPath(channel) % (ulong)links.Length);
        var chosen = links[first];
        for (var i = 1; i < links.Length && !chosen.IsUp; i++) chosen = links[(first + i) % links.Length];
        chosen.Put(kind, channel, message);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        MessageLink[] links;
        lock (_changing)
        {
            _isDisposed = true;
            links = _links;
            _links = [];
        }

        await _timer.DisposeAsync();
        foreach (var link in links) await link.DisposeAsync();
    }

    /// <summary>Links to the leaves of the topology of now, in the order of their names.</summary>
    internal void Follow()
    {
        var leaves = _topology.Current.Leaves.OrderBy(leaf => leaf.Id, StringComparer.Ordinal).ToArray();
        lock (_changing)
        {
            var before = _links;
            if (_isDisposed || leaves.SequenceEqual(before.Select(link => link.Leaf))) return;
            _links =
            [
                .. leaves.Select(leaf => Array.Find(before, link => link.Leaf == leaf)
                    ?? new MessageLink(leaf, _number, _transport, _listener, _time, _log)),
            ];
            foreach (var gone in before.Except(_links))
            {
                _lostBefore += gone.Lost;
                gone.Stop();
            }
        }
    }
}

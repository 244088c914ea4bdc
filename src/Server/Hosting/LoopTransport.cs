using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.FrontEnds.Sockets;

namespace Hedgerow.Server.Hosting;

/// <summary>
/// Carries requests that a session loop makes over connections which that same loop runs: what its clients sent, the
/// requests to the leaves and their answers all pass one thread, without a lock or a hand-over, and the requests of one
/// round to one leaf leave in one write. Everything else goes over sockets as ever. Thread-safe.
/// </summary>
/// <remarks>
/// Also over sockets go requests that a link can't take now: it is not connected (yet), its limits are reached, or the
/// request is too large for one frame. So a link knows neither waiting nor chunks, and no error of its own.
/// </remarks>
internal sealed class LoopTransport : ILeafTransport
{
    private readonly ILeafTransport _others;
    private readonly OfLoops<LoopLinks> _links;
    private volatile bool _isDisposed;

    /// <param name="others">Takes what the links don't; not disposed here.</param>
    /// <param name="hello">What each connection says first.</param>
    /// <param name="limits">This end's.</param>
    /// <param name="time">For pauses between attempts.</param>
    /// <param name="logs">For links that open and break.</param>
    public LoopTransport(
        ILeafTransport others, HelloRequest hello, ProtocolLimits limits, TimeProvider time, ILoggerFactory logs)
    {
        _others = others;
        var log = logs.CreateLogger<LeafLink>();
        _links = new OfLoops<LoopLinks>(loop =>
            new LoopLinks(leaf => new LeafLink(leaf.Address, loop, hello, limits, time, log, ConnectTimeout)
            {
                Begun = tie => Begun?.Invoke(tie),
            }));
    }

    /// <summary>How long opening a link may take, with the hello; null for 2 s.</summary>
    public TimeSpan? ConnectTimeout { get; init; }

    /// <inheritdoc/>
    public Action<ulong>? Begun
    {
        get => _others.Begun;
        set => _others.Begun = value;
    }

    /// <inheritdoc/>
    public ValueTask<Reply> SendAsync(
        LeafEndpoint leaf, RequestHeader header, ReadOnlyMemory<byte> body, CancellationToken cancel)
    {
        return LinkOf(leaf) is { } link && link.TrySend(header, body.Span, out var reply, cancel)
            ? reply
            : _others.SendAsync(leaf, header, body, cancel);
    }

    /// <inheritdoc/>
    public IDirectLink? LinkTo(LeafEndpoint leaf) => LinkOf(leaf)?.OpenOrConnect();

    /// <summary>Closes the links.</summary>
    public ValueTask DisposeAsync()
    {
        _isDisposed = true;
        foreach (var links in _links.All) links.Kill();
        return ValueTask.CompletedTask;
    }

    private LeafLink? LinkOf(LeafEndpoint leaf) => _isDisposed ? null : _links.Current?.To(leaf);

    /// <summary>The links of one loop. Its thread's, but for <see cref="Kill"/>.</summary>
    private sealed class LoopLinks(Func<LeafEndpoint, LeafLink> connect)
    {
        private readonly Dictionary<LeafEndpoint, LeafLink> _byEndpoint = new(ReferenceEqualityComparer.Instance);
        private readonly Lock _gate = new();

        public LeafLink To(LeafEndpoint leaf) => _byEndpoint.TryGetValue(leaf, out var link) ? link : Add(leaf);

        public void Kill()
        {
            lock (_gate)
            {
                foreach (var link in _byEndpoint.Values) link.Kill();
            }
        }

        // A new topology has new endpoints, most of them at known addresses; those gone are forgotten.
        private LeafLink Add(LeafEndpoint leaf)
        {
            lock (_gate)
            {
                var link = _byEndpoint.Values.FirstOrDefault(known => known.Address == leaf.Address)
                    ?? connect(leaf);
                if (_byEndpoint.Count >= Topology.LeavesMax) _byEndpoint.Clear();
                _byEndpoint[leaf] = link;
                return link;
            }
        }
    }
}

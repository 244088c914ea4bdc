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
    private const int LoopsMax = 1_024;

    private readonly ILeafTransport _others;
    private readonly Func<LeafEndpoint, SessionLoop, LeafLink> _connect;
    private readonly LoopLinks?[] _byLoop = new LoopLinks?[LoopsMax];
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
        _connect = (leaf, loop) => new LeafLink(leaf.Address, loop, hello, limits, time, log);
    }

    /// <inheritdoc/>
    public ValueTask<Reply> SendAsync(
        LeafEndpoint leaf, RequestHeader header, ReadOnlyMemory<byte> body, CancellationToken cancel)
    {
        var loop = SessionLoop.Current;
        if (loop is not null && !_isDisposed && LinkTo(leaf, loop) is { } link
            && link.TrySend(header, body.Span, out var reply, cancel)) return reply;
        return _others.SendAsync(leaf, header, body, cancel);
    }

    /// <summary>Closes the links.</summary>
    public ValueTask DisposeAsync()
    {
        _isDisposed = true;
        foreach (var links in _byLoop) links?.Kill();
        return ValueTask.CompletedTask;
    }

    private LeafLink? LinkTo(LeafEndpoint leaf, SessionLoop loop)
    {
        if (loop.Index >= LoopsMax) return null;
        // Written by the loop of that index alone; two sets of loops in one process share an index, and the second has
        // no links.
        var links = _byLoop[loop.Index] ??= new LoopLinks(loop);
        return links.Loop == loop ? links.To(leaf, _connect) : null;
    }

    /// <summary>The links of one loop. Its thread's, but for <see cref="Kill"/>.</summary>
    private sealed class LoopLinks(SessionLoop loop)
    {
        private readonly Dictionary<LeafEndpoint, LeafLink> _byEndpoint = new(ReferenceEqualityComparer.Instance);
        private readonly Lock _gate = new();

        public SessionLoop Loop => loop;

        public LeafLink To(LeafEndpoint leaf, Func<LeafEndpoint, SessionLoop, LeafLink> connect) =>
            _byEndpoint.TryGetValue(leaf, out var link) ? link : Add(leaf, connect);

        public void Kill()
        {
            lock (_gate)
            {
                foreach (var link in _byEndpoint.Values) link.Kill();
            }
        }

        // A new topology has new endpoints, most of them at known addresses; those gone are forgotten.
        private LeafLink Add(LeafEndpoint leaf, Func<LeafEndpoint, SessionLoop, LeafLink> connect)
        {
            lock (_gate)
            {
                var link = _byEndpoint.Values.FirstOrDefault(known => known.Address == leaf.Address)
                    ?? connect(leaf, loop);
                if (_byEndpoint.Count >= Topology.LeavesMax) _byEndpoint.Clear();
                _byEndpoint[leaf] = link;
                return link;
            }
        }
    }
}

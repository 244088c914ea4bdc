using Hedgerow.Router;
using Hedgerow.Server.Hosting;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>
/// What HTTP handlers reach the cluster through. HTTP listens before recovery is over, so that probes can be answered;
/// until the node is open there is no client, and calls are refused as unavailable.
/// </summary>
internal sealed class ApiGate
{
    private volatile INode? _node;

    /// <summary>The client.</summary>
    /// <exception cref="ApiException">The node is still recovering.</exception>
    public HedgerowClient Client =>
        _node?.Client ?? throw new ApiException(Protocol.StatusCode.Unavailable, "The node is still recovering.");

    /// <summary>The topology that is routed by; null while it is not known.</summary>
    public Topology? Topology => _node?.Router?.Topology;

    /// <summary>The node is open.</summary>
    public void Open(INode node) => _node = node;
}

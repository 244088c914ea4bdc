using Hedgerow.Leaf;
using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.FrontEnds.Commands;
using Hedgerow.Server.FrontEnds.Resp;

namespace Hedgerow.Server.Hosting;

/// <summary>What stands behind the listeners of a process: a whole cluster, a leaf, or a router. Thread-safe.</summary>
internal interface INode : IAsyncDisposable
{
    /// <summary>Serves native requests.</summary>
    IRequestHandler Handler { get; }

    /// <summary>What the native listener announces.</summary>
    ProtocolFeatures Features { get; }

    /// <summary>The topology epoch it works by now; 0 without a topology.</summary>
    uint Epoch { get; }

    /// <summary>The executor behind <see cref="Client"/>; null for a leaf.</summary>
    IRequestExecutor? Router { get; }

    /// <summary>What the HTTP API calls; null for a leaf, which has probes and metrics only.</summary>
    HedgerowClient? Client { get; }

    /// <summary>What the text front ends stand on; owned by the node.</summary>
    ICommandExecutor Commands { get; }

    /// <summary>Leaves in this process that run now, for metrics.</summary>
    IReadOnlyList<LeafService> Leaves { get; }

    /// <summary>
    /// Links the channels of this process with those of others. Returns what ends the links; null when there are none.
    /// </summary>
    IAsyncDisposable? Link(KeyspaceNotifications notifications) => null;

    /// <summary>What it holds, in half a sentence for the first log line.</summary>
    string Summary { get; }

    /// <summary>After the listeners closed: finishes what is in flight and makes it durable.</summary>
    ValueTask DrainAsync(CancellationToken cancel);
}

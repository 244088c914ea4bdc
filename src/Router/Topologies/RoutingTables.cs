using Hedgerow.Protocol;
using Microsoft.Extensions.Logging;

namespace Hedgerow.Router;

/// <summary>
/// The table of now: follows the topology's source by looking, on each request, whether it has a newer one.
/// </summary>
internal sealed partial class RoutingTables
{
    private readonly ITopologySource _source;
    private readonly CallServices _services;
    private readonly ILogger _log;
    private readonly Lock _swapping = new();
    private RoutingTable _current;

    public RoutingTables(ITopologySource source, CallServices services, ILogger log)
    {
        _source = source;
        _services = services;
        _log = log;
        _current = new RoutingTable(source.Current, services, before: null);
    }

    public RoutingTable Current
    {
        get
        {
            var table = Volatile.Read(ref _current);
            var topology = _source.Current;
            return ReferenceEquals(table.Topology, topology) ? table : Swap(topology);
        }
    }

    /// <summary>
    /// After an answer: whether a leaf knew a newer topology and it was found. The request is then worth one more try,
    /// and the answer has been disposed.
    /// </summary>
    public async ValueTask<bool> FollowAsync(Reply reply, uint epoch, CancellationToken cancel)
    {
        if (reply.Status != StatusCode.WrongShard) return false;
        var topology = await _source.RefreshAsync(epoch, cancel).ConfigureAwait(false);
        if (topology.Epoch <= epoch) return false;
        reply.Dispose();
        return true;
    }

    /// <summary>Says of a WrongShard that stays what it means to a client, for whom it is no news.</summary>
    public static Reply Explain(Reply reply, uint epoch)
    {
        if (reply.Status != StatusCode.WrongShard) return reply;
        var known = RouterReply.EpochOf(reply);
        reply.Dispose();
        return RouterReply.Error(
            StatusCode.Unavailable,
            $"The shard's leaf works by topology epoch {known}, this router by {epoch}, and found no newer one.");
    }

    private RoutingTable Swap(Topology topology)
    {
        lock (_swapping)
        {
            // Another thread may have been first; a source never goes back.
            if (ReferenceEquals(_current.Topology, topology) || topology.Epoch <= _current.Epoch) return _current;
            LogSwapped(_current.Epoch, topology.Epoch);
            Volatile.Write(ref _current, new RoutingTable(topology, _services, _current));
            return _current;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Routing by topology epoch {New} instead of {Old}")]
    private partial void LogSwapped(uint old, uint @new);
}

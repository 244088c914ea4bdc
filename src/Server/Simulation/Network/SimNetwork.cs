using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.Simulation.Time;

namespace Hedgerow.Server.Simulation.Network;

/// <summary>
/// The wires between one router and the leaves, in virtual time: each message takes its own time each way. A leaf that
/// is down refuses, one that dies takes its answers along, and what is lost or cut off is never answered, as on a
/// connection whose peer hangs.
/// </summary>
internal sealed class SimNetwork : ILeafTransport
{
    private readonly VirtualTime _time;
    private readonly ISimLeaf[] _leaves;
    private readonly ILinkConditions _links;
    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);
    private readonly Action<string>? _trace;

    /// <param name="time">What the messages take.</param>
    /// <param name="topology">Names the leaves.</param>
    /// <param name="leaves">In the topology's order.</param>
    /// <param name="links">Says how messages fare.</param>
    /// <param name="trace">Gets a line for each message; null for none.</param>
    public SimNetwork(
        VirtualTime time, Topology topology, ISimLeaf[] leaves, ILinkConditions links, Action<string>? trace = null)
    {
        _time = time;
        _leaves = leaves;
        _links = links;
        _trace = trace;
        for (var i = 0; i < leaves.Length; i++) _places.Add(topology.Leaves[i].Id, i);
    }

    /// <inheritdoc/>
    public Action<ulong>? Begun { get; set; }

    public ISimLeaf LeafAt(int place) => _leaves[place];

    public ValueTask<Reply> SendAsync(
        LeafEndpoint leaf, RequestHeader header, ReadOnlyMemory<byte> body, CancellationToken cancel)
    {
        if (cancel.IsCancellationRequested) return ValueTask.FromCanceled<Reply>(cancel);
        var place = _places[leaf.Id];
        var call = new SimCall(this, place, header, body.ToArray());
        call.Watch(cancel);
        _trace?.Invoke($"> {leaf.Id} {header.Opcode} {header.Flags}");
        if (!_links.IsLost(place)) _time.After(_links.DelayNanos(place), call);
        return call.Task;
    }

    public ValueTask DisposeAsync() => default;

    /// <summary>A request has come to its leaf's end.</summary>
    public void Arrive(SimCall call)
    {
        if (_links.IsCut(call.Leaf) || call.IsCancelled) return;
        call.ArrivedAt = _time.Now;
        var leaf = _leaves[call.Leaf];
        if (leaf.IsDown) call.Answer(Refusal(StatusCode.Unavailable));
        else leaf.Receive(call);
    }

    /// <summary>An answer sets out.</summary>
    public void SendBack(SimCall call, long afterNanos)
    {
        if (!_links.IsLost(call.Leaf)) _time.After(afterNanos + _links.DelayNanos(call.Leaf), call);
    }

    /// <summary>An answer has come to the router's end.</summary>
    public void Deliver(SimCall call, in Reply reply, int incarnation)
    {
        if (_links.IsCut(call.Leaf))
        {
            reply.Dispose();
            return;
        }

        // A process that died meanwhile broke the connection; its answer did not leave.
        var leaf = _leaves[call.Leaf];
        var isBroken = leaf.IsDown || leaf.Incarnation != incarnation;
        if (isBroken) reply.Dispose();
        var arrived = isBroken ? Refusal(StatusCode.Unavailable) : reply;
        _trace?.Invoke($"< {call.Leaf} {arrived.Status} {arrived.Header.Version}");
        call.Complete(arrived);
    }

    /// <summary>The news that work on a tied request begins sets out.</summary>
    public void SendBegun(SimCall call)
    {
        if (_links.IsLost(call.Leaf)) return;
        _time.After(_links.DelayNanos(call.Leaf), () =>
        {
            if (!_links.IsCut(call.Leaf)) Begun?.Invoke(call.Header.PathHash);
        });
    }

    /// <summary>Tells the leaf that nobody waits any more. It never overtakes the request itself.</summary>
    public void SendCancel(SimCall call)
    {
        if (_links.IsLost(call.Leaf)) return;
        _time.After(_links.DelayNanos(call.Leaf), () =>
        {
            if (!_links.IsCut(call.Leaf)) call.CancelAtLeaf();
        });
    }

    /// <summary>An answer that is a status and nothing else.</summary>
    public static Reply Refusal(StatusCode status) =>
        new(new ReplyHeader { Status = status }, null, 0, 0, pooled: false);
}

using System.Threading.Tasks.Sources;
using Hedgerow.Protocol;
using Hedgerow.Server.Simulation.Time;

namespace Hedgerow.Server.Simulation.Network;

/// <summary>
/// One request on its way to a leaf, at the leaf, and its answer on the way back. Made anew for each: whoever waited
/// may be long gone while the leaf still works on it.
/// </summary>
internal sealed class SimCall : SimEvent, IValueTaskSource<Reply>
{
    private readonly SimNetwork _network;
    private ManualResetValueTaskSourceCore<Reply> _core;
    private CancellationTokenRegistration _registration;
    private Reply _answer;
    private int _incarnation;
    private bool _arrived;
    private bool _isDone;

    public SimCall(SimNetwork network, int leaf, in RequestHeader header, byte[] body)
    {
        _network = network;
        Leaf = leaf;
        Header = header;
        Body = body;
    }

    /// <summary>The leaf's place in the topology.</summary>
    public int Leaf { get; }

    /// <summary>As it was sent.</summary>
    public RequestHeader Header { get; }

    /// <summary>A copy of what was sent.</summary>
    public byte[] Body { get; }

    /// <summary>When it came to the leaf, in nanoseconds; the leaf's own.</summary>
    public long ArrivedAt { get; set; }

    /// <summary>When the leaf need not bother any more, in nanoseconds; the largest number when never.</summary>
    public long DeadlineAt => Header.DeadlineMicros == 0
        ? long.MaxValue
        : ArrivedAt + (Header.DeadlineMicros * VirtualTime.NanosPerMicro);

    /// <summary>Whether the leaf was told that nobody waits any more.</summary>
    public bool IsCancelled { get; private set; }

    /// <summary>What the leaf keeps with it.</summary>
    public SimEvent? Work { get; set; }

    /// <summary>Its own task; asked for once.</summary>
    public ValueTask<Reply> Task => new(this, _core.Version);

    /// <summary>Watches the sender's wish to give up.</summary>
    public void Watch(CancellationToken cancel)
    {
        if (cancel.CanBeCanceled)
            _registration = cancel.UnsafeRegister(static call => ((SimCall)call!).GiveUp(), this);
    }

    /// <summary>The leaf's answer, so many nanoseconds from now on its way back.</summary>
    public void Answer(in Reply reply, long afterNanos = 0)
    {
        _answer = reply;
        _incarnation = _network.LeafAt(Leaf).Incarnation;
        _network.SendBack(this, afterNanos);
    }

    /// <summary>The leaf begins to work on it, which is told where it has a twin.</summary>
    public void Begin()
    {
        if ((Header.Flags & FrameFlags.Tied) != 0) _network.SendBegun(this);
    }

    /// <summary>The next end of the wire is reached: the leaf's first, then the router's.</summary>
    public override void Run()
    {
        if (_arrived)
        {
            _network.Deliver(this, _answer, _incarnation);
            return;
        }

        _arrived = true;
        _network.Arrive(this);
    }

    /// <summary>The sender gets this, unless it has given up.</summary>
    public void Complete(in Reply reply)
    {
        if (_isDone)
        {
            reply.Dispose();
            return;
        }

        _isDone = true;
        _registration.Unregister();
        _core.SetResult(reply);
    }

    /// <summary>The sender's wish has come to the leaf.</summary>
    public void CancelAtLeaf()
    {
        IsCancelled = true;
        if (_arrived) _network.LeafAt(Leaf).Cancel(this);
    }

    Reply IValueTaskSource<Reply>.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<Reply>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<Reply>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private void GiveUp()
    {
        if (_isDone) return;
        _isDone = true;
        _network.SendCancel(this);
        // To the router the same as an exception, and a run under overload gives up by the million.
        _core.SetResult(SimNetwork.Refusal(StatusCode.Cancelled));
    }
}

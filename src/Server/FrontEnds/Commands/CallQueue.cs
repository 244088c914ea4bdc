namespace Hedgerow.Server.FrontEnds.Commands;

/// <summary>
/// The commands of one connection that are not answered yet, in the order they came: who may begin beside them, and
/// whose answer is next. One thread's.
/// </summary>
internal sealed class CallQueue<TCall>
    where TCall : QueuedCall
{
    private readonly Queue<TCall> _calls = new();
    private InFlightOrder? _order;

    /// <summary>Commands that are not answered.</summary>
    public int Count => _calls.Count;

    /// <summary>The one added last; null when all are answered.</summary>
    public TCall? Last { get; private set; }

    /// <summary>Whether a command's answer is the next one.</summary>
    public bool IsFirst(TCall call) => First == call;

    /// <summary>The command whose answer is the next one; null when all are answered.</summary>
    public TCall? First => _calls.TryPeek(out var first) ? first : null;

    /// <summary>Whether a command may begin now.</summary>
    public bool Allows(OrderClass order, ulong keyHash) => _order == null || _order.Allows(order, keyHash);

    /// <summary>Puts a command that has begun behind the others.</summary>
    public void Add(TCall call)
    {
        if (_calls.Count == 0) call.BecomeNext();
        _calls.Enqueue(call);
        Last = call;
        call.HasLeft = call.IsSettled();
        if (!call.HasLeft) (_order ??= new InFlightOrder()).Enter(call.Order, call.KeyHash);
    }

    /// <summary>The next command whose answer may be sent; null while the first is not done.</summary>
    public TCall? TakeDone()
    {
        if (!_calls.TryPeek(out var first) || !first.IsSettled()) return null;
        _calls.Dequeue();
        if (_calls.TryPeek(out var next)) next.BecomeNext();
        else Last = null;
        Leave(first);
        return first;
    }

    /// <summary>Lets go on what waits for commands that are done, though their turn has not come.</summary>
    public void ReleaseDone()
    {
        foreach (var call in _calls)
            if (!call.HasLeft && call.IsSettled()) Leave(call);
    }

    /// <summary>Gives up all of them.</summary>
    public void Clear(Action<TCall> abandon)
    {
        foreach (var call in _calls)
        {
            abandon(call);
            call.BecomeNext();
        }

        _calls.Clear();
        Last = null;
    }

    private void Leave(TCall call)
    {
        if (call.HasLeft) return;
        call.HasLeft = true;
        _order!.Leave(call.Order, call.KeyHash);
    }
}

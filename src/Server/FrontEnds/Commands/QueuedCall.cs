namespace Hedgerow.Server.FrontEnds.Commands;

/// <summary>A command of one connection between its start and its answer.</summary>
internal abstract class QueuedCall
{
    private long _heldBytes;
    private volatile bool _isNext;
    private TaskCompletionSource? _turn;

    /// <summary>What it may run beside.</summary>
    public OrderClass Order { get; protected set; }

    /// <summary>Hash of its key, where it has one.</summary>
    public ulong KeyHash { get; protected set; }

    /// <summary>Whether others need not wait for it any more. The queue's own.</summary>
    internal bool HasLeft { get; set; }

    /// <summary>Whether its answer is the next to be sent. Any thread.</summary>
    public bool IsNext => _isNext;

    /// <summary>Whether its answer is there, for good. On the connection's thread.</summary>
    public abstract bool IsSettled();

    /// <summary>
    /// Takes room for a part of its answer. False where there is none: then it is to be dropped, and asked for again
    /// after <see cref="TurnAsync"/>. The thread that runs the command.
    /// </summary>
    public bool TryHold(AnswerRoom room, int bytes)
    {
        if (bytes <= AnswerRoom.FreeBytes) return true;
        if (!room.TryTake(bytes, _isNext)) return false;
        Interlocked.Add(ref _heldBytes, bytes);
        return true;
    }

    /// <summary>Takes room for what is there already, even where there is none.</summary>
    protected void Hold(AnswerRoom room, int bytes)
    {
        room.TryTake(bytes, isNext: true);
        Interlocked.Add(ref _heldBytes, bytes);
    }

    /// <summary>Done when its answer is the next to be sent, or nobody waits for it any more.</summary>
    public Task TurnAsync()
    {
        if (_isNext) return Task.CompletedTask;
        var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var others = Interlocked.CompareExchange(ref _turn, turn, null);
        turn = others ?? turn;

        // Looked at once more, behind the exchange: whoever made it the next may have been too early to see the turn.
        if (_isNext) turn.TrySetResult();
        return turn.Task;
    }

    /// <summary>Its answer is the next one, or it is given up. On the connection's thread.</summary>
    internal void BecomeNext()
    {
        _isNext = true;
        Interlocked.MemoryBarrier();
        Volatile.Read(ref _turn)?.TrySetResult();
    }

    /// <summary>Its answer was moved on, or is gone; it may be used again. On the connection's thread.</summary>
    protected void LetGo(AnswerRoom room)
    {
        if (_heldBytes != 0) room.Give(_heldBytes);
        _heldBytes = 0;
        _isNext = false;
        _turn = null;
    }
}

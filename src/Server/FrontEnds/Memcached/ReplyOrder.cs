using Hedgerow.Server.FrontEnds.Sockets;

namespace Hedgerow.Server.FrontEnds.Memcached;

/// <summary>
/// The commands of one session that are not answered yet, in the order they came; and the answers of those behind them
/// that are done. One thread's.
/// </summary>
/// <remarks>
/// Commands run at the same time unless they could see each other: a write waits for what runs on its key, a read for a
/// write of its key, a retrieval of several keys for every write, a barrier for everything.
/// </remarks>
internal sealed class ReplyOrder(SessionOutput output, Action wake)
{
    private const int SparesMax = 32;

    private readonly Queue<PendingCommand> _commands = new();
    private readonly Stack<PendingCommand> _spares = new();
    private PendingCommand? _last;

    /// <summary>Whether everything is answered.</summary>
    public bool IsEmpty => _commands.Count == 0;

    /// <summary>Whether no more may be begun.</summary>
    public bool IsFull => _commands.Count >= MemcachedLimits.InFlightMax;

    /// <summary>A command to fill in.</summary>
    public PendingCommand Rent() => _spares.TryPop(out var spare) ? spare : new PendingCommand(wake);

    /// <summary>Takes back one that was not added.</summary>
    public void Return(PendingCommand command)
    {
        command.Reset();
        if (_spares.Count < SparesMax) _spares.Push(command);
    }

    /// <summary>Whether a command on a key must wait for one that runs.</summary>
    public bool MustWait(ulong keyHash, bool writes)
    {
        foreach (var running in _commands)
        {
            if (running.IsDone) continue;
            if (running.IsBarrier) return true;
            var sharesKey = running.Keys > 1 ? writes : running.KeyHash == keyHash;
            if (sharesKey && (writes || running.Request.Writes)) return true;
        }

        return false;
    }

    /// <summary>Whether a retrieval of several keys must wait for a write.</summary>
    public bool MustWaitForWrites()
    {
        foreach (var running in _commands)
            if (!running.IsDone && (running.IsBarrier || running.Request.Writes)) return true;
        return false;
    }

    /// <summary>Puts a command that runs behind the others.</summary>
    public void Add(PendingCommand command)
    {
        _commands.Enqueue(command);
        _last = command;
    }

    /// <summary>Answers at once, or behind those that are not answered yet.</summary>
    public void Write(ReadOnlySpan<byte> answer)
    {
        if (IsEmpty) output.Write(answer);
        else Tail().Answer.Write(answer);
    }

    /// <summary>Marks the end of a retrieval behind what runs.</summary>
    public void EndRetrieval()
    {
        var end = Rent();
        end.EndsRetrieval = true;
        end.IsDone = true;
        Add(end);
    }

    /// <summary>The next command whose answer may be sent; null while the first is not done.</summary>
    public PendingCommand? TakeDone()
    {
        if (!_commands.TryPeek(out var first) || !first.IsDone) return null;
        _commands.Dequeue();
        if (IsEmpty) _last = null;
        return first;
    }

    private PendingCommand Tail()
    {
        if (_last!.IsDone) return _last;
        var text = Rent();
        text.IsDone = true;
        Add(text);
        return text;
    }
}

using Hedgerow.Server.FrontEnds.Commands;
using Hedgerow.Server.FrontEnds.Sockets;

namespace Hedgerow.Server.FrontEnds.Memcached;

/// <summary>
/// The commands of one session that are not answered yet, in the order they came; and the answers of those behind them
/// that are done. One thread's.
/// </summary>
internal sealed class ReplyOrder(SessionOutput output, AnswerRoom room, Action wake)
{
    private const int SparesMax = 32;

    private readonly CallQueue<PendingCommand> _commands = new();
    private readonly Stack<PendingCommand> _spares = new();
    private long _bytes;

    /// <summary>Whether everything is answered.</summary>
    public bool IsEmpty => _commands.Count == 0;

    /// <summary>Whether the next answer is there.</summary>
    public bool IsNextDone => _commands.First is { IsDone: true };

    private bool IsFull =>
        _commands.Count >= MemcachedLimits.InFlightMax || _bytes >= MemcachedLimits.BytesInFlightMax
        || !room.HasRoom(_commands.Count);

    /// <summary>A command to fill in.</summary>
    public PendingCommand Rent() => _spares.TryPop(out var spare) ? spare : new PendingCommand(room, wake);

    /// <summary>Takes back one that was not added.</summary>
    public void Return(PendingCommand command)
    {
        room.Saw(command.Answer.Length);
        command.Reset();
        if (_spares.Count < SparesMax) _spares.Push(command);
    }

    /// <summary>Whether a command must wait: for one that runs, or for room.</summary>
    public bool MustWait(OrderClass order, ulong keyHash) => IsFull || !_commands.Allows(order, keyHash);

    /// <summary>Puts a command that runs behind the others.</summary>
    public void Add(PendingCommand command)
    {
        _bytes += command.Bytes;
        _commands.Add(command);
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
        var done = _commands.TakeDone();
        if (done == null) _commands.ReleaseDone();
        else _bytes -= done.Bytes;
        return done;
    }

    /// <summary>
    /// The connection is gone: who waits for a turn goes on, for nobody. What runs ends by itself, and is the
    /// collector's.
    /// </summary>
    public void Abandon() => _commands.Clear(static _ => { });

    private PendingCommand Tail()
    {
        if (_commands.Last is { IsDone: true } last) return last;
        var text = Rent();
        text.IsDone = true;
        Add(text);
        return text;
    }
}

using System.Buffers;
using Hedgerow.Server.FrontEnds.Commands;

namespace Hedgerow.Server.FrontEnds.Memcached;

/// <summary>How a command ended, for the counters.</summary>
internal enum CommandResult : byte
{
    /// <summary>Nothing to count: an error, or not done.</summary>
    None,
    Hit,
    Miss,

    /// <summary>The cas number was another.</summary>
    BadValue,
    TooLarge,
    NoMemory,
}

/// <summary>
/// A command between its line and its answer: a copy of what it needs, and the answer as far as it is made. Used again.
/// Belongs to the session's loop before it runs and after <see cref="IsDone"/>, to its own work in between.
/// </summary>
internal sealed class PendingCommand : QueuedCall
{
    private readonly AnswerRoom _room;
    private readonly Action _onDone;
    private readonly Action _wake;
    private System.Runtime.CompilerServices.ValueTaskAwaiter _work;
    private byte[] _text = [];
    private int _lineLength;
    private int _keyLength;
    private int _dataLength;
    private volatile bool _isDone;

    /// <param name="room">What the answers of its connection may take.</param>
    /// <param name="wake">Has the session look.</param>
    public PendingCommand(AnswerRoom room, Action wake)
    {
        _room = room;
        _wake = wake;
        _onDone = OnDone;
    }

    /// <summary>What is to be done.</summary>
    public EntryRequest Request;

    /// <summary>The answer.</summary>
    public ReplyBuffer Answer { get; } = new();

    /// <summary>What was read, on the way.</summary>
    public ReplyBuffer Value { get; } = new();

    /// <summary>Keys of a retrieval that are asked for together; 0 for other commands.</summary>
    public int Keys { get; set; }

    /// <summary>The end of a retrieval: its answer begins with END, or with the error that a key met.</summary>
    public bool EndsRetrieval { get; set; }

    /// <summary>A part of a retrieval, whose error takes the place of END.</summary>
    public bool IsRetrieval { get; set; }

    /// <summary>How it ended.</summary>
    public CommandResult Result { get; set; }

    /// <summary>Of a part of a retrieval: hits among its keys.</summary>
    public int Hits { get; set; }

    /// <summary>Of a part of a retrieval: an error line that takes the place of END; else empty.</summary>
    public ReplyBuffer Error { get; } = new();

    /// <summary>Milliseconds since 1970 at which its line was read.</summary>
    public long NowMs { get; set; }

    /// <summary>Whether the answer is whole.</summary>
    public bool IsDone
    {
        get => _isDone;
        set => _isDone = value;
    }

    /// <summary>Bytes of what it asks for.</summary>
    public int Bytes => _lineLength + _keyLength + _dataLength;

    /// <summary>The line, without what ends it.</summary>
    public ReadOnlySpan<byte> Line => _text.AsSpan(0, _lineLength);

    /// <summary>The key, decoded.</summary>
    public ReadOnlyMemory<byte> Key => _text.AsMemory(_lineLength, _keyLength);

    /// <summary>The data block, without what ends it; of a retrieval the body of its request.</summary>
    public ReadOnlyMemory<byte> Data => _text.AsMemory(_lineLength + _keyLength, _dataLength);

    /// <summary>Copies what the command needs.</summary>
    public void Begin(
        in EntryRequest request, OrderClass order, ulong keyHash, ReadOnlySpan<byte> line, ReadOnlySpan<byte> key,
        ReadOnlySpan<byte> data, long nowMs)
    {
        Request = request;
        Order = order;
        KeyHash = keyHash;
        NowMs = nowMs;
        _lineLength = line.Length;
        _keyLength = key.Length;
        _dataLength = data.Length;
        var needed = line.Length + key.Length + data.Length;
        if (_text.Length < needed)
        {
            ReturnText();
            _text = ArrayPool<byte>.Shared.Rent(needed);
        }

        line.CopyTo(_text);
        key.CopyTo(_text.AsSpan(line.Length));
        data.CopyTo(_text.AsSpan(line.Length + key.Length));
    }

    /// <inheritdoc/>
    public override bool IsSettled() => IsDone;

    /// <summary>Waits for work that has begun. True when it is done already.</summary>
    public bool Watch(ValueTask work)
    {
        _work = work.GetAwaiter();
        if (_work.IsCompleted)
        {
            _work.GetResult();
            _isDone = true;
            return true;
        }

        _work.UnsafeOnCompleted(_onDone);
        return false;
    }

    /// <summary>
    /// Whether there is room for a part of its answer; else that is dropped, and read again when its turn has come.
    /// </summary>
    public bool TryHold(int bytes) => TryHold(_room, bytes);

    /// <summary>Empties it for the next use.</summary>
    public void Reset()
    {
        LetGo(_room);
        Request = default;
        Answer.Clear();
        Value.Clear();
        Error.Clear();
        KeyHash = 0;
        Keys = 0;
        Hits = 0;
        Result = CommandResult.None;
        EndsRetrieval = IsRetrieval = _isDone = false;
        _lineLength = _keyLength = _dataLength = 0;
        if (_text.Length > 16 * 1024) ReturnText();
    }

    private void OnDone()
    {
        _work.GetResult();
        _isDone = true;
        _wake();
    }

    private void ReturnText()
    {
        if (_text.Length > 0) ArrayPool<byte>.Shared.Return(_text);
        _text = [];
    }
}

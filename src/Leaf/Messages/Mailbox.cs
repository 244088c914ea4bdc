using System.Buffers;

namespace Hedgerow.Leaf.Messages;

/// <summary>
/// Messages for one listener that it has not been given yet, and the Listen that waits for them. Bounded: what finds no
/// room is lost and counted. Thread-safe.
/// </summary>
/// <remarks>
/// Whoever puts a message only appends and has the pool look: it may hold a gate of the store (an entry expired), and
/// to answer a request can lead anywhere.
/// </remarks>
internal sealed class Mailbox : IThreadPoolWorkItem
{
    /// <summary>Bytes of messages that wait.</summary>
    public const int BytesMax = 16 * 1024 * 1024;

    private readonly Lock _gate = new();
    private ArrayBufferWriter<byte> _rows = new();
    private ListenRequest? _waiting;
    private ulong _lost;
    private long _lostEver;
    private long _silentSince;
    private bool _isPosted;

    /// <summary>Messages that found no room.</summary>
    public long LostEver => Volatile.Read(ref _lostEver);

    /// <summary>When its last Listen was answered, by the leaf's clock; 0 while one waits.</summary>
    public long SilentSince => Volatile.Read(ref _silentSince);

    /// <summary>Takes messages.</summary>
    public void Put(ReadOnlySpan<byte> rows, int count)
    {
        lock (_gate)
        {
            if (_rows.WrittenCount + rows.Length > BytesMax)
            {
                _lost += (ulong)count;
                _lostEver += count;
                return;
            }

            _rows.Write(rows);
            if (_waiting is null || _isPosted) return;
            _isPosted = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>Takes the next Listen; one that waited is answered with nothing.</summary>
    public void Wait(ListenRequest request)
    {
        ListenRequest? before;
        bool hasMessages;
        lock (_gate)
        {
            before = _waiting;
            _waiting = request;
            _silentSince = 0;
            hasMessages = _rows.WrittenCount > 0;
        }

        before?.Run();
        if (hasMessages) Execute();
    }

    /// <summary>Answers the Listen that waits if its time is over.</summary>
    public void EndWait(long now)
    {
        lock (_gate)
            if (_waiting is null || now < _waiting.EndsAt) return;
        Execute();
    }

    /// <summary>Answers the Listen that waits with what is there.</summary>
    public void Execute()
    {
        ListenRequest? waiting;
        lock (_gate)
        {
            _isPosted = false;
            waiting = _waiting;
        }

        waiting?.Run();
    }

    /// <summary>Nobody waits any more.</summary>
    public void Leave(ListenRequest request, long now)
    {
        lock (_gate)
        {
            if (_waiting != request) return;
            _waiting = null;
            _silentSince = now;
        }
    }

    /// <summary>Hands out what is there to a Listen that is answered now; nothing to one replaced.</summary>
    public void Take(ListenRequest request, long now, out ulong lost, out ReadOnlyMemory<byte> rows)
    {
        lock (_gate)
        {
            (lost, rows) = (0, default);
            if (_waiting != request) return;
            _waiting = null;
            _silentSince = now;
            (lost, _lost) = (_lost, 0);
            rows = _rows.WrittenMemory;
            if (_rows.WrittenCount > 0) _rows = new ArrayBufferWriter<byte>();
        }
    }
}

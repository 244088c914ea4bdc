using System.Buffers.Binary;
using System.Collections.Concurrent;
using Hedgerow.Leaf.Scheduling;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Messages;

/// <summary>
/// Passes messages of channels on: what one router publishes here, the others get with the answer to their Listen, and
/// this process's own front end at once. At most once, in the order of arrival, and never kept for long. Thread-safe.
/// </summary>
/// <remarks>
/// A listener is a number that a router chose when it started. It always has a Listen waiting here, or is about to send
/// the next; what comes in between is kept in its <see cref="Mailbox"/>, which is bounded. One that is not heard of for
/// <see cref="ForgottenAfter"/> is forgotten.
/// </remarks>
internal sealed class MessageRelay(PendingContext pending)
{
    /// <summary>Listeners at once; the next is refused.</summary>
    public const int ListenersMax = 1_024;

    /// <summary>How long a listener may be silent.</summary>
    public static readonly TimeSpan ForgottenAfter = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<ulong, Mailbox> _listeners = new();
    private volatile bool _isClosed;

    /// <summary>This process's own front end; null when it has none.</summary>
    public IMessageListener? Local { get; set; }

    /// <summary>Listeners that are known.</summary>
    public int Listeners => _listeners.Count;

    /// <summary>Messages that a listener did not get because its mailbox was full.</summary>
    public long Lost => _listeners.Values.Sum(listener => listener.LostEver);

    /// <summary>Takes a Publish.</summary>
    public void Publish(in Request request, ReadOnlySpan<byte> body)
    {
        if (!MessageCodec.TryRead(body, out var sender, out var messages, out var error))
        {
            pending.Replier.Refuse(request, StatusCode.BadRequest, error!);
            return;
        }

        var reached = PassOn(sender, messages.Rows, messages.Count);
        while (messages.MoveNext()) Local?.Hear(messages.Kind, messages.Channel, messages.Message);
        Span<byte> reply = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(reply, (uint)reached);
        pending.Replier.Send(request, StatusCode.Ok, 0, reply);
    }

    /// <summary>Passes on what this process's own front end published, or said of a key.</summary>
    public void PassOn(ReadOnlySpan<byte> row) => PassOn(0, row, 1);

    /// <summary>Takes a Listen, which is answered when there is a message, or its time is over.</summary>
    public void Listen(in Request request, ReadOnlySpan<byte> body)
    {
        if (!MessageCodec.TryReadListen(body, out var number, out var waitMs) || number == 0)
        {
            pending.Replier.Refuse(request, StatusCode.BadRequest,
                $"Listen: body of {body.Length} bytes; a listener's u64 other than 0 and a u32 are needed.");
            return;
        }

        if (_isClosed)
        {
            pending.Replier.Refuse(request, StatusCode.Unavailable, "Listen: this leaf is about to stop.");
            return;
        }

        if (!_listeners.TryGetValue(number, out var listener))
        {
            if (_listeners.Count >= ListenersMax)
            {
                pending.Replier.Refuse(request, StatusCode.Overloaded,
                    $"Listen: {ListenersMax} listeners are known; no more may be.");
                return;
            }

            listener = _listeners.GetOrAdd(number, _ => new Mailbox());
        }

        listener.Wait(new ListenRequest(request, pending, listener, waitMs));
        if (waitMs == 0 || _isClosed) listener.Execute();
    }

    /// <summary>Answers those that wait, and lets nobody wait any more.</summary>
    public void Close()
    {
        _isClosed = true;
        foreach (var listener in _listeners.Values) listener.Execute();
    }

    /// <summary>Answers those whose time is over, and forgets those that are gone. About once a second.</summary>
    public void Tick()
    {
        var now = pending.Clock.Ticks();
        foreach (var (number, listener) in _listeners)
        {
            listener.EndWait(now);
            var silentSince = listener.SilentSince;
            if (silentSince == 0 || pending.Clock.Time.GetElapsedTime(silentSince, now) < ForgottenAfter) continue;
            _listeners.TryRemove(number, out _);
        }
    }

    private int PassOn(ulong sender, ReadOnlySpan<byte> rows, int count)
    {
        var reached = 0;
        foreach (var (number, listener) in _listeners)
        {
            if (number == sender) continue;
            listener.Put(rows, count);
            reached++;
        }

        return reached;
    }
}

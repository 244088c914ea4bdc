namespace Hedgerow.Protocol;

/// <summary>
/// The requests of one client connection that are not answered: those in flight, by id, and those that wait for room.
/// Thread-safe; every method takes the gate shortly and completes nobody under it.
/// </summary>
/// <remarks>
/// <code>
///   request id   +----------------+-------------+
///                | generation u16 | slot u16    |     an answer finds its slot by index; an old one by its generation
///                +----------------+-------------+
/// </code>
/// A cancelled request leaves its slot taken, without anybody who waits, until the server has answered it: it still
/// counts against the server's limits. Waiting requests are served in order, so that a large one is not starved by
/// small ones.
/// </remarks>
internal sealed class PendingRequests
{
    /// <summary>Requests that may wait for room at once: more are answered Overloaded.</summary>
    public const int WaitingMax = 65_536;

    private const int SlotsMax = 65_536;
    private const int GenerationShift = 16;

    private readonly Lock _gate = new();
    private readonly ClientConnection _connection;
    private readonly bool _inline;
    private readonly int _slotsMax;
    private readonly long _bytesMax;
    private readonly Stack<ushort> _freeSlots;
    private Slot[] _slots = new Slot[64];
    private int _slotsMade;
    private long _bytesInFlight;
    private int _inFlight;
    private PendingRequest? _pool;
    private int _pooled;
    private PendingRequest? _firstWaiting;
    private PendingRequest? _lastWaiting;
    private int _waiting;
    private long _waitingBytes;
    private bool _isClosed;

    /// <param name="connection">The one that cancellations are brought to.</param>
    /// <param name="limits">Of both ends, the smaller.</param>
    /// <param name="inline">Whether continuations run where an answer was read.</param>
    public PendingRequests(ClientConnection connection, ProtocolLimits limits, bool inline)
    {
        _connection = connection;
        _inline = inline;
        _slotsMax = Math.Min(limits.RequestsInFlightMax, SlotsMax);
        _bytesMax = limits.BytesInFlightMax;
        _freeSlots = new Stack<ushort>(Math.Min(_slotsMax, 1_024));
    }

    /// <summary>How <see cref="TryBegin"/> ended.</summary>
    public enum Admission
    {
        /// <summary>It has its id: send it.</summary>
        Sent,

        /// <summary>It waits for room; it must be given its body and then <see cref="Park"/>.</summary>
        Wait,

        /// <summary>Too many wait.</summary>
        Overloaded,

        /// <summary>The connection is closed.</summary>
        Closed,
    }

    public int InFlight => Volatile.Read(ref _inFlight);

    public bool AnyWaiting => Volatile.Read(ref _waiting) > 0;

    /// <summary>Takes a request from the pool and a slot for it, if there is room.</summary>
    /// <remarks>Those that wait go in line even if there is room by then: <see cref="Park"/> does not look.</remarks>
    public Admission TryBegin(in RequestHeader header, int bodyBytes, out PendingRequest? request)
    {
        lock (_gate)
        {
            request = null;
            if (_isClosed) return Admission.Closed;
            var hasRoom = _waiting == 0 && HasRoom(bodyBytes);
            if (!hasRoom && (_waiting >= WaitingMax || (_waiting > 0 && _waitingBytes + bodyBytes > _bytesMax)))
                return Admission.Overloaded;
            request = Rent();
            request.Header = header;
            request.BodyBytes = bodyBytes;
            if (!hasRoom) return Admission.Wait;
            Take(request);
            return Admission.Sent;
        }
    }

    /// <summary>Puts a request that has everything it needs at the end of the line; false when closed.</summary>
    public bool Park(PendingRequest request)
    {
        lock (_gate)
        {
            if (_isClosed) return false;
            request.State = PendingState.Waiting;
            request.Previous = _lastWaiting;
            if (_lastWaiting is null) _firstWaiting = request;
            else _lastWaiting.Next = request;
            _lastWaiting = request;
            _waiting++;
            _waitingBytes += request.BodyBytes;
            return true;
        }
    }

    /// <summary>Gives the first in line a slot, if there is room for it.</summary>
    /// <param name="parked">
    /// What to send, taken from the request under the gate: from here on it may be cancelled, and serve another call.
    /// </param>
    public bool TryUnpark(out ParkedRequest parked)
    {
        lock (_gate)
        {
            parked = default;
            if (_firstWaiting is not { } request || !HasRoom(request.BodyBytes)) return false;
            Unlink(request);
            Take(request);
            parked = new ParkedRequest(
                request.RequestId, request.Header, request.WaitingBody!, request.BodyBytes, request.WaitingSince);
            request.WaitingBody = null;
            return true;
        }
    }

    /// <summary>Takes the answered request out and frees its slot. False for an id that is not in flight.</summary>
    /// <param name="requestId">As the answer carries it.</param>
    /// <param name="request">Null when it was cancelled: nobody wants the answer.</param>
    public bool TryAnswer(uint requestId, out PendingRequest? request)
    {
        lock (_gate)
        {
            request = null;
            if (!IsInFlight(requestId)) return false;
            request = Free(requestId);
            if (request is not null) request.State = PendingState.Done;
            return true;
        }
    }

    public bool Knows(uint requestId)
    {
        lock (_gate) return IsInFlight(requestId);
    }

    /// <summary>Frees the slot of a cancelled request that the server has never seen.</summary>
    public void Forget(uint requestId)
    {
        lock (_gate)
        {
            if (IsInFlight(requestId)) Free(requestId);
        }
    }

    /// <summary>
    /// Takes a request from its caller, who gave up. Returns the state it was in; Done if it is too late.
    /// </summary>
    public PendingState Abandon(PendingRequest request)
    {
        lock (_gate)
        {
            var state = request.State;
            if (state == PendingState.Waiting) Unlink(request);
            if (state == PendingState.Sent) _slots[(ushort)request.RequestId].Request = null;
            request.State = PendingState.Done;
            return state;
        }
    }

    /// <summary>Takes every request out; none is taken from now on.</summary>
    public List<PendingRequest> Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            var all = new List<PendingRequest>();
            for (var i = 0; i < _slotsMade; i++)
            {
                if (_slots[i].Request is { } request) all.Add(request);
                _slots[i] = default;
            }

            while (_firstWaiting is { } waiting)
            {
                Unlink(waiting);
                all.Add(waiting);
            }

            foreach (var request in all) request.State = PendingState.Done;
            _inFlight = 0;
            return all;
        }
    }

    /// <summary>Back to the pool.</summary>
    public void Recycle(PendingRequest request)
    {
        lock (_gate)
        {
            if (_pooled >= _slotsMax) return;
            request.Next = _pool;
            _pool = request;
            _pooled++;
        }
    }

    private PendingRequest Rent()
    {
        if (_pool is not { } request) return new PendingRequest(_connection, this, _inline);
        _pool = request.Next;
        _pooled--;
        request.Next = null;
        return request;
    }

    // One request is always let through, however large: it would wait for ever otherwise.
    private bool HasRoom(int bodyBytes) =>
        _inFlight < _slotsMax && (_inFlight == 0 || _bytesInFlight + bodyBytes <= _bytesMax);

    private void Take(PendingRequest request)
    {
        if (!_freeSlots.TryPop(out var index)) index = MakeSlot();
        ref var slot = ref _slots[index];
        slot.Generation++;
        slot.IsTaken = true;
        slot.Request = request;
        slot.BodyBytes = request.BodyBytes;
        request.RequestId = ((uint)slot.Generation << GenerationShift) | index;
        request.State = PendingState.Sent;
        _inFlight++;
        _bytesInFlight += request.BodyBytes;
    }

    private ushort MakeSlot()
    {
        if (_slotsMade == _slots.Length) Array.Resize(ref _slots, Math.Min(_slotsMax, _slots.Length * 2));
        return (ushort)_slotsMade++;
    }

    private bool IsInFlight(uint requestId)
    {
        var index = (ushort)requestId;
        return index < _slotsMade && _slots[index].IsTaken
            && _slots[index].Generation == (ushort)(requestId >> GenerationShift);
    }

    private PendingRequest? Free(uint requestId)
    {
        ref var slot = ref _slots[(ushort)requestId];
        var request = slot.Request;
        slot.Request = null;
        slot.IsTaken = false;
        _freeSlots.Push((ushort)requestId);
        _inFlight--;
        _bytesInFlight -= slot.BodyBytes;
        return request;
    }

    private void Unlink(PendingRequest request)
    {
        if (request.Previous is null) _firstWaiting = request.Next;
        else request.Previous.Next = request.Next;
        if (request.Next is null) _lastWaiting = request.Previous;
        else request.Next.Previous = request.Previous;
        request.Next = null;
        request.Previous = null;
        _waiting--;
        _waitingBytes -= request.BodyBytes;
    }

    private struct Slot
    {
        public PendingRequest? Request;
        public int BodyBytes;
        public ushort Generation;
        public bool IsTaken;
    }
}

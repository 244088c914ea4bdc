using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.FrontEnds.Commands;
using Hedgerow.Server.Metrics;

namespace Hedgerow.Server.FrontEnds.Native;

/// <summary>
/// Reads and plain writes of native clients that one loop sends over its own links to leaves, and whose answers it
/// passes on where it reads them. That loop's.
/// </summary>
/// <param name="commands">Sends them.</param>
/// <param name="requests">What those become that a routed call goes on with.</param>
/// <param name="goOn">Takes these, with when they came.</param>
internal sealed class DirectForwards(
    ICommandExecutor commands, ForwardedRequest.Pool requests, Action<ForwardedRequest, ValueTask<Reply>, long> goOn)
{
    private const int FreeMax = 1_024;

    private readonly Stack<DirectForward> _free = new();
    private readonly Dictionary<IReplySink, OfConnection> _connections = [];

    // Requests come in batches of one connection.
    private OfConnection? _latest;

    /// <summary>Connections that have sent some and have not left.</summary>
    internal int Connections => _connections.Count;

    /// <summary>Sends a request. False, and nothing was done, when it has to go another way.</summary>
    public bool TryBegin(in RequestHeader header, ReadOnlySpan<byte> body, IReplySink replies, long startedAt)
    {
        if (body.Length > DirectForward.BytesMax
            || CacheCommand.TryRead(header.Opcode, body, out var command, out _) != StatusCode.Ok
            || !DirectCalls.Takes(header, command)) return false;
        var call = _free.TryPop(out var free) ? free : new DirectForward(this);
        call.Fill(header, body, replies, startedAt);
        // The hash is the router's to compute: leaves rely on it.
        if (!commands.TryBegin(header with { PathHash = 0 }, command, call))
        {
            Recycle(call);
            return false;
        }

        call.From = Of(replies);
        call.From.UnderWay[header.RequestId] = call;
        return true;
    }

    /// <summary>Ends a request, without an answer; false when it is none of these.</summary>
    public bool TryCancel(uint requestId, IReplySink replies, out Opcode opcode)
    {
        opcode = default;
        if (!_connections.TryGetValue(replies, out var from) || !from.UnderWay.Remove(requestId, out var call))
            return false;
        opcode = call.Asked.Opcode;
        if (call.Leave()) Recycle(call);
        return true;
    }

    /// <summary>Ends the requests of a connection that is gone.</summary>
    public void Leave(IReplySink replies)
    {
        if (!_connections.Remove(replies, out var from)) return;
        if (_latest == from) _latest = null;
        // Its own alone: a loop has thousands of connections, and they come and go.
        foreach (var call in from.UnderWay.Values)
            if (call.Leave()) Recycle(call);
    }

    internal void Answered(DirectForward call, in ReplyHeader header, ReadOnlySpan<byte> body)
    {
        var (replies, asked, startedAt) = (call.Replies, call.Asked, call.StartedAt);
        // Before the reply is sent: after it the peer may use the id again.
        call.From!.UnderWay.Remove(asked.RequestId);
        Recycle(call);
        ServerMeter.NativeRequest(asked.Opcode, header.Status, startedAt);
        replies.Reply(header with { RequestId = asked.RequestId }, body);
    }

    internal ForwardedRequest RequestOf(DirectForward call) => requests.Rent(call.Asked, [], call.Replies);

    // The object is not used again: its body is the routed call's until that is done.
    internal void Routed(DirectForward call, ForwardedRequest request, ValueTask<Reply> answer)
    {
        call.From!.UnderWay.Remove(call.Asked.RequestId);
        goOn(request, answer, call.StartedAt);
    }

    private OfConnection Of(IReplySink replies)
    {
        if (_latest is { } latest && latest.Replies == replies) return latest;
        if (!_connections.TryGetValue(replies, out var from)) _connections[replies] = from = new OfConnection(replies);
        return _latest = from;
    }

    private void Recycle(DirectForward call)
    {
        call.Clear();
        if (_free.Count < FreeMax) _free.Push(call);
    }

    /// <summary>What one connection waits for, by request id.</summary>
    internal sealed class OfConnection(IReplySink replies)
    {
        public IReplySink Replies => replies;

        public Dictionary<uint, DirectForward> UnderWay { get; } = [];
    }
}

/// <summary>One of <see cref="DirectForwards"/>: a copy of the request, and where its answer goes.</summary>
internal sealed class DirectForward(DirectForwards owner) : DirectCall
{
    /// <summary>Bytes of the largest body: thousands of these wait to be used again, each with its buffer.</summary>
    public const int BytesMax = 4 * 1024;

    private byte[] _body = [];
    private int _length;
    private ForwardedRequest? _routed;

    /// <summary>The header as it came.</summary>
    public RequestHeader Asked { get; private set; }

    /// <summary>Where the answer goes.</summary>
    public IReplySink Replies { get; private set; } = null!;

    /// <summary>Its connection's, once it is under way.</summary>
    public DirectForwards.OfConnection? From { get; set; }

    /// <summary>When it came, as a timestamp.</summary>
    public long StartedAt { get; private set; }

    /// <inheritdoc/>
    protected override Memory<byte> Body => _body.AsMemory(0, _length);

    /// <summary>Keeps a request.</summary>
    public void Fill(in RequestHeader header, ReadOnlySpan<byte> body, IReplySink replies, long startedAt)
    {
        if (_body.Length < body.Length) _body = new byte[Math.Clamp(2 * body.Length, 256, BytesMax)];
        body.CopyTo(_body);
        _length = body.Length;
        Asked = header;
        Replies = replies;
        StartedAt = startedAt;
    }

    /// <summary>Forgets it.</summary>
    public void Clear()
    {
        Replies = null!;
        From = null;
        _length = 0;
    }

    /// <summary>The client does not want the answer. False when the object can't be used again.</summary>
    public bool Leave() => EndEarly();

    /// <inheritdoc/>
    protected override void OnAnswer(in ReplyHeader header, ReadOnlySpan<byte> body) =>
        owner.Answered(this, header, body);

    /// <inheritdoc/>
    protected override CancellationToken CancelOfRouted() => (_routed = owner.RequestOf(this)).Cancel;

    /// <inheritdoc/>
    protected override void OnRouted(ValueTask<Reply> answer) => owner.Routed(this, _routed!, answer);
}

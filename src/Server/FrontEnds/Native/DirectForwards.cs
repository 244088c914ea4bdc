using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.FrontEnds.Commands;
using Hedgerow.Server.Metrics;

namespace Hedgerow.Server.FrontEnds.Native;

/// <summary>
/// Reads of native clients that one loop sends over its own links to leaves, and whose answers it passes on where it
/// reads them. That loop's.
/// </summary>
/// <param name="commands">Sends them.</param>
/// <param name="goOn">Takes those that became routed calls.</param>
internal sealed class DirectForwards(ICommandExecutor commands, Action<DirectForward, ValueTask<Reply>> goOn)
{
    private const int FreeMax = 1_024;

    private readonly Stack<DirectForward> _free = new();
    private readonly Dictionary<(IReplySink Replies, uint RequestId), DirectForward> _underWay = [];

    /// <summary>Sends a read. False, and nothing was done, when it has to go another way.</summary>
    public bool TryBegin(
        in RequestHeader header, ReadOnlySpan<byte> body, in CacheCommand command, IReplySink replies, long startedAt)
    {
        var read = _free.TryPop(out var free) ? free : new DirectForward(this);
        read.Fill(header, body, replies, startedAt);
        // The hash is the router's to compute: leaves rely on it.
        if (!commands.TryBegin(header with { PathHash = 0 }, command, read))
        {
            Recycle(read);
            return false;
        }

        _underWay[(replies, header.RequestId)] = read;
        return true;
    }

    /// <summary>Ends a request, without an answer; false when it is none of these.</summary>
    public bool TryCancel(uint requestId, IReplySink replies, out Opcode opcode)
    {
        opcode = default;
        if (!_underWay.Remove((replies, requestId), out var read)) return false;
        opcode = read.Asked.Opcode;
        read.Leave();
        Recycle(read);
        return true;
    }

    /// <summary>Ends the requests of a connection that is gone.</summary>
    public void Leave(IReplySink replies)
    {
        foreach (var (ofConnection, id) in _underWay.Keys.Where(key => key.Replies == replies).ToList())
            TryCancel(id, ofConnection, out _);
    }

    internal void Answered(DirectForward read, in ReplyHeader header, ReadOnlySpan<byte> body)
    {
        var (replies, asked, startedAt) = (read.Replies, read.Asked, read.StartedAt);
        // Before the reply is sent: after it the peer may use the id again.
        _underWay.Remove((replies, asked.RequestId));
        Recycle(read);
        ServerMeter.NativeRequest(asked.Opcode, header.Status, startedAt);
        replies.Reply(header with { RequestId = asked.RequestId }, body);
    }

    // It is not used again: its body is the call's until that is done.
    internal void Routed(DirectForward read, ValueTask<Reply> answer)
    {
        _underWay.Remove((read.Replies, read.Asked.RequestId));
        goOn(read, answer);
    }

    private void Recycle(DirectForward read)
    {
        read.Clear();
        if (_free.Count < FreeMax) _free.Push(read);
    }
}

/// <summary>One of <see cref="DirectForwards"/>: a copy of the request, and where its answer goes.</summary>
internal sealed class DirectForward(DirectForwards owner) : DirectRead
{
    private const int BytesKept = 4 * 1024;

    private byte[] _body = [];
    private int _length;

    /// <summary>The header as it came.</summary>
    public RequestHeader Asked { get; private set; }

    /// <summary>Where the answer goes.</summary>
    public IReplySink Replies { get; private set; } = null!;

    /// <summary>When it came, as a timestamp.</summary>
    public long StartedAt { get; private set; }

    /// <inheritdoc/>
    protected override ReadOnlyMemory<byte> Body => _body.AsMemory(0, _length);

    /// <summary>Its body.</summary>
    public ReadOnlySpan<byte> Bytes => _body.AsSpan(0, _length);

    /// <summary>Keeps a request.</summary>
    public void Fill(in RequestHeader header, ReadOnlySpan<byte> body, IReplySink replies, long startedAt)
    {
        if (_body.Length < body.Length) _body = new byte[Math.Max(256, body.Length)];
        body.CopyTo(_body);
        _length = body.Length;
        Asked = header;
        Replies = replies;
        StartedAt = startedAt;
    }

    /// <summary>Forgets it; a path that was uncommonly long does not hold its buffer.</summary>
    public void Clear()
    {
        Replies = null!;
        _length = 0;
        if (_body.Length > BytesKept) _body = [];
    }

    /// <summary>The client does not want the answer.</summary>
    public void Leave() => EndEarly();

    /// <inheritdoc/>
    protected override void OnAnswer(in ReplyHeader header, ReadOnlySpan<byte> body) =>
        owner.Answered(this, header, body);

    /// <inheritdoc/>
    protected override void OnRouted(ValueTask<Reply> answer) => owner.Routed(this, answer);
}

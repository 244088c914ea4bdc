using System.Buffers;
using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Sockets;

namespace Hedgerow.Server.FrontEnds.Native;

/// <summary>A native connection on a loop: its frames are read, served and answered on the loop's thread.</summary>
internal sealed class NativeSession : ClientSession, ILinkOwner
{
    private readonly ServerLink _link;
    private readonly ILogger _log;

    public NativeSession(
        SessionContext context, IRequestHandler handler, IHelloPolicy policy, ProtocolLimits limits, TimeProvider time,
        ILogger log)
        : base(context)
    {
        _log = log;
        _link = new ServerLink(this, handler, policy, limits, time);
    }

    /// <summary>Requests not answered yet. Any thread, approximately.</summary>
    public int InFlight => _link.InFlight;

    /// <inheritdoc/>
    public override bool HasUnanswered => _link.InFlight > 0 || _link.HasChunks;

    /// <inheritdoc/>
    public override bool IsWelcome => _link.Peer is not null;

    /// <inheritdoc/>
    public override bool HasMoreOutput => _link.HasChunks;

    IBufferWriter<byte> ILinkOwner.Output => Output;

    bool ILinkOwner.IsFull => Output.IsFull;

    /// <inheritdoc/>
    public override int Consume(ReadOnlySpan<byte> input)
    {
        var used = _link.Consume(input);
        BytesWanted = _link.BytesWanted;
        if (_link.Ended is { } end) Finish(end);
        SeeWhetherBlocked();
        return used;
    }

    /// <inheritdoc/>
    public override void OnWake()
    {
        _link.TakeReplies();
        IsWaiting = false;
    }

    /// <inheritdoc/>
    public override void WriteMore()
    {
        _link.WriteChunk();
        if (!_link.HasChunks) IsWaiting = false;
    }

    /// <inheritdoc/>
    public override void OnClosed() => _link.Close();

    // An output that is full is the loop's to wait for; an answer, or a large one's turn, is this session's.
    private void SeeWhetherBlocked() =>
        IsWaiting = _link.IsBlocked && (_link.HasChunks || !Output.IsFull) && _link.Ended is null;

    private void Finish(ConnectionEnd end)
    {
        if (end.Exception is { } defect) NativeListener.LogDefect(_log, Peer, defect);
        CloseAfterFlush();
    }
}

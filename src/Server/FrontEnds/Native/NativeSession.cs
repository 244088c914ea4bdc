using System.Buffers;
using System.Buffers.Binary;
using Hedgerow.Leaf;
using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Sockets;

namespace Hedgerow.Server.FrontEnds.Native;

/// <summary>A native connection on a loop: its frames are read, served and answered on the loop's thread.</summary>
internal sealed class NativeSession : ClientSession, ILinkOwner
{
    // Entries that a batch asks for are fetched from memory while the first of them is served: so many, since the
    // processor's line-fill buffers take hardly more.
    private const int PrefetchMax = 16;

    private readonly ServerLink _link;
    private readonly LeafService? _leaf;
    private readonly ProtocolLimits _limits;
    private InlineEntries? _entries;
    private readonly ILogger _log;

    public NativeSession(
        SessionContext context, IRequestHandler handler, IHelloPolicy policy, ProtocolLimits limits, TimeProvider time,
        ILogger log)
        : base(context)
    {
        _log = log;
        _leaf = handler as LeafService;
        _limits = limits;
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
        var used = 0;
        if (_leaf != null)
        {
            Prefetch(input);
            // With a request under way or an answer in parts, only the link knows what may be taken up.
            if (_link.Peer is { } peer && _link.InFlight == 0 && !_link.HasChunks && _link.Ended is null)
                used = (_entries ??= new InlineEntries(_leaf, _limits, peer.Limits)).Serve(input, Output);
            if (used == input.Length)
            {
                BytesWanted = 0;
                return used;
            }
        }

        used += _link.Consume(input[used..]);
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

    // A hint only: what is no frame, or not whole, is the link's to judge.
    private void Prefetch(ReadOnlySpan<byte> input)
    {
        const int PathAt = RequestHeader.Size + sizeof(ushort);
        for (var i = 0; i < PrefetchMax && input.Length >= PathAt; i++)
        {
            var header = RequestHeader.Read(input);
            var rest = input[RequestHeader.Size..];
            if ((uint)header.BodyLength > (uint)rest.Length) return;
            var pathLength = BinaryPrimitives.ReadUInt16LittleEndian(rest);
            var isFirst = i == 0;
            input = rest[header.BodyLength..];
            if (isFirst && input.IsEmpty) return;
            if (!isFirst && CacheCommand.Carries(header.Opcode) && pathLength + sizeof(ushort) <= header.BodyLength)
                _leaf!.Prefetch(header.Shard, rest.Slice(sizeof(ushort), pathLength));
        }
    }

    // An output that is full is the loop's to wait for; an answer, or a large one's turn, is this session's.
    private void SeeWhetherBlocked() =>
        IsWaiting = _link.IsBlocked && (_link.HasChunks || !Output.IsFull) && _link.Ended is null;

    private void Finish(ConnectionEnd end)
    {
        if (end.Exception is { } defect) NativeListener.LogDefect(_log, Peer, defect);
        CloseAfterFlush();
    }
}

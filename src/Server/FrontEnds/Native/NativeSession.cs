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
    private readonly IEntriesAtOnce? _atOnce;
    private readonly ILogger _log;
    private InlineEntries? _entries;

    public NativeSession(
        SessionContext context, IRequestHandler handler, IHelloPolicy policy, ProtocolLimits limits, TimeProvider time,
        ILogger log)
        : base(context)
    {
        _log = log;
        _leaf = handler as LeafService;
        _atOnce = _leaf is not null ? new LeafEntries(_leaf) : handler as IEntriesAtOnce;
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
        if (_atOnce != null)
        {
            if (_leaf != null) Prefetch(input);
            // With a request under way or an answer in parts, only the link knows what may be taken up.
            if (_link.Peer is { } peer && _link.InFlight == 0 && !_link.HasChunks && _link.Ended is null)
                used = (_entries ??= new InlineEntries(_atOnce, _limits, peer.Limits)).Serve(input, Output);
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

    // A hint only: what is no frame, or not whole, is the link's to judge. First the places of the entries, then, when
    // those have come, the entries that they name.
    private void Prefetch(ReadOnlySpan<byte> input)
    {
        const int PathAt = RequestHeader.Size + sizeof(ushort);
        Span<PathSpan> paths = stackalloc PathSpan[PrefetchMax];
        var count = 0;
        for (var at = 0; count < PrefetchMax && input.Length - at >= PathAt;)
        {
            var header = RequestHeader.Read(input[at..]);
            var body = input[(at + RequestHeader.Size)..];
            if ((uint)header.BodyLength > (uint)body.Length) break;
            var pathLength = BinaryPrimitives.ReadUInt16LittleEndian(body);
            if (CacheCommand.Carries(header.Opcode) && pathLength + sizeof(ushort) <= header.BodyLength)
                paths[count++] = new PathSpan(header.Shard, at + PathAt, pathLength);
            at += RequestHeader.Size + header.BodyLength;
        }

        if (count < 2) return;
        foreach (var path in paths[..count]) _leaf!.Prefetch(path.Shard, input.Slice(path.Start, path.Length));
        foreach (var path in paths[..count]) _leaf!.PrefetchEntry(path.Shard, input.Slice(path.Start, path.Length));
    }

    // An output that is full is the loop's to wait for; an answer, or a large one's turn, is this session's.
    private void SeeWhetherBlocked() =>
        IsWaiting = _link.IsBlocked && (_link.HasChunks || !Output.IsFull) && _link.Ended is null;

    private void Finish(ConnectionEnd end)
    {
        if (end.Exception is { } defect) NativeListener.LogDefect(_log, Peer, defect);
        CloseAfterFlush();
    }

    private readonly record struct PathSpan(ushort Shard, int Start, int Length);
}

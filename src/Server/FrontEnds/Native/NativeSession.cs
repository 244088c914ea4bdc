using System.Buffers;
using System.Buffers.Binary;
using Hedgerow.Leaf;
using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Sockets;

namespace Hedgerow.Server.FrontEnds.Native;

/// <summary>A native connection on a loop: its frames are read, served and answered on the loop's thread.</summary>
internal sealed class NativeSession : ClientSession, ILinkOwner
{
    private readonly ServerLink _link;
    private readonly LeafService? _leaf;
    private readonly ProtocolLimits _limits;
    private readonly NativeFrontEnd? _router;
    private readonly ILogger _log;
    private InlineEntries? _entries;

    public NativeSession(
        SessionContext context, IRequestHandler handler, IHelloPolicy policy, ProtocolLimits limits, TimeProvider time,
        ILogger log)
        : base(context)
    {
        _log = log;
        _leaf = handler as LeafService;
        _router = handler as NativeFrontEnd;
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
        var used = ServeAtOnce(input);
        if (used == input.Length)
        {
            BytesWanted = 0;
            return used;
        }

        if (_leaf is not null) Prefetch(_leaf, input[used..]);
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

    // With a request under way or an answer in parts, only the link knows what may be taken up.
    private int ServeAtOnce(ReadOnlySpan<byte> input)
    {
        if (_link.Peer is not { } peer || _link.InFlight != 0 || _link.HasChunks || _link.Ended is not null) return 0;
        _entries ??= new InlineEntries(_limits, peer.Limits, _link);
        if (_leaf is not null) return _entries.Serve(_leaf, input, Output);
        return _router is { ServesAtOnce: true } ? _entries.Serve(_router, input, Output) : 0;
    }

    // A hint only: what is no frame, or not whole, is the link's to judge. First the places of the entries, then, when
    // those have come, the entries that they name.
    private static void Prefetch(LeafService leaf, ReadOnlySpan<byte> input)
    {
        const int PathAt = RequestHeader.Size + sizeof(ushort);
        Span<Place> places = stackalloc Place[InlineEntries.FramesMax];
        var count = 0;
        using var batch = leaf.BeginBatch();
        for (var at = 0; count < places.Length && input.Length - at >= PathAt;)
        {
            var header = RequestHeader.Read(input[at..]);
            var body = input[(at + RequestHeader.Size)..];
            if ((uint)header.BodyLength > (uint)body.Length) break;
            at += RequestHeader.Size + header.BodyLength;
            if (at == input.Length && count == 0) return;
            if (!CacheCommand.Carries(header.Opcode) || header.BodyLength < sizeof(ushort)) continue;
            var pathBytes = BinaryPrimitives.ReadUInt16LittleEndian(body);
            if (pathBytes + sizeof(ushort) > header.BodyLength) continue;
            var path = body.Slice(sizeof(ushort), pathBytes);
            places[count++] = new Place(header.Shard, batch.Prefetch(header.Shard, path));
        }

        foreach (var place in places[..count]) batch.PrefetchEntry(place.Shard, place.Hash);
    }

    // An output that is full is the loop's to wait for; an answer, or a large one's turn, is this session's.
    private void SeeWhetherBlocked() =>
        IsWaiting = _link.IsBlocked && (_link.HasChunks || !Output.IsFull) && _link.Ended is null;

    private void Finish(ConnectionEnd end)
    {
        if (end.Exception is { } defect) NativeListener.LogDefect(_log, Peer, defect);
        CloseAfterFlush();
    }

    private readonly record struct Place(ushort Shard, ulong Hash);
}

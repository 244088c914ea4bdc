using System.Buffers.Binary;
using Hedgerow.Leaf;
using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Sockets;

namespace Hedgerow.Server.FrontEnds.Native;

/// <summary>
/// Gets and sets of a batch of native frames, served from the input straight into the output: what almost every frame
/// is, without the request object, the dispatch and the second copy of the ones that may have to wait. It
/// stops at the first frame that is anything else, or that does not end well, with nothing done for it; that one and
/// the rest are the link's. A value that is too large for one frame is the link's to send, in parts, without being read
/// again. On the session's loop.
/// </summary>
/// <remarks>
/// Frames are found some at a time by their first eight bytes, which tell length, version, opcode and flags. Where
/// there are several, first the places of their entries are asked for, then, when those have come, the entries that
/// they name; then each is served.
/// </remarks>
internal sealed class InlineEntries(ProtocolLimits limits, ProtocolLimits peer, ServerLink link)
{
    /// <summary>
    /// Frames found at a time: so many fetches, since the processor's line-fill buffers take hardly more.
    /// </summary>
    public const int FramesMax = 16;

    private const int PrefixAt = RequestHeader.Size;
    private const int ValueAt = PrefixAt + EntryBody.PrefixLength;
    private const int PathAt = RequestHeader.Size + sizeof(ushort);
    private const int ShardAt = 28;

    /// <summary>What stands behind the length of a get or a set without flags.</summary>
    private const uint PlainGet = ProtocolLimits.Version | ((uint)Opcode.Get << 8);
    private const uint PlainSet = ProtocolLimits.Version | ((uint)Opcode.Set << 8);

    private readonly int _bodyBytesMax = Math.Min(limits.ChunkBytesMax, peer.ChunkBytesMax);

    /// <summary>Serves whole frames from the front, of a leaf; returns how many bytes that were.</summary>
    public int Serve(LeafService leaf, ReadOnlySpan<byte> input, SessionOutput output)
    {
        var nowMs = leaf.UtcNowMs;
        for (var used = 0; ;)
        {
            // Not longer than for some frames: who replaces the leaf's shards waits.
            using var entries = new LeafEntries(leaf);
            if (!ServeSome(entries, input, nowMs, output, ref used)) return used;
        }
    }

    /// <summary>As the other, of a router.</summary>
    public int Serve(NativeFrontEnd router, ReadOnlySpan<byte> input, SessionOutput output)
    {
        var nowMs = router.UtcNowMs;
        for (var used = 0; ;)
            if (!ServeSome(router, input, nowMs, output, ref used)) return used;
    }

    // False: the next frame is not for here, or there is none.
    private bool ServeSome<TEntries>(
        TEntries entries, ReadOnlySpan<byte> input, long nowMs, SessionOutput output, ref int used)
        where TEntries : IEntriesAtOnce, allows ref struct
    {
        Span<Frame> frames = stackalloc Frame[FramesMax];
        var count = Find(input, used, frames);
        if (count > 1) Prefetch(entries, input, frames[..count]);
        foreach (var frame in frames[..count])
        {
            if (output.IsFull) return false;
            var bytes = input.Slice(frame.Start, frame.Bytes);
            if (!TryAnswer(entries, bytes, frame.PathBytes, nowMs, output)) return false;
            used = frame.Start + frame.Bytes;
            if (link.HasChunks) return false;
        }

        return count == FramesMax;
    }

    private int Find(ReadOnlySpan<byte> input, int at, Span<Frame> frames)
    {
        var count = 0;
        while (count < frames.Length && input.Length - at >= PathAt)
        {
            var first = BinaryPrimitives.ReadUInt64LittleEndian(input[at..]);
            var bodyBytes = (uint)first;
            var isPlain = (uint)(first >> 32) is PlainGet or PlainSet && bodyBytes <= (uint)_bodyBytesMax;
            if (!isPlain || bodyBytes > (uint)(input.Length - at - RequestHeader.Size)) break;
            var pathBytes = BinaryPrimitives.ReadUInt16LittleEndian(input[(at + RequestHeader.Size)..]);
            if (pathBytes is 0 or > ProtocolLimits.PathBytesMax || pathBytes + sizeof(ushort) > bodyBytes) break;
            frames[count++] = new Frame(at, RequestHeader.Size + (int)bodyBytes, pathBytes);
            at += RequestHeader.Size + (int)bodyBytes;
        }

        return count;
    }

    private static void Prefetch<TEntries>(TEntries entries, ReadOnlySpan<byte> input, ReadOnlySpan<Frame> frames)
        where TEntries : IEntriesAtOnce, allows ref struct
    {
        Span<ulong> places = stackalloc ulong[FramesMax];
        for (var i = 0; i < frames.Length; i++)
        {
            var path = input.Slice(frames[i].Start + PathAt, frames[i].PathBytes);
            places[i] = entries.Prefetch(ShardOf(input, frames[i]), path);
        }

        for (var i = 0; i < frames.Length; i++) entries.PrefetchEntry(ShardOf(input, frames[i]), places[i]);
    }

    private static ushort ShardOf(ReadOnlySpan<byte> input, in Frame frame) =>
        BinaryPrimitives.ReadUInt16LittleEndian(input[(frame.Start + ShardAt)..]);

    private bool TryAnswer<TEntries>(
        TEntries entries, ReadOnlySpan<byte> frame, int pathBytes, long nowMs, SessionOutput output)
        where TEntries : IEntriesAtOnce, allows ref struct
    {
        var header = RequestHeader.Read(frame);
        if (!TryRead(header.Opcode, frame[RequestHeader.Size..], pathBytes, out var command)) return false;
        var begin = output.Position;
        output.GetSpan(ValueAt);
        output.Advance(ValueAt);
        var isDone = entries.TryExecute(header, command, nowMs, output, out var outcome);
        var isEntry = header.Opcode == Opcode.Get && outcome.Status == StatusCode.Ok;
        if (!isDone || outcome.Status is not (StatusCode.Ok or StatusCode.NotFound))
        {
            output.Rewind(begin);
            return false;
        }

        if (!isEntry) output.Rewind(begin + RequestHeader.Size);
        var answer = output.WrittenFrom(begin);
        var reply = new ReplyHeader
        {
            ProtocolVersion = ProtocolLimits.Version,
            Flags = FrameFlags.Reply,
            Opcode = header.Opcode,
            RequestId = header.RequestId,
            Status = outcome.Status,
            QueueLength = (ushort)Math.Min(entries.Waiting, ushort.MaxValue),
            Version = outcome.Version,
            BodyLength = answer.Length - RequestHeader.Size,
        };
        if (isEntry)
        {
            EntryBody.WritePrefix(
                answer[PrefixAt..], outcome.EntryFlags, outcome.ExpiresAtMs, outcome.Kind, outcome.Mark);
        }

        if (reply.BodyLength <= _bodyBytesMax)
        {
            reply.WriteTo(answer);
            return true;
        }

        // The link copies it, before the output forgets it.
        link.Answer(reply, answer[PrefixAt..]);
        output.Rewind(begin);
        return true;
    }

    // The path was looked at already; a get has nothing else but a version.
    private static bool TryRead(Opcode opcode, ReadOnlySpan<byte> body, int pathBytes, out CacheCommand command)
    {
        if (opcode != Opcode.Get) return CacheCommand.TryRead(opcode, body, out command, out _) == StatusCode.Ok;
        var isWhole = body.Length == sizeof(ushort) + pathBytes + sizeof(ulong);
        command = new CacheCommand
        {
            Opcode = Opcode.Get,
            Path = body.Slice(sizeof(ushort), pathBytes),
            Version = isWhole ? BinaryPrimitives.ReadUInt64LittleEndian(body[^sizeof(ulong)..]) : 0,
        };
        return isWhole;
    }

    /// <summary>A whole frame in the input.</summary>
    private readonly record struct Frame(int Start, int Bytes, int PathBytes);
}

using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Sockets;

namespace Hedgerow.Server.FrontEnds.Native;

/// <summary>
/// Gets and sets of a batch of native frames, served from the input straight into the output: what almost every frame
/// is, without the request object, the dispatch and the second copy of the ones that may have to wait. It
/// stops at the first frame that is anything else, or that does not end well, with nothing done for it; that one and
/// the rest are the link's. On the session's loop.
/// </summary>
internal sealed class InlineEntries(IEntriesAtOnce entries, ProtocolLimits limits, ProtocolLimits peer)
{
    private const int PrefixAt = RequestHeader.Size;
    private const int ValueAt = PrefixAt + EntryBody.PrefixLength;

    private readonly int _bodyBytesMax = Math.Min(limits.ChunkBytesMax, peer.ChunkBytesMax);

    /// <summary>Serves whole frames from the front; returns how many bytes that were.</summary>
    public int Serve(ReadOnlySpan<byte> input, SessionOutput output)
    {
        var used = 0;
        var nowMs = entries.UtcNowMs;
        while (!output.IsFull && input.Length - used >= RequestHeader.Size)
        {
            var header = RequestHeader.Read(input[used..]);
            var rest = input[(used + RequestHeader.Size)..];
            var isPlain = header.Opcode is Opcode.Get or Opcode.Set && header.Flags == FrameFlags.None
                && header.ProtocolVersion == ProtocolLimits.Version && (uint)header.BodyLength <= (uint)rest.Length
                && header.BodyLength <= _bodyBytesMax;
            if (!isPlain || !TryAnswer(header, rest[..header.BodyLength], nowMs, output)) break;
            used += RequestHeader.Size + header.BodyLength;
        }

        return used;
    }

    private bool TryAnswer(in RequestHeader header, ReadOnlySpan<byte> body, long nowMs, SessionOutput output)
    {
        if (CacheCommand.TryRead(header.Opcode, body, out var command, out _) != StatusCode.Ok) return false;
        var begin = output.Position;
        output.GetSpan(ValueAt);
        output.Advance(ValueAt);
        var isDone = entries.TryExecute(header, command, nowMs, output, out var outcome);
        var isEntry = header.Opcode == Opcode.Get && outcome.Status == StatusCode.Ok;
        var isTold = outcome.Status is StatusCode.Ok or StatusCode.NotFound
            && output.Position - begin - RequestHeader.Size <= _bodyBytesMax;
        if (!isDone || !isTold)
        {
            output.Rewind(begin);
            return false;
        }

        if (!isEntry) output.Rewind(begin + RequestHeader.Size);
        var frame = output.WrittenFrom(begin);
        var reply = new ReplyHeader
        {
            ProtocolVersion = ProtocolLimits.Version,
            Flags = FrameFlags.Reply,
            Opcode = header.Opcode,
            RequestId = header.RequestId,
            Status = outcome.Status,
            QueueLength = (ushort)Math.Min(entries.Waiting, ushort.MaxValue),
            Version = outcome.Version,
            BodyLength = frame.Length - RequestHeader.Size,
        };
        reply.WriteTo(frame);
        if (isEntry)
        {
            EntryBody.WritePrefix(
                frame[PrefixAt..], outcome.EntryFlags, outcome.ExpiresAtMs, outcome.Kind, outcome.Mark);
        }

        return true;
    }
}

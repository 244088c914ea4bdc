using System.Buffers;
using System.Buffers.Binary;

namespace Hedgerow.Protocol;

/// <summary>What becomes of the frames behind the one looked at.</summary>
internal enum FrameVerdict
{
    /// <summary>Go on.</summary>
    Continue,

    /// <summary>Not now: the frame stays unread until there is room for what it asks.</summary>
    Blocked,

    /// <summary>The stream can't be trusted further.</summary>
    Close,
}

/// <summary>
/// What a connection does with frames. Implemented by structs, so that the loop is compiled for each.
/// </summary>
internal interface IFrameReceiver
{
    /// <summary>Judges a header before its body is waited for: the length is not to be believed before this.</summary>
    FrameVerdict Check(ReadOnlySpan<byte> header);

    /// <summary>Takes a whole frame. Both spans are valid during the call only.</summary>
    FrameVerdict Receive(ReadOnlySpan<byte> header, ReadOnlySpan<byte> body);
}

/// <summary>Cuts what a pipe has read into frames.</summary>
/// <remarks>
/// Frames that lie in one segment, nearly all, are handed over in place; the few that straddle two are copied into a
/// pooled buffer first. A frame that arrives in ten pieces costs ten looks at its header and one at its body.
/// </remarks>
internal static class FrameLoop
{
    /// <summary>Handles every whole frame. <paramref name="buffer"/> is left at the first byte not consumed.</summary>
    public static FrameVerdict Run<TReceiver>(ref ReadOnlySequence<byte> buffer, TReceiver receiver)
        where TReceiver : struct, IFrameReceiver
    {
        while (true)
        {
            var verdict = RunContiguous(ref buffer, receiver);
            if (verdict != FrameVerdict.Continue) return verdict;
            if (buffer.Length < RequestHeader.Size) return FrameVerdict.Continue;
            verdict = RunStraddling(ref buffer, receiver, out var consumed);
            if (verdict != FrameVerdict.Continue || !consumed) return verdict;
        }
    }

    /// <summary>Handles every whole frame that lies in one run of bytes.</summary>
    /// <param name="input">What came and was not consumed.</param>
    /// <param name="receiver">Gets the frames.</param>
    /// <param name="consumed">Bytes done with.</param>
    /// <param name="wanted">Bytes of the frame that is cut off, as far as known; 0 when none is.</param>
    public static FrameVerdict Run<TReceiver>(
        ReadOnlySpan<byte> input, TReceiver receiver, out int consumed, out int wanted)
        where TReceiver : struct, IFrameReceiver
    {
        var rest = input;
        var verdict = FrameVerdict.Continue;
        consumed = 0;
        wanted = 0;
        while (rest.Length >= RequestHeader.Size)
        {
            var header = rest[..RequestHeader.Size];
            verdict = receiver.Check(header);
            if (verdict != FrameVerdict.Continue) return verdict;
            var length = BinaryPrimitives.ReadInt32LittleEndian(header);
            wanted = RequestHeader.Size + length;
            if (rest.Length < wanted) return verdict;
            verdict = receiver.Receive(header, rest.Slice(RequestHeader.Size, length));
            consumed += wanted;
            rest = rest[wanted..];
            wanted = 0;
            if (verdict != FrameVerdict.Continue) return verdict;
        }

        if (rest.Length > 0) wanted = RequestHeader.Size;
        return verdict;
    }

    private static FrameVerdict RunContiguous<TReceiver>(ref ReadOnlySequence<byte> buffer, TReceiver receiver)
        where TReceiver : struct, IFrameReceiver
    {
        var verdict = Run(buffer.FirstSpan, receiver, out var consumed, out _);
        if (consumed > 0) buffer = buffer.Slice(consumed);
        return verdict;
    }

    private static FrameVerdict RunStraddling<TReceiver>(
        ref ReadOnlySequence<byte> buffer, TReceiver receiver, out bool consumed)
        where TReceiver : struct, IFrameReceiver
    {
        consumed = false;
        Span<byte> header = stackalloc byte[RequestHeader.Size];
        buffer.Slice(0, RequestHeader.Size).CopyTo(header);
        var verdict = receiver.Check(header);
        if (verdict != FrameVerdict.Continue) return verdict;
        var length = BinaryPrimitives.ReadInt32LittleEndian(header);
        if (buffer.Length - RequestHeader.Size < length) return FrameVerdict.Continue;
        consumed = true;
        var body = buffer.Slice(RequestHeader.Size, length);
        if (body.IsSingleSegment)
        {
            verdict = receiver.Receive(header, body.FirstSpan);
        }
        else
        {
            var scratch = ArrayPool<byte>.Shared.Rent(length);
            body.CopyTo(scratch);
            verdict = receiver.Receive(header, scratch.AsSpan(0, length));
            ArrayPool<byte>.Shared.Return(scratch);
        }

        buffer = buffer.Slice(RequestHeader.Size + length);
        return verdict;
    }
}

using System.Buffers;
using System.Buffers.Binary;

namespace Hedgerow.Protocol;

/// <summary>A message that is too large for one frame, on its way out chunk by chunk. Owns its pooled buffer.</summary>
internal sealed class OutboundMessage
{
    private readonly byte[] _header = new byte[RequestHeader.Size];
    private readonly byte[] _body;

    /// <summary>Takes over <paramref name="pooledBody"/>; copies the header.</summary>
    public OutboundMessage(ReadOnlySpan<byte> header, byte[] pooledBody, int length)
    {
        header.CopyTo(_header);
        _body = pooledBody;
        Length = length;
    }

    public int Length { get; }

    /// <summary>Bytes of the body handed out as chunks so far.</summary>
    public int Taken { get; private set; }

    public uint RequestId => BinaryPrimitives.ReadUInt32LittleEndian(_header.AsSpan(8));

    /// <summary>
    /// Whether it is one of those that take turns, and counts against the peer's bound for open messages.
    /// </summary>
    public bool IsOpen { get; set; }

    /// <summary>Its rest must not be sent; whoever holds the last chunk returns the buffer.</summary>
    public bool IsWithdrawn { get; set; }

    public bool IsWhollyTaken => Taken == Length;

    /// <summary>
    /// Takes the next chunk: at most <paramref name="frameBytesMax"/> bytes with the total length, if first.
    /// </summary>
    public Chunk TakeChunk(int frameBytesMax)
    {
        var room = Taken == 0 ? frameBytesMax - InboundMessages.TotalLengthBytes : frameBytesMax;
        var chunk = new Chunk(this, Taken, Math.Min(room, Length - Taken));
        Taken += chunk.Length;
        return chunk;
    }

    public void ReturnBuffer() => ArrayPool<byte>.Shared.Return(_body);

    private void Write(IBufferWriter<byte> output, int offset, int length)
    {
        var prefix = offset == 0 ? InboundMessages.TotalLengthBytes : 0;
        var flags = (FrameFlags)BinaryPrimitives.ReadUInt16LittleEndian(_header.AsSpan(6));
        if (offset > 0) flags |= FrameFlags.Continuation;
        if (offset + length < Length) flags |= FrameFlags.More;
        var frame = output.GetSpan(RequestHeader.Size + prefix);
        _header.CopyTo(frame);
        BinaryPrimitives.WriteInt32LittleEndian(frame, prefix + length);
        BinaryPrimitives.WriteUInt16LittleEndian(frame[6..], (ushort)flags);
        if (prefix > 0) BinaryPrimitives.WriteInt32LittleEndian(frame[RequestHeader.Size..], Length);
        output.Advance(RequestHeader.Size + prefix);
        output.Write(_body.AsSpan(offset, length));
    }

    /// <summary>A part of a message, taken and not written yet.</summary>
    internal readonly record struct Chunk(OutboundMessage? Message, int Offset, int Length)
    {
        public void WriteTo(IBufferWriter<byte> output) => Message?.Write(output, Offset, Length);
    }
}

using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>A growing buffer that parts of a file are put together in. One thread; reused by clearing.</summary>
internal sealed class ByteSink
{
    private const int FirstBytes = 256;

    private byte[] _bytes = new byte[FirstBytes];

    /// <summary>Bytes put so far.</summary>
    public int Length { get; private set; }

    /// <summary>What was put; valid until the next call that puts or clears.</summary>
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    /// <summary>Starts over, keeping the memory.</summary>
    public void Clear() => Length = 0;

    /// <summary>Starts over, with little memory if it had grown beyond so many bytes.</summary>
    public void Trim(int bytesKept)
    {
        Clear();
        if (_bytes.Length > bytesKept) _bytes = new byte[FirstBytes];
    }

    /// <summary>Room for so many more bytes; what of it was filled is then taken by <see cref="Advance"/>.</summary>
    public Span<byte> Reserve(int length)
    {
        if (_bytes.Length - Length < length) Grow(Length + (long)length);
        return _bytes.AsSpan(Length, length);
    }

    /// <summary>Takes bytes written into the reserved room.</summary>
    public void Advance(int length) => Length += length;

    private void Grow(long needed) =>
        Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, Math.Max(_bytes.Length * 2L, needed)));

    public void Put(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        Length += bytes.Length;
    }

    public void PutByte(byte value)
    {
        Reserve(1)[0] = value;
        Length++;
    }

    public void PutU32(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(Reserve(sizeof(uint)), value);
        Length += sizeof(uint);
    }

    public void PutU64(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(Reserve(sizeof(ulong)), value);
        Length += sizeof(ulong);
    }

    /// <summary>Seven bits a byte, lowest first, the high bit says that more follow: 1 to 5 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void PutVarint(uint value)
    {
        var room = Reserve(5);
        var i = 0;
        while (value >= 0x80)
        {
            room[i++] = (byte)(value | 0x80);
            value >>= 7;
        }

        room[i++] = (byte)value;
        Length += i;
    }
}

/// <summary>Reads what <see cref="ByteSink"/> put, through a pointer into checked bytes.</summary>
internal static unsafe class Varint
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Read(ref byte* at)
    {
        uint b = *at++;
        if (b < 0x80) return b;
        var value = b & 0x7F;
        for (var shift = 7; ; shift += 7)
        {
            b = *at++;
            value |= (b & 0x7F) << shift;
            if (b < 0x80) return value;
        }
    }
}

using System.Buffers.Binary;

namespace Hedgerow.Protocol;

/// <summary>The fixed 32 bytes before every request body. Little-endian.</summary>
/// <remarks>
/// <code>
///  0        4     5     6       8            12           16            24        28      30      32
///  +--------+-----+-----+-------+------------+------------+-------------+---------+-------+-------+
///  | length | ver | op  | flags | request id | deadline   | path hash   | epoch   | shard | sess. |
///  | u32    | u8  | u8  | u16   | u32        | µs left u32| u64         | u32     | u16   | u16   |
///  +--------+-----+-----+-------+------------+------------+-------------+---------+-------+-------+
/// </code>
/// Length counts the body only. A deadline of 0 means none. An epoch of 0 means "do not check".
/// A session of 0 means none.
/// </remarks>
public readonly record struct RequestHeader
{
    /// <summary>Bytes of a header on the wire, requests and replies alike.</summary>
    public const int Size = 32;

    /// <summary>What is asked for.</summary>
    public Opcode Opcode { get; init; }

    /// <summary>See <see cref="FrameFlags"/>.</summary>
    public FrameFlags Flags { get; init; }

    /// <summary>Protocol version the frame is written in.</summary>
    public byte ProtocolVersion { get; init; }

    /// <summary>Chosen by the sender, unique among its requests in flight on the connection.</summary>
    public uint RequestId { get; init; }

    /// <summary>Time left when the frame was written, in microseconds; 0 means no deadline.</summary>
    public uint DeadlineMicros { get; init; }

    /// <summary>XXH3-64 of the path's bytes, computed once by the router; 0 where the operation has no path.</summary>
    public ulong PathHash { get; init; }

    /// <summary>The topology epoch the router worked by; 0 asks for no check.</summary>
    public uint Epoch { get; init; }

    /// <summary>The shard the request is for.</summary>
    public ushort Shard { get; init; }

    /// <summary>
    /// A client's identity in short (<see cref="SessionOf"/>): a router then keeps its reads of a shard to one replica,
    /// as long as that may be asked. 0 means none. Only routers look at it.
    /// </summary>
    public ushort Session { get; init; }

    /// <summary>Bytes of the body of this frame.</summary>
    public int BodyLength { get; init; }

    /// <summary>The session of an identity: 16 bits of its hash, never 0; 0 for an empty one.</summary>
    public static ushort SessionOf(string identity)
    {
        ArgumentNullException.ThrowIfNull(identity);
        if (identity.Length == 0) return 0;
        var hash = Protocol.PathHash.OfPath(System.Text.Encoding.UTF8.GetBytes(identity));
        return (ushort)Math.Max(1, hash & ushort.MaxValue);
    }

    /// <summary>Writes the 32 bytes. <paramref name="destination"/> must hold at least <see cref="Size"/>.</summary>
    public void WriteTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(destination, (uint)BodyLength);
        destination[4] = ProtocolVersion;
        destination[5] = (byte)Opcode;
        BinaryPrimitives.WriteUInt16LittleEndian(destination[6..], (ushort)Flags);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[8..], RequestId);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[12..], DeadlineMicros);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[16..], PathHash);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[24..], Epoch);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[28..], Shard);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[30..], Session);
    }

    /// <summary>Reads the 32 bytes as they stand; the connection validates them.</summary>
    public static RequestHeader Read(ReadOnlySpan<byte> source) => new()
    {
        BodyLength = (int)BinaryPrimitives.ReadUInt32LittleEndian(source),
        ProtocolVersion = source[4],
        Opcode = (Opcode)source[5],
        Flags = (FrameFlags)BinaryPrimitives.ReadUInt16LittleEndian(source[6..]),
        RequestId = BinaryPrimitives.ReadUInt32LittleEndian(source[8..]),
        DeadlineMicros = BinaryPrimitives.ReadUInt32LittleEndian(source[12..]),
        PathHash = BinaryPrimitives.ReadUInt64LittleEndian(source[16..]),
        Epoch = BinaryPrimitives.ReadUInt32LittleEndian(source[24..]),
        Shard = BinaryPrimitives.ReadUInt16LittleEndian(source[28..]),
        Session = BinaryPrimitives.ReadUInt16LittleEndian(source[30..]),
    };
}

using System.Buffers.Binary;

namespace Hedgerow.Protocol;

/// <summary>The fixed 32 bytes before every reply body. Little-endian.</summary>
/// <remarks>
/// <code>
///  0        4     5     6       8            12       13     14        16          20            24        32
///  +--------+-----+-----+-------+------------+--------+------+---------+-----------+-------------+---------+
///  | length | ver | op  | flags | request id | status | zero | queue   | queue     | service     | version |
///  | u32    | u8  | u8  | u16   | u32        | u8     | u8   | len u16 | time µs   | time µs u32 | u64     |
///  +--------+-----+-----+-------+------------+--------+------+---------+-----------+-------------+---------+
/// </code>
/// Queue length and the two times are the server's own report, which replica selection reads. Version is the entry's.
/// </remarks>
public readonly record struct ReplyHeader
{
    /// <summary>The opcode of the request answered.</summary>
    public Opcode Opcode { get; init; }

    /// <summary>Always has <see cref="FrameFlags.Reply"/> on the wire.</summary>
    public FrameFlags Flags { get; init; }

    /// <summary>Protocol version the frame is written in.</summary>
    public byte ProtocolVersion { get; init; }

    /// <summary>The id of the request answered.</summary>
    public uint RequestId { get; init; }

    /// <summary>How the request ended.</summary>
    public StatusCode Status { get; init; }

    /// <summary>Requests that waited on the server when this one was answered; saturates at 65,535.</summary>
    public ushort QueueLength { get; init; }

    /// <summary>Time the request waited before work on it began, in microseconds; saturates.</summary>
    public uint QueueMicros { get; init; }

    /// <summary>Time the work took, in microseconds; saturates.</summary>
    public uint ServiceMicros { get; init; }

    /// <summary>The entry's version where the operation has one, else 0.</summary>
    public ulong Version { get; init; }

    /// <summary>Bytes of the body of this frame.</summary>
    public int BodyLength { get; init; }

    /// <summary>
    /// How long ago a router that kept this answer asked for it; zero for one that comes from a leaf. The entry may
    /// have changed since.
    /// </summary>
    public TimeSpan Age => (Flags & FrameFlags.Aged) != 0 ? TimeSpan.FromMicroseconds(QueueMicros) : TimeSpan.Zero;

    /// <summary>The flags that a reply has on the wire, beside those of its chunks.</summary>
    internal FrameFlags Stamp => FrameFlags.Reply | (Flags & (FrameFlags.Aged | FrameFlags.Tied));

    /// <summary>Writes the 32 bytes. <paramref name="destination"/> must hold at least 32.</summary>
    public void WriteTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(destination, (uint)BodyLength);
        destination[4] = ProtocolVersion;
        destination[5] = (byte)Opcode;
        BinaryPrimitives.WriteUInt16LittleEndian(destination[6..], (ushort)(Flags | FrameFlags.Reply));
        BinaryPrimitives.WriteUInt32LittleEndian(destination[8..], RequestId);
        destination[12] = (byte)Status;
        destination[13] = 0;
        BinaryPrimitives.WriteUInt16LittleEndian(destination[14..], QueueLength);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[16..], QueueMicros);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[20..], ServiceMicros);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[24..], Version);
    }

    /// <summary>Reads the 32 bytes as they stand; the connection validates them.</summary>
    public static ReplyHeader Read(ReadOnlySpan<byte> source) => new()
    {
        BodyLength = (int)BinaryPrimitives.ReadUInt32LittleEndian(source),
        ProtocolVersion = source[4],
        Opcode = (Opcode)source[5],
        Flags = (FrameFlags)BinaryPrimitives.ReadUInt16LittleEndian(source[6..]),
        RequestId = BinaryPrimitives.ReadUInt32LittleEndian(source[8..]),
        Status = (StatusCode)source[12],
        QueueLength = BinaryPrimitives.ReadUInt16LittleEndian(source[14..]),
        QueueMicros = BinaryPrimitives.ReadUInt32LittleEndian(source[16..]),
        ServiceMicros = BinaryPrimitives.ReadUInt32LittleEndian(source[20..]),
        Version = BinaryPrimitives.ReadUInt64LittleEndian(source[24..]),
    };
}

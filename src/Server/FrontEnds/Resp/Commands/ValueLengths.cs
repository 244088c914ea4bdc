using System.Buffers;
using System.Buffers.Binary;

namespace Hedgerow.Server.FrontEnds.Resp.Commands;

/// <summary>What operations that answer with a length or a number put into their output.</summary>
internal static class ValueLengths
{
    /// <summary>The length of a value, as <see cref="Hedgerow.Protocol.Opcode.Head"/> gives it.</summary>
    public static long Read(ReadOnlySpan<byte> output) =>
        output.Length >= sizeof(uint) ? BinaryPrimitives.ReadUInt32LittleEndian(output) : 0;

    /// <summary>Writes it.</summary>
    public static void Write(IBufferWriter<byte> output, int length)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(output.GetSpan(sizeof(uint)), (uint)length);
        output.Advance(sizeof(uint));
    }

    /// <summary>What an operation on fields, or one that joins, came to.</summary>
    public static long ReadNumber(ReadOnlySpan<byte> output) =>
        output.Length >= sizeof(long) ? BinaryPrimitives.ReadInt64LittleEndian(output) : 0;

    /// <summary>Writes what an operation on fields, or one that joins, came to.</summary>
    public static void WriteNumber(IBufferWriter<byte> output, long number)
    {
        BinaryPrimitives.WriteInt64LittleEndian(output.GetSpan(sizeof(long)), number);
        output.Advance(sizeof(long));
    }
}

using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Hedgerow.Protocol;

/// <summary>
/// Body of a <see cref="Opcode.FieldGet"/>'s reply, a row for each name in the order asked: present u8 and, if that is
/// 1, length u32 and the field's bytes. A view over bytes that were checked; nothing is copied.
/// </summary>
public ref struct FieldValues
{
    private ReadOnlySpan<byte> _rest;

    /// <summary>Whether the current name is a field of the map.</summary>
    public bool IsPresent { get; private set; }

    /// <summary>The current field's value; empty when it is not present.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>Bytes of the row of a value of this length; -1 stands for a field that is not there.</summary>
    public static long BytesOf(int valueLength) => valueLength < 0 ? 1 : 1 + sizeof(uint) + (long)valueLength;

    /// <summary>
    /// Bytes that the rows of one answer may have: as many as a message, or as the map has, where that is more. Only
    /// names that are given again and again ask for more than that.
    /// </summary>
    public static long BytesMaxOf(FieldMap map) => Math.Max(ProtocolLimits.Default.MessageBytesMax, map.Bytes);

    /// <summary>Writes a row to the front of a span that has <see cref="BytesOf"/> bytes; returns how many.</summary>
    public static int Write(Span<byte> destination, bool isPresent, ReadOnlySpan<byte> value)
    {
        destination[0] = isPresent ? (byte)1 : (byte)0;
        if (!isPresent) return 1;
        BinaryPrimitives.WriteUInt32LittleEndian(destination[1..], (uint)value.Length);
        value.CopyTo(destination[(1 + sizeof(uint))..]);
        return 1 + sizeof(uint) + value.Length;
    }

    /// <summary>Writes the row of a field that is there.</summary>
    public static void WritePresent(IBufferWriter<byte> output, ReadOnlySpan<byte> value)
    {
        var length = checked((int)BytesOf(value.Length));
        output.Advance(Write(output.GetSpan(length), isPresent: true, value));
    }

    /// <summary>Writes the row of a field that is not there.</summary>
    public static void WriteAbsent(IBufferWriter<byte> output)
    {
        output.GetSpan(1)[0] = 0;
        output.Advance(1);
    }

    /// <summary>Checks a whole body, so that reading its rows can't fail.</summary>
    public static bool TryRead(
        ReadOnlySpan<byte> body, out FieldValues values, [NotNullWhen(false)] out string? error)
    {
        values = default;
        for (var rest = body; !rest.IsEmpty;)
        {
            if (rest[0] > 1)
            {
                error = $"A field's presence is {rest[0]}; 0 and 1 are allowed.";
                return false;
            }

            var length = RowLength(rest);
            if (length > rest.Length)
            {
                error = $"The field values of {body.Length} bytes are cut off.";
                return false;
            }

            rest = rest[(int)length..];
        }

        values._rest = body;
        error = null;
        return true;
    }

    /// <summary>Moves to the next row; false behind the last.</summary>
    public bool MoveNext()
    {
        if (_rest.IsEmpty) return false;
        var length = (int)RowLength(_rest);
        IsPresent = _rest[0] == 1;
        Value = IsPresent ? _rest[(1 + sizeof(uint))..length] : default;
        _rest = _rest[length..];
        return true;
    }

    private static long RowLength(ReadOnlySpan<byte> rest) => rest[0] == 0 ? 1
        : rest.Length < 1 + sizeof(uint) ? long.MaxValue
        : 1 + sizeof(uint) + (long)BinaryPrimitives.ReadUInt32LittleEndian(rest[1..]);
}

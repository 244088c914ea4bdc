using System.Runtime.CompilerServices;

namespace Hedgerow.Leaf.Cache;

/// <summary>
/// A record's version in 4, 5, 6 or 8 bytes: its signed distance to that of the first record of its segment, or all of
/// it. Versions of a hybrid clock are milliseconds above 16 bits of count, so that 4 bytes reach 32 seconds to each
/// side, 5 bytes two hours, 6 bytes 24 days.
/// </summary>
internal static unsafe class RecordVersion
{
    public const int BytesMax = 8;
    public const int CodeMax = 3;
    private const int CodeShift = 5;

    public static RecordShape ShapeOf(int code) => (RecordShape)(code << CodeShift);

    public static int CodeOf(RecordShape shape) => ((int)shape >> CodeShift) & CodeMax;

    /// <summary>4, 5, 6 and 8 for the codes 0 to 3.</summary>
    public static int BytesOf(int code) => 4 + code + ((code & (code >> 1)) & 1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Bytes(RecordShape shape) => BytesOf(CodeOf(shape));

    /// <summary>The least code for a version beside this base.</summary>
    public static int CodeFor(ulong version, ulong versionBase)
    {
        var distance = unchecked((long)(version - versionBase));
        if (distance == (int)distance) return 0;
        if (distance >> 39 is 0 or -1) return 1;
        return distance >> 47 is 0 or -1 ? 2 : CodeMax;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Read(byte* at, RecordShape shape, ulong versionBase)
    {
        var code = CodeOf(shape);
        if (code == CodeMax) return Unsafe.ReadUnaligned<ulong>(at);
        long distance = code switch
        {
            0 => Unsafe.ReadUnaligned<int>(at),
            1 => Unsafe.ReadUnaligned<uint>(at) | ((long)(sbyte)at[4] << 32),
            _ => Unsafe.ReadUnaligned<uint>(at) | ((long)Unsafe.ReadUnaligned<short>(at + 4) << 32),
        };
        return unchecked(versionBase + (ulong)distance);
    }

    /// <summary>Writes <see cref="BytesOf"/> the code bytes, no more.</summary>
    public static void Write(byte* at, int code, ulong version, ulong versionBase)
    {
        var distance = unchecked(version - versionBase);
        switch (code)
        {
            case 0:
                Unsafe.WriteUnaligned(at, (uint)distance);
                break;
            case 1:
                Unsafe.WriteUnaligned(at, (uint)distance);
                at[4] = (byte)(distance >> 32);
                break;
            case 2:
                Unsafe.WriteUnaligned(at, (uint)distance);
                Unsafe.WriteUnaligned(at + 4, (ushort)(distance >> 32));
                break;
            default:
                Unsafe.WriteUnaligned(at, version);
                break;
        }
    }
}

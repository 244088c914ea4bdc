using System.Buffers.Binary;
using System.Text;

namespace Hedgerow.Server.FrontEnds.Resp;

/// <summary>
/// Rows by name in any case. A name's first and last eight bytes, with the bit set that tells lower from upper case,
/// say where to look; the row found is then compared. Open addressing, a quarter full.
/// </summary>
internal sealed class NameIndex
{
    private const int Slots = 1024;
    private const ulong CaseBits = 0x2020_2020_2020_2020;

    private readonly RespCommand?[] _slots = new RespCommand?[Slots];

    public NameIndex(IEnumerable<RespCommand> rows)
    {
        foreach (var row in rows)
        {
            var at = SlotOf(Encoding.ASCII.GetBytes(row.Name));
            while (_slots[at] != null) at = (at + 1) & (Slots - 1);
            _slots[at] = row;
        }
    }

    /// <summary>The row; null when there is none.</summary>
    public RespCommand? Find(ReadOnlySpan<byte> name)
    {
        for (var at = SlotOf(name); ; at = (at + 1) & (Slots - 1))
        {
            var row = _slots[at];
            if (row == null || Ascii.EqualsIgnoreCase(name, row.Name)) return row;
        }
    }

    private static int SlotOf(ReadOnlySpan<byte> name)
    {
        ulong key;
        if (name.Length >= 8)
        {
            key = BinaryPrimitives.ReadUInt64LittleEndian(name)
                ^ (ulong.RotateLeft(BinaryPrimitives.ReadUInt64LittleEndian(name[^8..]) | CaseBits, 23) & ~CaseBits);
        }
        else if (name.Length >= 4)
        {
            key = BinaryPrimitives.ReadUInt32LittleEndian(name)
                | ((ulong)BinaryPrimitives.ReadUInt32LittleEndian(name[^4..]) << 32);
        }
        else
        {
            key = 0;
            foreach (var c in name) key = (key << 8) | c;
        }

        return (int)(((key | CaseBits) * 0x9E37_79B9_7F4A_7C15) >> 54);
    }
}

using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Hedgerow.Protocol;

/// <summary>
/// The names, or names and values in turn, of an operation on fields: u32 length and bytes, repeated to the end. A
/// view over bytes that were checked; nothing is copied.
/// </summary>
public readonly ref struct FieldList
{
    /// <summary>Most items of one list: 131,072, so that 65,536 fields can be set at once.</summary>
    public const int ItemsMax = 131_072;

    private readonly ReadOnlySpan<byte> _bytes;

    private FieldList(ReadOnlySpan<byte> bytes, int count)
    {
        _bytes = bytes;
        Count = count;
    }

    /// <summary>Items in the list.</summary>
    public int Count { get; }

    /// <summary>Bytes that an item of this length takes.</summary>
    public static int BytesOf(int itemLength) => sizeof(uint) + itemLength;

    /// <summary>
    /// Writes one item to the front of <paramref name="destination"/>, which must have <see cref="BytesOf"/> bytes;
    /// returns what is behind it.
    /// </summary>
    public static Span<byte> Write(Span<byte> destination, ReadOnlySpan<byte> item)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(destination, (uint)item.Length);
        item.CopyTo(destination[sizeof(uint)..]);
        return destination[(sizeof(uint) + item.Length)..];
    }

    /// <summary>Writes one item.</summary>
    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> item)
    {
        Write(output.GetSpan(BytesOf(item.Length)), item);
        output.Advance(BytesOf(item.Length));
    }

    /// <summary>Checks a whole list, so that reading its items can't fail.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out FieldList list, [NotNullWhen(false)] out string? error)
    {
        list = default;
        var count = 0;
        for (var rest = bytes; !rest.IsEmpty; count++)
        {
            if (count == ItemsMax)
            {
                error = $"a list has at most {ItemsMax} items.";
                return false;
            }

            if (rest.Length < sizeof(uint)
                || BinaryPrimitives.ReadUInt32LittleEndian(rest) > (uint)(rest.Length - sizeof(uint)))
            {
                error = $"the list of {bytes.Length} bytes is cut off in item {count}.";
                return false;
            }

            rest = rest[(sizeof(uint) + (int)BinaryPrimitives.ReadUInt32LittleEndian(rest))..];
        }

        list = new FieldList(bytes, count);
        error = null;
        return true;
    }

    /// <summary>The items, in order.</summary>
    public Enumerator GetEnumerator() => new(_bytes);

    /// <summary>Walks a list that was checked.</summary>
    public ref struct Enumerator
    {
        private ReadOnlySpan<byte> _rest;

        internal Enumerator(ReadOnlySpan<byte> bytes)
        {
            _rest = bytes;
        }

        /// <summary>The current item; may be empty.</summary>
        public ReadOnlySpan<byte> Current { get; private set; }

        /// <summary>Moves to the next item; false behind the last.</summary>
        public bool MoveNext()
        {
            if (_rest.IsEmpty) return false;
            var length = (int)BinaryPrimitives.ReadUInt32LittleEndian(_rest);
            Current = _rest.Slice(sizeof(uint), length);
            _rest = _rest[(sizeof(uint) + length)..];
            return true;
        }
    }
}

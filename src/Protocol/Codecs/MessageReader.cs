using System.Buffers.Binary;

namespace Hedgerow.Protocol;

/// <summary>The messages of a checked body, one after the other.</summary>
public ref struct MessageReader
{
    private ReadOnlySpan<byte> _rest;

    internal MessageReader(ReadOnlySpan<byte> rows, int count)
    {
        _rest = rows;
        Rows = rows;
        Count = count;
    }

    /// <summary>All rows as they stand in the body.</summary>
    public ReadOnlySpan<byte> Rows { get; }

    /// <summary>How many there are.</summary>
    public int Count { get; }

    /// <summary>What the present one is published to.</summary>
    public MessageKind Kind { get; private set; }

    /// <summary>Its channel.</summary>
    public ReadOnlySpan<byte> Channel { get; private set; }

    /// <summary>What it says.</summary>
    public ReadOnlySpan<byte> Message { get; private set; }

    /// <summary>Goes to the next; false behind the last.</summary>
    public bool MoveNext()
    {
        if (_rest.IsEmpty) return false;
        var channel = (int)BinaryPrimitives.ReadUInt32LittleEndian(_rest[1..]);
        var message = (int)BinaryPrimitives.ReadUInt32LittleEndian(_rest[5..]);
        Kind = (MessageKind)_rest[0];
        Channel = _rest.Slice(MessageCodec.RowHeadBytes, channel);
        Message = _rest.Slice(MessageCodec.RowHeadBytes + channel, message);
        _rest = _rest[(MessageCodec.RowHeadBytes + channel + message)..];
        return true;
    }
}

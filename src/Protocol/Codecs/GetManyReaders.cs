using System.Buffers.Binary;

namespace Hedgerow.Protocol;

/// <summary>The paths of a get-many request, in order. A view over a body that was checked.</summary>
public ref struct GetManyRequestReader
{
    private ReadOnlySpan<byte> _rest;
    private int _left;

    internal GetManyRequestReader(int count, ReadOnlySpan<byte> rows)
    {
        Count = count;
        _left = count;
        _rest = rows;
    }

    /// <summary>Paths in the request.</summary>
    public int Count { get; }

    /// <summary>XXH3-64 of <see cref="Path"/>, as the sender computed it.</summary>
    public ulong PathHash { get; private set; }

    /// <summary>The current path: 1 to 8,192 bytes.</summary>
    public ReadOnlySpan<byte> Path { get; private set; }

    /// <summary>Moves to the next path; false behind the last.</summary>
    public bool MoveNext()
    {
        if (_left == 0) return false;
        _left--;
        PathHash = BinaryPrimitives.ReadUInt64LittleEndian(_rest);
        var length = BinaryPrimitives.ReadUInt16LittleEndian(_rest[8..]);
        Path = _rest.Slice(GetManyCodec.RequestRowBytes, length);
        _rest = _rest[(GetManyCodec.RequestRowBytes + length)..];
        return true;
    }
}

/// <summary>The rows of a get-many reply, in the order asked. A view over a body that was checked.</summary>
public ref struct GetManyReplyReader
{
    private ReadOnlySpan<byte> _rest;
    private int _left;

    internal GetManyReplyReader(int count, ReadOnlySpan<byte> rows)
    {
        Count = count;
        _left = count;
        _rest = rows;
    }

    /// <summary>Rows in the reply.</summary>
    public int Count { get; }

    /// <summary>How the current path's read ended.</summary>
    public StatusCode Status { get; private set; }

    /// <summary>The entry's version, or 0.</summary>
    public ulong Version { get; private set; }

    /// <summary>The current row's <see cref="Protocol.EntryBody"/> bytes if its status is Ok, else empty.</summary>
    public ReadOnlySpan<byte> EntryBytes { get; private set; }

    /// <summary>The current row's entry; false when its status is not Ok.</summary>
    public readonly bool TryReadEntry(out EntryBody entry)
    {
        if (Status == StatusCode.Ok) return EntryBody.TryRead(EntryBytes, out entry);
        entry = default;
        return false;
    }

    /// <summary>Moves to the next row; false behind the last.</summary>
    public bool MoveNext()
    {
        if (_left == 0) return false;
        _left--;
        Status = (StatusCode)_rest[0];
        Version = BinaryPrimitives.ReadUInt64LittleEndian(_rest[1..]);
        var length = (int)BinaryPrimitives.ReadUInt32LittleEndian(_rest[9..]);
        EntryBytes = _rest.Slice(GetManyCodec.ReplyRowBytes, length);
        _rest = _rest[(GetManyCodec.ReplyRowBytes + length)..];
        return true;
    }
}

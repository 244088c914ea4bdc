using System.Buffers.Binary;

namespace Hedgerow.Protocol;

/// <summary>
/// A transaction: first all checks, then all writes are read. A view over a body that was checked; a copy of it starts
/// where it was copied.
/// </summary>
public ref struct TransactReader
{
    private ReadOnlySpan<byte> _rest;
    private int _checksLeft;
    private int _writesLeft;

    internal TransactReader(ulong version, int checks, int writes, ReadOnlySpan<byte> rows)
    {
        Version = version;
        Checks = _checksLeft = checks;
        Writes = _writesLeft = writes;
        _rest = rows;
    }

    /// <summary>The version that the writes get; 0 lets whoever executes it stamp one.</summary>
    public ulong Version { get; }

    /// <summary>Checks in the transaction.</summary>
    public int Checks { get; }

    /// <summary>Writes in the transaction.</summary>
    public int Writes { get; }

    /// <summary>The current check's path.</summary>
    public ReadOnlySpan<byte> CheckPath { get; private set; }

    /// <summary>The version that must be stored; 0: no live entry.</summary>
    public ulong CheckVersion { get; private set; }

    /// <summary>The current write: a Set, a Delete or a Touch, without versions.</summary>
    public CacheCommand Write { get; private set; }

    /// <summary>Moves to the next check; false behind the last.</summary>
    public bool NextCheck()
    {
        if (_checksLeft == 0) return false;
        _checksLeft--;
        var length = BinaryPrimitives.ReadUInt16LittleEndian(_rest);
        CheckPath = _rest.Slice(sizeof(ushort), length);
        CheckVersion = BinaryPrimitives.ReadUInt64LittleEndian(_rest[(sizeof(ushort) + length)..]);
        _rest = _rest[(sizeof(ushort) + length + sizeof(ulong))..];
        return true;
    }

    /// <summary>Moves to the next write, past all checks; false behind the last.</summary>
    public bool NextWrite()
    {
        while (NextCheck())
        {
        }

        if (_writesLeft == 0) return false;
        _writesLeft--;
        var length = BinaryPrimitives.ReadInt32LittleEndian(_rest[1..]);
        _ = CacheCommand.TryRead(
            (Opcode)_rest[0], _rest.Slice(TransactCodec.WriteRowBytes, length), out var write, out _);
        Write = write;
        _rest = _rest[(TransactCodec.WriteRowBytes + length)..];
        return true;
    }
}

/// <summary>The outcome of a transaction's writes, in their order. A view over a body that was checked.</summary>
public ref struct TransactReplyReader
{
    private ReadOnlySpan<byte> _rest;

    internal TransactReplyReader(int count, int replicas, ReadOnlySpan<byte> rows)
    {
        Count = count;
        Replicas = replicas;
        _rest = rows;
    }

    /// <summary>Writes answered.</summary>
    public int Count { get; }

    /// <summary>Replicas that have them, as a router says; 0 from a leaf.</summary>
    public int Replicas { get; }

    /// <summary>Ok; NotFound of a delete or touch of nothing; VersionTooOld of a replicated write that came late.
    /// </summary>
    public StatusCode Status { get; private set; }

    /// <summary>Moves to the next row; false behind the last.</summary>
    public bool MoveNext()
    {
        if (_rest.IsEmpty) return false;
        Status = (StatusCode)_rest[0];
        _rest = _rest[1..];
        return true;
    }
}

using System.Buffers;
using System.Buffers.Binary;

namespace Hedgerow.Leaf.Durability.Snapshots;

/// <summary>A snapshot that can't be trusted; the message says where and why, and that the leaf starts cold.</summary>
internal sealed class SnapshotDamagedException(string path, string problem)
    : IOException($"The snapshot {path} is not used: {problem}.");

/// <summary>Reads a snapshot block by block and checks each before it is given out. Not thread-safe.</summary>
internal sealed class SnapshotReader : IDisposable
{
    private readonly string _path;
    private readonly IReadFile _file;
    private readonly uint _blockBytesMax;
    private ulong _blocks;
    private long _rows;
    private bool _ended;

    /// <param name="path">The file.</param>
    /// <param name="valueBytesMax">Of the leaf; a block of a larger value is refused before memory is taken.</param>
    /// <param name="files">How files are read.</param>
    /// <exception cref="SnapshotDamagedException">Its header is no good.</exception>
    /// <exception cref="IOException">It can't be read.</exception>
    public SnapshotReader(string path, int valueBytesMax, IFileStore files)
    {
        _path = path;
        _blockBytesMax = (uint)valueBytesMax + (SnapshotFormat.BlockBytesMax - (512u << 20)) + (2 << 20);
        _file = files.OpenRead(path);
        try
        {
            Span<byte> bytes = stackalloc byte[SnapshotFormat.FileHeaderBytes];
            var problem = SnapshotFormat.ReadFileHeader(bytes[..Fill(bytes)], out var header);
            if (problem is not null) throw new SnapshotDamagedException(path, problem);
            Header = header;
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    public SnapshotHeader Header { get; }

    /// <summary>Bytes in all.</summary>
    public long Length => _file.Length;

    /// <summary>Bytes read.</summary>
    public long Bytes { get; private set; }

    /// <summary>The next block's rows; default when the snapshot is over and was whole.</summary>
    /// <exception cref="SnapshotDamagedException">It is cut off or damaged from here on.</exception>
    public SnapshotBlock Next()
    {
        if (_ended) return default;
        Span<byte> header = stackalloc byte[SnapshotFormat.BlockHeaderBytes];
        if (Fill(header) < header.Length) throw Damaged("it is cut off");
        var length = BinaryPrimitives.ReadUInt32LittleEndian(header);
        var rows = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
        if (BinaryPrimitives.ReadUInt64LittleEndian(header[8..]) != _blocks) throw Damaged("its number is another");
        if (length > _blockBytesMax) throw Damaged($"its length is {length}; at most {_blockBytesMax} is allowed");
        var bytes = ArrayPool<byte>.Shared.Rent((int)length);
        try
        {
            var body = bytes.AsSpan(0, (int)length);
            if (Fill(body) < body.Length) throw Damaged("it is cut off");
            var checksum = BinaryPrimitives.ReadUInt64LittleEndian(header[16..]);
            if (SnapshotFormat.BlockChecksum(header, body) != checksum) throw Damaged("it fails its checksum");
            if (rows == SnapshotFormat.EndRows)
            {
                CheckEnd(body);
                ArrayPool<byte>.Shared.Return(bytes);
                return default;
            }
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(bytes);
            throw;
        }

        _blocks++;
        _rows += rows;
        return new SnapshotBlock(bytes, (int)length, (int)rows);
    }

    /// <summary>Rows in all, as the file's end says; 0 if that is not there. What was read before stays so.</summary>
    public long EntriesExpected()
    {
        Span<byte> end = stackalloc byte[SnapshotFormat.BlockHeaderBytes + SnapshotFormat.EndBytes];
        var at = _file.Length - end.Length;
        if (at < SnapshotFormat.FileHeaderBytes || _file.ReadAt(at, end) < end.Length) return 0;
        var body = end[SnapshotFormat.BlockHeaderBytes..];
        var isEnd = BinaryPrimitives.ReadUInt32LittleEndian(end[4..]) == SnapshotFormat.EndRows
            && BinaryPrimitives.ReadUInt64LittleEndian(end[16..]) == SnapshotFormat.BlockChecksum(end, body);
        return isEnd ? BinaryPrimitives.ReadInt64LittleEndian(body) : 0;
    }

    public void Dispose() => _file.Dispose();

    private void CheckEnd(ReadOnlySpan<byte> body)
    {
        var isWhole = body.Length == SnapshotFormat.EndBytes
            && BinaryPrimitives.ReadInt64LittleEndian(body) == _rows
            && BinaryPrimitives.ReadUInt64LittleEndian(body[8..]) == _blocks;
        if (!isWhole) throw Damaged("its counts are not those of the blocks before it");
        if (Fill(stackalloc byte[1]) != 0) throw Damaged("bytes follow the end");
        _ended = true;
    }

    private int Fill(Span<byte> destination)
    {
        var filled = 0;
        while (filled < destination.Length)
        {
            var read = _file.Read(destination[filled..]);
            if (read == 0) break;
            filled += read;
        }

        Bytes += filled;
        return filled;
    }

    private SnapshotDamagedException Damaged(string problem) =>
        new(_path, $"block {_blocks}, at {Bytes} bytes: {problem}");

    /// <summary>What to throw when a block was as it was written, and yet is not rows.</summary>
    public SnapshotDamagedException NotRows() => new(_path, "the rows of a block are not what it says they are");
}

/// <summary>Rows of one block. Whoever takes it returns it, once.</summary>
/// <param name="Buffer">Rented; null at the end of a snapshot.</param>
/// <param name="Length">Bytes of it that are rows.</param>
/// <param name="Rows">How many rows.</param>
internal readonly record struct SnapshotBlock(byte[]? Buffer, int Length, int Rows)
{
    public ReadOnlySpan<byte> Bytes => Buffer.AsSpan(0, Length);

    public void Return()
    {
        if (Buffer is not null) ArrayPool<byte>.Shared.Return(Buffer);
    }
}

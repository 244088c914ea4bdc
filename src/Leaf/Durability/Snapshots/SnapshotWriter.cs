using System.Buffers.Binary;
using System.IO.Hashing;

namespace Hedgerow.Leaf.Durability.Snapshots;

/// <summary>
/// Writes a snapshot beside the one there is and puts it in its place when it is whole and on the disk. Not
/// thread-safe. Disposing one that was not finished removes what it wrote.
/// </summary>
internal sealed class SnapshotWriter : IDisposable
{
    private readonly IFileStore _files;
    private readonly string _path;
    private readonly string _temporary;
    private readonly IAppendFile _file;
    private readonly byte[] _block = new byte[SnapshotFormat.BlockHeaderBytes + SnapshotFormat.BlockBytesTarget];
    private int _used = SnapshotFormat.BlockHeaderBytes;
    private uint _blockRows;
    private ulong _blocks;
    private bool _finished;

    /// <exception cref="IOException">The file can't be made.</exception>
    public SnapshotWriter(string path, SnapshotHeader header, IFileStore files)
    {
        _files = files;
        _path = path;
        _temporary = path + ".new";
        if (files.Exists(_temporary)) files.Delete(_temporary);
        _file = files.Create(_temporary);
        Span<byte> bytes = stackalloc byte[SnapshotFormat.FileHeaderBytes];
        SnapshotFormat.WriteFileHeader(bytes, header);
        _file.Append(bytes);
        Bytes = bytes.Length;
    }

    /// <summary>Rows added.</summary>
    public long Rows { get; private set; }

    /// <summary>Bytes written.</summary>
    public long Bytes { get; private set; }

    /// <summary>Adds whole rows.</summary>
    public void Add(ReadOnlySpan<byte> rows, int count)
    {
        if (count == 0) return;
        if (_used + rows.Length > _block.Length) FlushBlock();
        if (rows.Length > _block.Length - _used)
        {
            AddApart(rows, default, (uint)count);
            return;
        }

        rows.CopyTo(_block.AsSpan(_used));
        _used += rows.Length;
        _blockRows += (uint)count;
        Rows += count;
    }

    /// <summary>Adds one row in two pieces, as a block of its own: a large value is not copied.</summary>
    public void AddLarge(ReadOnlySpan<byte> head, ReadOnlySpan<byte> rest)
    {
        FlushBlock();
        AddApart(head, rest, 1);
    }

    /// <summary>Ends the file, forces it to the disk and puts it in the place of the one before.</summary>
    /// <exception cref="IOException">The one before is still there.</exception>
    public void Finish()
    {
        FlushBlock();
        Span<byte> end = stackalloc byte[SnapshotFormat.EndBytes];
        BinaryPrimitives.WriteInt64LittleEndian(end, Rows);
        BinaryPrimitives.WriteUInt64LittleEndian(end[8..], _blocks);
        WriteBlock(end, default, SnapshotFormat.EndRows);
        _file.Sync();
        _file.Dispose();
        _files.Move(_temporary, _path);
        _files.SyncDirectory(Path.GetDirectoryName(_path)!);
        _finished = true;
    }

    public void Dispose()
    {
        if (_finished) return;
        _file.Dispose();
        if (_files.Exists(_temporary)) _files.Delete(_temporary);
    }

    private void AddApart(ReadOnlySpan<byte> head, ReadOnlySpan<byte> rest, uint rows)
    {
        WriteBlock(head, rest, rows);
        _blocks++;
        Rows += rows;
    }

    private void FlushBlock()
    {
        if (_blockRows == 0) return;
        var header = _block.AsSpan(0, SnapshotFormat.BlockHeaderBytes);
        var rows = _block.AsSpan(SnapshotFormat.BlockHeaderBytes, _used - SnapshotFormat.BlockHeaderBytes);
        SnapshotFormat.WriteBlockHeader(header, (uint)rows.Length, _blockRows, _blocks);
        SnapshotFormat.WriteBlockChecksum(header, SnapshotFormat.BlockChecksum(header, rows));
        _file.Append(_block.AsSpan(0, _used));
        Bytes += _used;
        _blocks++;
        _used = SnapshotFormat.BlockHeaderBytes;
        _blockRows = 0;
    }

    private void WriteBlock(ReadOnlySpan<byte> head, ReadOnlySpan<byte> rest, uint rows)
    {
        Span<byte> header = stackalloc byte[SnapshotFormat.BlockHeaderBytes];
        var length = (uint)(head.Length + rest.Length);
        var checksum = new XxHash3((long)SnapshotFormat.WriteBlockHeader(header, length, rows, _blocks));
        checksum.Append(head);
        checksum.Append(rest);
        SnapshotFormat.WriteBlockChecksum(header, checksum.GetCurrentHashAsUInt64());
        _file.Append(header);
        _file.Append(head);
        if (!rest.IsEmpty) _file.Append(rest);
        Bytes += header.Length + length;
    }
}

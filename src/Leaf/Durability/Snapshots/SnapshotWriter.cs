using System.Buffers.Binary;

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

    /// <summary>Writes a block, and disposes of the part it was.</summary>
    public void Write(SnapshotPart part)
    {
        using (part)
        {
            WriteBlock(part.Bytes, part.Rest, (uint)part.Rows);
            _blocks++;
            Rows += part.Rows;
        }
    }

    /// <summary>Ends the file, forces it to the disk and puts it in the place of the one before.</summary>
    /// <exception cref="IOException">The one before is still there.</exception>
    public void Finish()
    {
        Span<byte> end = stackalloc byte[SnapshotFormat.BlockHeaderBytes + SnapshotFormat.EndBytes];
        BinaryPrimitives.WriteInt64LittleEndian(end[SnapshotFormat.BlockHeaderBytes..], Rows);
        BinaryPrimitives.WriteUInt64LittleEndian(end[(SnapshotFormat.BlockHeaderBytes + 8)..], _blocks);
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

    /// <param name="bytes">The header's place, then rows.</param>
    /// <param name="rest">What else belongs to the last of them.</param>
    /// <param name="rows">How many rows.</param>
    private void WriteBlock(Span<byte> bytes, ReadOnlySpan<byte> rest, uint rows)
    {
        var header = bytes[..SnapshotFormat.BlockHeaderBytes];
        var body = bytes[SnapshotFormat.BlockHeaderBytes..];
        SnapshotFormat.WriteBlockHeader(header, (uint)(body.Length + rest.Length), rows, _blocks);
        SnapshotFormat.WriteBlockChecksum(header, SnapshotFormat.BlockChecksum(header, body, rest));
        _file.Append(bytes);
        if (!rest.IsEmpty) _file.Append(rest);
        Bytes += bytes.Length + rest.Length;
    }
}

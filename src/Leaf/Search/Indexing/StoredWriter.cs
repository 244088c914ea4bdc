using System.Runtime.InteropServices;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>
/// Appends the JSON of documents in blocks of about 16 KiB, as <see cref="StoredDocuments"/> reads them.
/// </summary>
internal sealed class StoredWriter : IDisposable
{
    /// <summary>Bytes past which a block is closed: what one read has to decompress, about 15 µs.</summary>
    public const int BlockBytes = 16 * 1024;

    private const int Level = 3;

    private readonly Compressor? _compressor;
    private readonly ByteSink _block = new();
    private readonly ByteSink _head = new();
    private readonly List<int> _lengths = [];
    private readonly List<uint> _firstDocuments = [];
    private readonly List<ulong> _offsets = [];
    private byte[] _packed = [];
    private uint _documents;

    public StoredWriter(bool compress)
    {
        if (!compress) return;
        _compressor = new Compressor(Level);
        _compressor.SetParameter(ZSTD_cParameter.ZSTD_c_checksumFlag, 1);
    }

    /// <summary>Adds the next document's JSON.</summary>
    /// <param name="output">The file; offsets count from <paramref name="start"/> in it.</param>
    /// <param name="start">Where the section began.</param>
    /// <param name="json">The bytes.</param>
    public void Add(IndexOutput output, long start, ReadOnlySpan<byte> json)
    {
        if (_lengths.Count == 0)
        {
            _firstDocuments.Add(_documents);
            _offsets.Add((ulong)(output.Position - start));
        }

        _block.Put(json);
        _lengths.Add(json.Length);
        _documents++;
        if (_block.Length >= BlockBytes) EndBlock(output);
    }

    /// <summary>Closes the last block.</summary>
    public void End(IndexOutput output)
    {
        if (_lengths.Count > 0) EndBlock(output);
    }

    /// <summary>Appends the table of blocks: count, first documents, offsets.</summary>
    public void WriteTable(IndexOutput output)
    {
        output.WriteU32((uint)_offsets.Count);
        output.WriteU32(0);
        output.Write(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_offsets)));
        output.Write(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_firstDocuments)));
    }

    public void Dispose() => _compressor?.Dispose();

    private void EndBlock(IndexOutput output)
    {
        var payload = Payload(out var codec);
        _head.Clear();
        _head.PutByte(codec);
        _head.PutVarint((uint)payload.Length);
        foreach (var length in _lengths) _head.PutVarint((uint)length);
        output.Write(_head.Written);
        output.Write(payload);
        _block.Clear();
        _lengths.Clear();
    }

    /// <summary>The block compressed, unless that does not make it smaller.</summary>
    private ReadOnlySpan<byte> Payload(out byte codec)
    {
        codec = StoredDocuments.Plain;
        if (_compressor is null) return _block.Written;
        var bound = Compressor.GetCompressBound(_block.Length);
        if (_packed.Length < bound) _packed = new byte[bound];
        var packed = _compressor.Wrap(_block.Written, _packed);
        if (packed >= _block.Length) return _block.Written;
        codec = StoredDocuments.Zstd;
        return _packed.AsSpan(0, packed);
    }
}

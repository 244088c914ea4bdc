using System.Buffers;
using ZstdSharp;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>The JSON of a segment's documents. Immutable; many threads may read.</summary>
/// <remarks>
/// <code>
///  blocks:  codec u8 (0 plain, 1 Zstandard) | bytes of payload, bytes of each document's JSON (varints) | payload
///  table:   blocks u32 | zero u32 | where each begins u64... | first document of each u32...
/// </code>
/// </remarks>
internal sealed unsafe class StoredDocuments
{
    /// <summary>A block as it was.</summary>
    public const byte Plain = 0;

    /// <summary>A block as one Zstandard frame with its checksum.</summary>
    public const byte Zstd = 1;

    private readonly byte* _blocks;
    private readonly ulong* _offsets;
    private readonly uint* _firstDocuments;
    private readonly int _blockCount;
    private readonly int _documents;

    /// <summary>Reads from a segment's memory.</summary>
    public StoredDocuments(string name, byte* blocks, byte* table, int documents)
    {
        Name = name;
        _blocks = blocks;
        _blockCount = *(int*)table;
        _offsets = (ulong*)(table + sizeof(ulong));
        _firstDocuments = (uint*)(_offsets + _blockCount);
        _documents = documents;
    }

    /// <summary>Name of the file, for messages.</summary>
    public string Name { get; }

    /// <summary>Appends one document's JSON: one block is decompressed, if it is compressed.</summary>
    public void Read(int document, IBufferWriter<byte> json)
    {
        var reader = new StoredReader(this);
        json.Write(reader.Read(document));
        reader.Release();
    }

    /// <summary>Reads the lengths of a block's documents and its payload.</summary>
    /// <param name="block">Its number.</param>
    /// <param name="lengths">Is cleared and filled.</param>
    /// <param name="codec">How the payload is packed.</param>
    internal ReadOnlySpan<byte> Block(int block, List<int> lengths, out byte codec)
    {
        var at = _blocks + _offsets[block];
        codec = *at++;
        var packed = (int)Varint.Read(ref at);
        lengths.Clear();
        for (var left = FirstDocument(block + 1) - FirstDocument(block); left > 0; left--)
            lengths.Add((int)Varint.Read(ref at));
        return new ReadOnlySpan<byte>(at, packed);
    }

    internal int FirstDocument(int block) => block < _blockCount ? (int)_firstDocuments[block] : _documents;

    internal int BlockOf(int document)
    {
        int low = 0, high = _blockCount - 1;
        while (low < high)
        {
            var middle = (low + high + 1) >> 1;
            if (_firstDocuments[middle] <= (uint)document) low = middle;
            else high = middle - 1;
        }

        return low;
    }
}

/// <summary>
/// Reads documents of one segment and keeps the block it last unpacked: for reading many in order. One thread; the
/// segment is held meanwhile.
/// </summary>
internal sealed class StoredReader
{
    [ThreadStatic]
    private static Decompressor? t_decompressor;

    private readonly StoredDocuments _stored;
    [ThreadStatic]
    private static List<int>? t_lengths;

    private readonly List<int> _lengths;
    private byte[] _raw = [];
    private int _block = -1;
    private bool _packed;

    public StoredReader(StoredDocuments stored)
    {
        _stored = stored;
        _lengths = t_lengths ?? [];
        t_lengths = null;
    }

    /// <summary>A document's JSON; valid until the next call.</summary>
    /// <exception cref="IndexCorruptException">Its block is not what was written.</exception>
    public ReadOnlySpan<byte> Read(int document)
    {
        var block = _stored.BlockOf(document);
        if (block != _block) Unpack(block);
        var number = document - _stored.FirstDocument(block);
        var start = 0;
        for (var i = 0; i < number; i++) start += _lengths[i];
        var payload = _packed ? _raw : _stored.Block(block, _lengths, out _);
        return payload.Slice(start, _lengths[number]);
    }

    /// <summary>Gives its buffers back; it is done.</summary>
    public void Release()
    {
        ReleaseRaw();
        t_lengths = _lengths;
    }

    private void ReleaseRaw()
    {
        if (_raw.Length > 0) ArrayPool<byte>.Shared.Return(_raw);
        _raw = [];
        _block = -1;
    }

    private void Unpack(int block)
    {
        var payload = _stored.Block(block, _lengths, out var codec);
        _block = block;
        _packed = codec == StoredDocuments.Zstd;
        if (!_packed) return;
        var total = 0;
        foreach (var length in _lengths) total += length;
        if (_raw.Length < total)
        {
            ReleaseRaw();
            _block = block;
            _raw = ArrayPool<byte>.Shared.Rent(total);
        }

        Decompress(block, payload, total);
    }

    /// <summary>Never writes past the length that the block's head tells; the frame has its own checksum.</summary>
    private void Decompress(int block, ReadOnlySpan<byte> payload, int total)
    {
        var problem = "it unpacks to another length";
        try
        {
            if ((t_decompressor ??= new Decompressor()).Unwrap(payload, _raw.AsSpan(0, total)) == total)
                return;
        }
        catch (ZstdException damage)
        {
            problem = damage.Message;
        }

        ReleaseRaw();
        throw new IndexCorruptException(_stored.Name, $"block {block} of its documents is damaged: {problem}");
    }
}

using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>
/// Appends one index file between a header and a checksummed footer. Not finished, it leaves nothing behind that an
/// index would open. One thread.
/// </summary>
internal abstract class IndexOutput : IDisposable
{
    private const int BufferBytes = 64 * 1024;

    private readonly XxHash3 _hash = new();
    private readonly byte[] _buffer = new byte[BufferBytes];
    private int _buffered;

    protected IndexOutput(string name) => Name = name;

    /// <summary>Name of the file.</summary>
    public string Name { get; }

    /// <summary>Bytes written so far.</summary>
    public long Position { get; private set; }

    /// <summary>Breathes whenever the buffer is drained, and while it is finished; null where nobody waits.</summary>
    public MergePace? Pace { get; set; }

    /// <summary>To be called between pieces of work that put together what is written next.</summary>
    public void Breathe() => Pace?.Breathe();

    /// <summary>Appends bytes.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        Position += bytes.Length;
        while (!bytes.IsEmpty)
        {
            if (_buffered == BufferBytes) Drain();
            var part = Math.Min(bytes.Length, BufferBytes - _buffered);
            bytes[..part].CopyTo(_buffer.AsSpan(_buffered));
            _buffered += part;
            bytes = bytes[part..];
        }
    }

    /// <summary>Appends 32 bits, little-endian.</summary>
    public void WriteU32(uint value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        Write(bytes);
    }

    /// <summary>Appends 64 bits, little-endian.</summary>
    public void WriteU64(ulong value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        Write(bytes);
    }

    /// <summary>Appends zeros up to a multiple of eight, so that tables of 64-bit values are aligned.</summary>
    public void Align() => Align(sizeof(ulong));

    /// <summary>Appends zeros up to a multiple of a power of two, 64 at most.</summary>
    public void Align(int multiple)
    {
        Span<byte> zeros = stackalloc byte[64];
        zeros.Clear();
        Write(zeros[..(int)(-Position & (multiple - 1))]);
    }

    /// <summary>Drains the buffer, makes the file durable and lets it appear under its name.</summary>
    public void Finish()
    {
        Drain();
        Complete();
    }

    /// <summary>XXH3-64 of everything written so far.</summary>
    public ulong Checksum()
    {
        Drain();
        return _hash.GetCurrentHashAsUInt64();
    }

    /// <inheritdoc/>
    public abstract void Dispose();

    protected abstract void Append(ReadOnlySpan<byte> bytes);

    protected abstract void Complete();

    private void Drain()
    {
        var bytes = _buffer.AsSpan(0, _buffered);
        _hash.Append(bytes);
        Append(bytes);
        _buffered = 0;
        Breathe();
    }
}

/// <summary>Into a file, under its own name at once: nobody opens a segment that the manifest does not name.</summary>
/// <remarks>
/// What was written is on its way to the disk from every few buffers on: left to the end, all of it would be taken
/// there in one call, which keeps its processor to itself for milliseconds, and every fsync of the log meanwhile waits.
/// </remarks>
internal sealed partial class DiskIndexOutput : IndexOutput
{
    private const int BytesPerStart = 256 * 1024;
    private const uint StartWriting = 2;

    private readonly string _path;
    private readonly SafeFileHandle _file;
    private long _written;
    private long _started;
    private bool _complete;

    public DiskIndexOutput(string name, string path)
        : base(name)
    {
        _path = path;
        _file = File.OpenHandle(path, FileMode.Create, FileAccess.Write, FileShare.Read);
    }

    public override void Dispose()
    {
        _file.Dispose();
        if (!_complete) File.Delete(_path);
    }

    protected override void Append(ReadOnlySpan<byte> bytes)
    {
        RandomAccess.Write(_file, bytes, _written);
        _written += bytes.Length;
        if (_written - _started < BytesPerStart || !OperatingSystem.IsLinux()) return;
        // Only a hint: whether all of it arrived, the flush to the disk tells.
        _ = StartRange(_file, _started, _written - _started, StartWriting);
        _started = _written;
    }

    protected override void Complete()
    {
        RandomAccess.FlushToDisk(_file);
        _complete = true;
    }

    [LibraryImport("libc", EntryPoint = "sync_file_range")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int StartRange(SafeFileHandle file, long from, long length, uint flags);
}

/// <summary>Into a pinned array that doubles as it grows. At most 2 GiB.</summary>
internal sealed class MemoryIndexOutput : IndexOutput
{
    private const int FirstBytes = 16 * 1024;

    private readonly Action<byte[], int> _finished;
    private byte[] _bytes = GC.AllocateUninitializedArray<byte>(FirstBytes, pinned: true);
    private int _length;

    public MemoryIndexOutput(string name, Action<byte[], int> finished)
        : base(name) => _finished = finished;

    public override void Dispose()
    {
    }

    protected override void Append(ReadOnlySpan<byte> bytes)
    {
        var needed = (long)_length + bytes.Length;
        if (needed > Array.MaxLength)
            throw new IOException($"Index file '{Name}' would be {needed} bytes; in memory at most {Array.MaxLength}.");
        if (needed > _bytes.Length) Resize((int)Math.Min(Array.MaxLength, Math.Max(needed, _bytes.Length * 2L)));
        bytes.CopyTo(_bytes.AsSpan(_length));
        _length += bytes.Length;
    }

    protected override void Complete()
    {
        if (_bytes.Length - _length > _length / 4) Resize(_length);
        _finished(_bytes, _length);
    }

    private void Resize(int length)
    {
        var larger = GC.AllocateUninitializedArray<byte>(length, pinned: true);
        _bytes.AsSpan(0, _length).CopyTo(larger);
        _bytes = larger;
    }
}

/// <summary>
/// Into pages outside of the collected heap, which a region gives back when it is disposed of: images come and go with
/// every refresh, and as arrays would make the collector run through everything for each few of them. While it grows,
/// it lies in pooled chunks.
/// </summary>
internal sealed class PageIndexOutput(string name) : IndexOutput(name)
{
    private const int ChunkBytes = 1 << 20;

    private readonly List<byte[]> _chunks = [];
    private int _lastUsed = ChunkBytes;

    /// <summary>The bytes, once it is finished; the caller's.</summary>
    public IndexRegion? Region { get; private set; }

    public override void Dispose()
    {
        foreach (var chunk in _chunks) ArrayPool<byte>.Shared.Return(chunk);
        _chunks.Clear();
        _lastUsed = ChunkBytes;
    }

    protected override void Append(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_lastUsed == ChunkBytes)
            {
                _chunks.Add(ArrayPool<byte>.Shared.Rent(ChunkBytes));
                _lastUsed = 0;
            }

            var part = Math.Min(bytes.Length, ChunkBytes - _lastUsed);
            bytes[..part].CopyTo(_chunks[^1].AsSpan(_lastUsed));
            _lastUsed += part;
            bytes = bytes[part..];
        }
    }

    protected override void Complete() =>
        Region = IndexRegion.OfChunks(Name, _chunks, ChunkBytes, Position, Pace);
}

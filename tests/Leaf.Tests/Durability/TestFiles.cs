using System.Collections.Concurrent;
using Hedgerow.Leaf.Durability;

namespace Hedgerow.Leaf.Tests.Durability;

/// <summary>
/// Files in memory that remember what was synced. <see cref="CutPower"/> leaves what was, and a chosen part of what was
/// not. Writes fail once <see cref="BytesLeft"/> is used up, in the middle, as on a full disk.
/// </summary>
internal sealed class TestFiles : IFileStore
{
    private readonly ConcurrentDictionary<string, MemoryFile> _files = new();

    /// <summary>Bytes that may still be written; null is no limit.</summary>
    public long? BytesLeft { get; set; }

    /// <summary>Whether every sync fails.</summary>
    public bool FailSync { get; set; }

    /// <summary>Holds syncs up until it is set.</summary>
    public ManualResetEventSlim SyncGate { get; } = new(true);

    public int Syncs;

    public byte[] this[string path]
    {
        get => _files[path].Bytes;
        set => _files[path] = new MemoryFile(this, value);
    }

    public IReadOnlyList<string> Paths => [.. _files.Keys.Order(StringComparer.Ordinal)];

    /// <summary>A copy with, of each file, what was synced and a share of the rest.</summary>
    public TestFiles CutPower(Func<string, int, int, int> kept)
    {
        var after = new TestFiles();
        foreach (var (path, file) in _files)
            after[path] = file.Bytes[..kept(path, file.Synced, file.Bytes.Length)];
        return after;
    }

    public TestFiles Copy() => CutPower((_, _, length) => length);

    public void CreateDirectory(string path)
    {
    }

    public bool Exists(string path) => _files.ContainsKey(path);

    public IReadOnlyList<string> FileNames(string directory) =>
        [.. Paths.Where(p => Path.GetDirectoryName(p) == directory).Select(p => Path.GetFileName(p))];

    public byte[] Read(string path) => [.. _files[path].Bytes];

    public IReadFile OpenRead(string path) => new MemoryReader(Read(path));

    public void Move(string from, string to)
    {
        if (!_files.TryRemove(from, out var file)) throw new IOException($"{from} is not there");
        _files[to] = file;
    }

    public IAppendFile Create(string path)
    {
        var file = new MemoryFile(this, []) { Synced = 0 };
        if (!_files.TryAdd(path, file)) throw new IOException($"{path} exists");
        return file;
    }

    public IAppendFile Resume(string path, long length)
    {
        var file = _files[path];
        file.Cut((int)length);
        return file;
    }

    public void Replace(string path, ReadOnlySpan<byte> content)
    {
        var file = new MemoryFile(this, []);
        file.Append(content);
        file.Sync();
        _files[path] = file;
    }

    public void Delete(string path) => _files.TryRemove(path, out _);

    public void SyncDirectory(string path)
    {
    }

    private sealed class MemoryFile(TestFiles owner, byte[] bytes) : IAppendFile
    {
        private byte[] _bytes = bytes;

        public byte[] Bytes => Volatile.Read(ref _bytes);

        public int Synced { get; set; } = bytes.Length;

        public void Append(ReadOnlySpan<byte> added)
        {
            var fitting = (int)Math.Min(added.Length, owner.BytesLeft ?? long.MaxValue);
            Volatile.Write(ref _bytes, [.. _bytes, .. added[..fitting]]);
            if (owner.BytesLeft is not null) owner.BytesLeft -= fitting;
            if (fitting < added.Length) throw new IOException("No space left on device");
        }

        public void Sync()
        {
            owner.SyncGate.Wait();
            if (owner.FailSync) throw new IOException("Input/output error");
            Interlocked.Increment(ref owner.Syncs);
            Synced = _bytes.Length;
        }

        public void Cut(int length)
        {
            Volatile.Write(ref _bytes, _bytes[..length]);
            Synced = Math.Min(Synced, length);
        }

        public void Dispose()
        {
        }
    }

    private sealed class MemoryReader(byte[] bytes) : IReadFile
    {
        private int _at;

        public long Length => bytes.Length;

        public int Read(Span<byte> destination)
        {
            var read = Math.Min(destination.Length, bytes.Length - _at);
            bytes.AsSpan(_at, read).CopyTo(destination);
            _at += read;
            return read;
        }

        public int ReadAt(long offset, Span<byte> destination)
        {
            var read = Math.Min(destination.Length, bytes.Length - (int)offset);
            bytes.AsSpan((int)offset, read).CopyTo(destination);
            return read;
        }

        public void Dispose()
        {
        }
    }
}

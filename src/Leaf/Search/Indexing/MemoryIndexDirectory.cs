using System.Collections.Concurrent;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>Files of an index as pinned arrays; the garbage collector frees one when its last reader is gone.</summary>
internal sealed class MemoryIndexDirectory : IndexDirectory
{
    private readonly ConcurrentDictionary<string, (byte[] Bytes, int Length)> _files = new(StringComparer.Ordinal);

    public override bool IsDurable => false;

    public override IReadOnlyCollection<string> Names() => _files.Keys.ToArray();

    public override IndexOutput Create(string name) =>
        new MemoryIndexOutput(name, (bytes, length) => _files[name] = (bytes, length));

    public override void Rename(string from, string to)
    {
        if (!_files.TryRemove(from, out var file)) throw new FileNotFoundException($"No file '{from}'.", from);
        _files[to] = file;
    }

    public override IndexRegion Open(string name) => _files.TryGetValue(name, out var file)
        ? IndexRegion.OfPinned(name, file.Bytes, file.Length)
        : throw new FileNotFoundException($"No file '{name}'.", name);

    public override void Delete(string name) => _files.TryRemove(name, out _);

    public override void Dispose() => _files.Clear();
}

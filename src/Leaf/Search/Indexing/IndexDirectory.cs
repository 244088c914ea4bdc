namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>Where an index keeps its files: a directory on disk, or memory. Flat names. Thread-safe.</summary>
internal abstract class IndexDirectory : IDisposable
{
    /// <summary>Whether what was written survives the process.</summary>
    public abstract bool IsDurable { get; }

    /// <summary>Opens, and creates if need be, a directory on disk. One index at a time may use it.</summary>
    public static IndexDirectory OnDisk(string path) => throw new NotImplementedException();

    /// <summary>A directory that lives as long as this object; it outlives the indexes opened on it.</summary>
    public static IndexDirectory InMemory() => throw new NotImplementedException();

    /// <inheritdoc/>
    public abstract void Dispose();
}

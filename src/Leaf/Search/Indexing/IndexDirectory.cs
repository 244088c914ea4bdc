namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>Where an index keeps its files: a directory on disk, or memory. Flat names. Thread-safe.</summary>
internal abstract class IndexDirectory : IDisposable
{
    /// <summary>Whether what was written survives the process.</summary>
    public abstract bool IsDurable { get; }

    /// <summary>Opens, and creates if need be, a directory on disk. One index at a time may use it.</summary>
    public static IndexDirectory OnDisk(string path) => new DiskIndexDirectory(path);

    /// <summary>Deletes a directory on disk with all its files; nothing happens where there is none.</summary>
    /// <exception cref="IOException">Some of it is still there.</exception>
    public static void Remove(string path)
    {
        if (Directory.Exists(path)) Directory.Delete(path, recursive: true);
    }

    /// <summary>A directory that lives as long as this object; it outlives the indexes opened on it.</summary>
    public static IndexDirectory InMemory() => new MemoryIndexDirectory();

    /// <summary>The names of all files.</summary>
    public abstract IReadOnlyCollection<string> Names();

    /// <summary>Starts a file; it exists, durably, once its output is finished.</summary>
    public abstract IndexOutput Create(string name);

    /// <summary>Gives a finished file another name, over one that has it already, atomically and durably.</summary>
    public abstract void Rename(string from, string to);

    /// <summary>The bytes of a finished file, mapped where it is on disk; the caller disposes them.</summary>
    /// <exception cref="FileNotFoundException">There is none of that name.</exception>
    public abstract IndexRegion Open(string name);

    /// <summary>Removes a file if it is there; regions open on it stay good.</summary>
    public abstract void Delete(string name);

    /// <inheritdoc/>
    public abstract void Dispose();
}

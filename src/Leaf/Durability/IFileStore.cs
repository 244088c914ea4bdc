namespace Hedgerow.Leaf.Durability;

/// <summary>
/// The few file operations that durability stands on. One seam, so that tests can fill the disk, take away permission
/// and lose what was never synced. Errors are <see cref="IOException"/> and <see cref="UnauthorizedAccessException"/>.
/// </summary>
internal interface IFileStore
{
    /// <summary>Creates the directory and those above it; nothing happens if it is there.</summary>
    void CreateDirectory(string path);

    /// <summary>Whether a file of this path is there.</summary>
    bool Exists(string path);

    /// <summary>Names, without the directory, of the files in it, in ordinal order.</summary>
    IReadOnlyList<string> FileNames(string directory);

    /// <summary>The whole file. Log segments are bounded, so this is too.</summary>
    byte[] Read(string path);

    /// <summary>Opens a file to be read from its beginning.</summary>
    IReadFile OpenRead(string path);

    /// <summary>Makes a new file; it is an error if there is one.</summary>
    IAppendFile Create(string path);

    /// <summary>Cuts an existing file to <paramref name="length"/> bytes and goes on behind them.</summary>
    IAppendFile Resume(string path, long length);

    /// <summary>
    /// Puts a file of this content in the place of another, if any, all or nothing, and forces it to the disk.
    /// </summary>
    void Replace(string path, ReadOnlySpan<byte> content);

    /// <summary>Gives a file another name, in the place of one that has it. Not forced to the disk.</summary>
    void Move(string from, string to);

    /// <summary>Removes a file.</summary>
    void Delete(string path);

    /// <summary>Forces the names in a directory to the disk.</summary>
    void SyncDirectory(string path);
}

/// <summary>A file that only grows. Not thread-safe.</summary>
internal interface IAppendFile : IDisposable
{
    /// <summary>Writes behind the last byte. After an error some of the bytes may be there.</summary>
    void Append(ReadOnlySpan<byte> bytes);

    /// <summary>Forces what was appended to the disk. After an error nothing is known of what is there.</summary>
    void Sync();
}

/// <summary>A file read from front to back, but for a look elsewhere. Not thread-safe.</summary>
internal interface IReadFile : IDisposable
{
    /// <summary>Bytes of all of it.</summary>
    long Length { get; }

    /// <summary>Reads some of the next bytes; 0 when there are no more.</summary>
    int Read(Span<byte> destination);

    /// <summary>Reads some bytes from elsewhere; <see cref="Read"/> goes on where it was.</summary>
    int ReadAt(long offset, Span<byte> destination);
}

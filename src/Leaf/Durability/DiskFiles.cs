using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Hedgerow.Leaf.Durability;

/// <summary>The operating system's files.</summary>
internal sealed partial class DiskFiles : IFileStore
{
    private const int OpenReadOnly = 0;

    private DiskFiles()
    {
    }

    /// <summary>The only one: it has no state.</summary>
    public static DiskFiles Instance { get; } = new();

    public void CreateDirectory(string path) => Directory.CreateDirectory(path);

    public bool Exists(string path) => File.Exists(path);

    public IReadOnlyList<string> FileNames(string directory)
    {
        var names = Directory.GetFiles(directory).Select(path => Path.GetFileName(path)).ToArray();
        Array.Sort(names, StringComparer.Ordinal);
        return names;
    }

    public byte[] Read(string path) => File.ReadAllBytes(path);

    public IReadFile OpenRead(string path) =>
        new SequentialFile(File.OpenHandle(path, options: FileOptions.SequentialScan));

    public IAppendFile Create(string path) => new DiskFile(Open(path, FileMode.CreateNew), 0);

    public IAppendFile Resume(string path, long length)
    {
        var handle = Open(path, FileMode.Open);
        if (RandomAccess.GetLength(handle) != length) RandomAccess.SetLength(handle, length);
        return new DiskFile(handle, length);
    }

    public void Replace(string path, ReadOnlySpan<byte> content)
    {
        var temporary = path + ".new";
        using (var handle = Open(temporary, FileMode.Create))
        {
            RandomAccess.Write(handle, content, 0);
            RandomAccess.FlushToDisk(handle);
        }

        File.Move(temporary, path, overwrite: true);
        SyncDirectory(Path.GetDirectoryName(path)!);
    }

    public void Move(string from, string to) => File.Move(from, to, overwrite: true);

    public void Delete(string path) => File.Delete(path);

    /// <summary>
    /// The runtime opens no directories, so this asks the C library. On Windows names are journalled and nothing is
    /// needed.
    /// </summary>
    public void SyncDirectory(string path)
    {
        if (OperatingSystem.IsWindows()) return;
        var descriptor = OpenDescriptor(path, OpenReadOnly);
        if (descriptor < 0) throw LastError($"cannot open the directory {path}");
        try
        {
            if (SyncDescriptor(descriptor) < 0) throw LastError($"cannot sync the directory {path}");
        }
        finally
        {
            _ = CloseDescriptor(descriptor);
        }
    }

    private static SafeFileHandle Open(string path, FileMode mode) =>
        File.OpenHandle(path, mode, FileAccess.ReadWrite, FileShare.Read);

    private static IOException LastError(string what)
    {
        var error = new Win32Exception(Marshal.GetLastPInvokeError());
        return new IOException($"{what}: {error.Message}", error);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int OpenDescriptor(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SyncDescriptor(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int CloseDescriptor(int descriptor);

    private sealed class SequentialFile(SafeFileHandle handle) : IReadFile
    {
        private long _at;

        public long Length => RandomAccess.GetLength(handle);

        public int Read(Span<byte> destination)
        {
            var read = RandomAccess.Read(handle, destination, _at);
            _at += read;
            return read;
        }

        public int ReadAt(long offset, Span<byte> destination) => RandomAccess.Read(handle, destination, offset);

        public void Dispose() => handle.Dispose();
    }

    private sealed class DiskFile(SafeFileHandle handle, long length) : IAppendFile
    {
        private long _length = length;

        public void Append(ReadOnlySpan<byte> bytes)
        {
            RandomAccess.Write(handle, bytes, _length);
            _length += bytes.Length;
        }

        public void Sync() => RandomAccess.FlushToDisk(handle);

        public void Dispose() => handle.Dispose();
    }
}

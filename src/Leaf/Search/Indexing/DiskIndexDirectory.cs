using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>Files of an index in one directory of the file system, read through memory maps.</summary>
internal sealed partial class DiskIndexDirectory : IndexDirectory
{
    private const int OpenReadOnly = 0;

    private readonly string _path;

    public DiskIndexDirectory(string path)
    {
        _path = Path.GetFullPath(path);
        Directory.CreateDirectory(_path);
    }

    public override bool IsDurable => true;

    public override IReadOnlyCollection<string> Names() =>
        Directory.EnumerateFiles(_path).Select(file => Path.GetFileName(file)).ToArray();

    public override IndexOutput Create(string name) => new DiskIndexOutput(name, Path.Combine(_path, name));

    public override void Rename(string from, string to)
    {
        File.Move(Path.Combine(_path, from), Path.Combine(_path, to), overwrite: true);
        SyncDirectory();
    }

    public override IndexRegion Open(string name) => IndexRegion.Map(name, Path.Combine(_path, name));

    public override void Delete(string name) => File.Delete(Path.Combine(_path, name));

    public override void Dispose()
    {
    }

    /// <summary>
    /// A new name is durable only when the directory itself is; Windows has no such call and needs none.
    /// </summary>
    private void SyncDirectory()
    {
        if (OperatingSystem.IsWindows()) return;
        var handle = OpenDirectory(_path, OpenReadOnly);
        if (handle < 0) throw Failed("open");
        var result = Fsync(handle);
        var failure = result == 0 ? null : Failed("fsync");
        _ = Close(handle);
        if (failure is not null) throw failure;
    }

    private IOException Failed(string call)
    {
        var reason = new Win32Exception(Marshal.GetLastPInvokeError()).Message;
        return new IOException($"{call} of index directory '{_path}' failed: {reason}");
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenDirectory(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int handle);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int handle);
}

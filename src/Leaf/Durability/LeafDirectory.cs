using System.Text;

namespace Hedgerow.Leaf.Durability;

/// <summary>
/// A leaf's directory: whose it is, of which format, and where things lie in it. One process at a time.
/// </summary>
/// <remarks>
/// <code>
/// VERSION                    "hedgerow data 1"
/// LOCK                       locked for as long as a process works here; names it
/// COLLECTIONS                the declared schemas
/// shard-3/wal-….log          the shard's write-ahead log
/// shard-3/entries.snapshot   its cache entries, from the last drain or on demand
/// shard-3/wiki/              the index of one collection; a slash in its name is a plus here
/// shard-3/wiki~repair        while it is there, that index is not whole
/// shard-3/wiki~expires       documents of it that were entries with a time to live, and when it is over
/// </code>
/// </remarks>
internal sealed class LeafDirectory : IDisposable
{
    /// <summary>The only format so far.</summary>
    public const int Version = 1;

    /// <summary>How systems say that another process holds a lock: Linux, macOS, Windows (sharing, lock).</summary>
    private static readonly int[] SharingErrors = [11, 35, unchecked((int)0x8007_0020), unchecked((int)0x8007_0021)];

    private const string VersionPrefix = "hedgerow data ";
    private readonly FileStream _lock;

    private LeafDirectory(string root, FileStream held)
    {
        Root = root;
        _lock = held;
    }

    public string Root { get; }

    /// <summary>Shards that have a directory here, held by the leaf now or not.</summary>
    public int ShardCount => Directory.GetDirectories(Root, "shard-*").Length;

    public string CatalogueFile => Path.Combine(Root, "COLLECTIONS");

    public string Shard(ushort id) => Path.Combine(Root, $"shard-{id}");

    public string Collection(ushort shard, string name) => Path.Combine(Shard(shard), name.Replace('/', '+'));

    /// <summary>Says by being there that an index is not whole. No index has such a name.</summary>
    public string RepairMark(ushort shard, string name) =>
        $"{Collection(shard, name)}{CollectionPlace.GenerationMark}repair";

    /// <summary>Says which documents of a collection are to be deleted when. No index has such a name.</summary>
    public string Expiries(ushort shard, string collection) =>
        $"{Collection(shard, collection)}{CollectionPlace.GenerationMark}expires";

    /// <summary>Makes the directory if need be, locks it and checks its format.</summary>
    /// <exception cref="IOException">It is no directory, not writable, in use, not ours, or of another
    /// format.</exception>
    public static LeafDirectory Open(string path, IFileStore files)
    {
        var root = Path.GetFullPath(path);
        if (File.Exists(root))
            throw new IOException($"The data directory {root} is a file; name a directory, or one to be made.");
        try
        {
            files.CreateDirectory(root);
            var held = Lock(root);
            try
            {
                CheckVersion(root, files);
                return new LeafDirectory(root, held);
            }
            catch
            {
                held.Dispose();
                throw;
            }
        }
        catch (UnauthorizedAccessException denied)
        {
            throw new IOException(Denied(root, denied), denied);
        }
    }

    /// <summary>The text of the error for a directory that the user may not use.</summary>
    public static string Denied(string root, UnauthorizedAccessException denied) =>
        $"The data directory {root} cannot be written by the user {Environment.UserName}: {denied.Message} " +
        "Give that user read, write and search permission on it.";

    public void Dispose() => _lock.Dispose();

    private static FileStream Lock(string root)
    {
        var path = Path.Combine(root, "LOCK");
        FileStream held;
        try
        {
            held = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException taken) when (SharingErrors.Contains(taken.HResult))
        {
            throw new IOException(
                $"The data directory {root} is in use by another process ({path} is locked: {taken.Message}). " +
                "Stop that one, or name another directory.", taken);
        }

        held.SetLength(0);
        held.Write(Encoding.ASCII.GetBytes($"{Environment.ProcessId}\n"));
        held.Flush();
        return held;
    }

    private static void CheckVersion(string root, IFileStore files)
    {
        var path = Path.Combine(root, "VERSION");
        if (!files.Exists(path))
        {
            var stranger = Directory.EnumerateFileSystemEntries(root)
                .Select(entry => Path.GetFileName(entry))
                .FirstOrDefault(name => name is not ("LOCK" or "VERSION.new" or "lost+found"));
            if (stranger is not null)
            {
                throw new IOException(
                    $"The directory {root} has files ({stranger}) and no VERSION: it is not a Hedgerow data " +
                    "directory. Name that one, or an empty directory.");
            }

            files.Replace(path, Encoding.ASCII.GetBytes($"{VersionPrefix}{Version}\n"));
            return;
        }

        var text = Encoding.UTF8.GetString(files.Read(path)).Trim();
        if (text == $"{VersionPrefix}{Version}") return;
        throw new IOException(
            $"The data directory {root} says it is '{text}'; this build reads and writes '{VersionPrefix}{Version}'. " +
            "Use the build that wrote it, or export from there and import here.");
    }
}

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>Stored bytes are not what was written. The owner answers Corrupt and has the shard repaired.</summary>
internal sealed class IndexCorruptException : IOException
{
    /// <summary>Makes one that names the file and what is wrong in it.</summary>
    public IndexCorruptException(string file, string problem)
        : base($"Index file '{file}' is corrupt: {problem}. Restore it, or remove the shard's copy and repair it " +
            "from a replica.")
    {
        File = file;
    }

    /// <summary>The file's name.</summary>
    public string File { get; }
}

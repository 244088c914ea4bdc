using System.Runtime.InteropServices;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>
/// The deleted documents of one segment at one flush. Body: segment id i64, documents of the segment u32, zero u32, bit
/// set of the deleted ones in 64-bit words.
/// </summary>
internal static unsafe class DeletesFile
{
    private const int HeadBytes = 16;

    /// <summary>Writes one; durable when this returns.</summary>
    public static void Write(IndexDirectory directory, Segment segment, long generation, ulong[] dead)
    {
        using var output = directory.Create(Manifest.DeletesName(segment.Id, generation));
        FileFrame.Begin(output, FileKind.Deletes);
        output.WriteU64((ulong)segment.Id);
        output.WriteU32((uint)segment.DocumentCount);
        output.WriteU32(0);
        output.Write(MemoryMarshal.AsBytes(dead.AsSpan()));
        FileFrame.End(output);
    }

    /// <summary>Reads the numbers of the deleted documents.</summary>
    /// <exception cref="IndexCorruptException">It is not what was written, or not of this segment.</exception>
    public static List<int> Read(IndexRegion region, Segment segment)
    {
        FileFrame.Verify(region, FileKind.Deletes);
        var words = BitWords.For(segment.DocumentCount);
        var body = region.Start + FileFrame.HeaderBytes;
        var length = FileFrame.HeaderBytes + HeadBytes + (words * (long)sizeof(ulong)) + FileFrame.FooterBytes;
        if (region.Length != length || *(long*)body != segment.Id || *(int*)(body + 8) != segment.DocumentCount)
            throw new IndexCorruptException(region.Name, $"it is not of '{segment.Name}'");
        var dead = new ReadOnlySpan<ulong>(body + HeadBytes, words);
        var documents = new List<int>();
        for (var d = BitWords.Next(dead, 0); d < segment.DocumentCount; d = BitWords.Next(dead, d + 1))
            documents.Add(d);
        return documents;
    }
}

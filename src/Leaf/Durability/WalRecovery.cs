using System.Buffers.Binary;
using Microsoft.Extensions.Logging;

namespace Hedgerow.Leaf.Durability;

/// <summary>Takes the records of a log in the order they were written.</summary>
internal interface IWalReplay
{
    /// <summary>One whole record.</summary>
    /// <param name="entry">Its content, valid during the call.</param>
    /// <param name="end">The position behind it.</param>
    void OnRecord(in WalEntry entry, long end);
}

/// <summary>One file of a log.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="First">The position its first record has.</param>
/// <param name="End">The position behind its last whole record.</param>
internal readonly record struct WalSegment(string Path, long First, long End);

/// <summary>Reads a log's segments, tells a torn tail from rot, and leaves whole segments behind.</summary>
/// <remarks>
/// A bad record is a torn tail, and cut off, when nothing shows that it had been synced: no later record says so
/// (see <see cref="WalFormat"/>), and no later segment exists, since a segment begins only after the one before it was
/// synced. Otherwise acknowledged documents are damaged, and the log refuses to open.
/// </remarks>
internal sealed partial class WalRecovery(IFileStore files, ushort shard, ILogger log)
{
    /// <summary>Replays everything and returns the segments, of which the last may be appended to.</summary>
    /// <exception cref="CorruptLogException">Bytes that had been synced are missing or fail their checksum.</exception>
    /// <exception cref="IOException">A file cannot be read or cut, or is of another format.</exception>
    public List<WalSegment> Run(string directory, IWalReplay replay)
    {
        var found = new List<WalSegment>();
        foreach (var name in files.FileNames(directory))
        {
            if (WalFormat.TryParseName(name, out var first))
                found.Add(new WalSegment(Path.Combine(directory, name), first, first));
        }

        var whole = new List<WalSegment>(found.Count);
        for (var i = 0; i < found.Count; i++)
        {
            var isLast = i == found.Count - 1;
            if (i > 0 && whole[^1].End != found[i].First) throw Gap(whole[^1], found[i]);
            if (ReadSegment(found[i], isLast, replay, out var segment)) whole.Add(segment);
        }

        return whole;
    }

    private bool ReadSegment(WalSegment segment, bool isLast, IWalReplay replay, out WalSegment read)
    {
        read = segment;
        var bytes = files.Read(segment.Path);
        if (!CheckHeader(segment, bytes, isLast)) return false;
        var offset = WalFormat.SegmentHeaderBytes;
        while (offset < bytes.Length)
        {
            var position = segment.First + offset - WalFormat.SegmentHeaderBytes;
            if (!WalFormat.TryReadRecord(bytes.AsSpan(offset), position, out var entry, out var length, out _)) break;
            offset += length;
            replay.OnRecord(entry, position + length);
        }

        read = segment with { End = segment.First + offset - WalFormat.SegmentHeaderBytes };
        if (offset == bytes.Length) return true;
        if (!isLast || IsProvenSynced(bytes, offset, segment.First)) throw Rotten(segment, offset);
        using (var file = files.Resume(segment.Path, offset)) file.Sync();
        LogTornTail(log, segment.Path, offset, bytes.Length - offset);
        return true;
    }

    /// <summary>
    /// False when the file is the torn beginning of a segment that never held a record; it is removed then.
    /// </summary>
    private bool CheckHeader(WalSegment segment, byte[] bytes, bool isLast)
    {
        if (!WalFormat.TryReadSegmentHeader(bytes, out var version, out var ofShard, out var first, out var error))
        {
            if (!isLast || bytes.Length > WalFormat.SegmentHeaderBytes)
                throw new CorruptLogException($"{segment.Path} is damaged: {error}. Restore the file or the replica.");
            files.Delete(segment.Path);
            LogTornSegment(log, segment.Path, bytes.Length);
            return false;
        }

        if (version != WalFormat.Version)
        {
            throw new IOException(
                $"{segment.Path} is of log format {version}; this build reads format {WalFormat.Version}.");
        }

        if (ofShard != shard)
            throw new IOException($"{segment.Path} is of shard {ofShard}; it lies in the directory of shard {shard}.");
        if (first != segment.First)
            throw new IOException($"{segment.Path} begins at position {first}, which is not what its name says.");
        return true;
    }

    private static bool IsProvenSynced(ReadOnlySpan<byte> bytes, int bad, long first)
    {
        var badPosition = first + bad - WalFormat.SegmentHeaderBytes;
        for (var offset = bad + 1; offset + WalFormat.RecordHeaderBytes <= bytes.Length; offset++)
        {
            // The position is the cheap test: 64 bits that only a record's own place can hold.
            var position = first + offset - WalFormat.SegmentHeaderBytes;
            if (BinaryPrimitives.ReadInt64LittleEndian(bytes[(offset + 16)..]) != position) continue;
            if (WalFormat.TryReadRecord(bytes[offset..], position, out _, out _, out var synced)
                && synced > badPosition) return true;
        }

        return false;
    }

    private static CorruptLogException Gap(WalSegment before, WalSegment after) => new(
        $"The log has a gap: {before.Path} ends at position {before.End}, the next file begins at {after.First}. " +
        "A file is missing; restore it or the replica.");

    private static CorruptLogException Rotten(WalSegment segment, int offset) => new(
        $"{segment.Path} is damaged at offset {offset}: a record fails its checksum, and what follows shows that it " +
        "had been written whole. Documents acknowledged are in it; restore the file, or empty this replica's " +
        "directory and let its peers repair it.");

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "The log {Path} ended in a torn record at offset {Offset}: dropped {Bytes} bytes, none of them acknowledged")]
    private static partial void LogTornTail(ILogger logger, string path, int offset, int bytes);

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "The log {Path} had been begun and held no record: dropped its {Bytes} bytes")]
    private static partial void LogTornSegment(ILogger logger, string path, int bytes);
}

/// <summary>Bytes that had been on the disk are missing or changed: what opening must not paper over.</summary>
internal sealed class CorruptLogException(string message) : IOException(message);

using System.Buffers.Binary;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Hedgerow.Protocol;

/// <summary>What one leaf holds of a point in time.</summary>
/// <param name="Shard">Of which shard.</param>
/// <param name="Leaf">The leaf's name.</param>
/// <param name="Snapshot">Its number there.</param>
public readonly record struct HeldShard(ushort Shard, string Leaf, ulong Snapshot);

/// <summary>
/// What the id of a point in time says: which leaf holds which snapshot of each shard. So any router can follow it, and
/// none keeps anything. As text it is base64url of a version, the leaves' names, the rows, and a checksum.
/// </summary>
public static class PointInTimeId
{
    /// <summary>Characters of the longest id: of some 4,000 shards.</summary>
    public const int CharsMax = 64 * 1024;

    private const byte Version = 1;
    private const int RowBytes = 2 + 2 + 8;
    private const int ChecksumBytes = 4;

    /// <summary>The id of these rows.</summary>
    /// <exception cref="ArgumentException">It would be longer than <see cref="CharsMax"/>.</exception>
    public static string Write(IReadOnlyList<HeldShard> shards)
    {
        ArgumentNullException.ThrowIfNull(shards);
        var leaves = shards.Select(shard => shard.Leaf).Distinct(StringComparer.Ordinal).ToList();
        var bytes = new MemoryStream();
        using (var writer = new BinaryWriter(bytes, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(Version);
            writer.Write((ushort)leaves.Count);
            foreach (var leaf in leaves)
            {
                var name = Encoding.UTF8.GetBytes(leaf);
                writer.Write((ushort)name.Length);
                writer.Write(name);
            }

            writer.Write((ushort)shards.Count);
            foreach (var shard in shards)
            {
                writer.Write(shard.Shard);
                writer.Write((ushort)leaves.IndexOf(shard.Leaf));
                writer.Write(shard.Snapshot);
            }

            writer.Flush();
            writer.Write(Checksum(bytes.GetBuffer().AsSpan(0, (int)bytes.Length)));
        }

        var text = Base64Url.EncodeToString(bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
        return text.Length <= CharsMax
            ? text
            : throw new ArgumentException($"{shards.Count} shards are too many for one id.", nameof(shards));
    }

    /// <summary>Reads an id; false when it is none, or was cut off or changed on its way.</summary>
    public static bool TryRead(string id, [NotNullWhen(true)] out IReadOnlyList<HeldShard>? shards)
    {
        shards = null;
        if (string.IsNullOrEmpty(id) || id.Length > CharsMax || !Base64Url.IsValid(id)) return false;
        var bytes = Base64Url.DecodeFromChars(id);
        if (bytes.Length < 1 + ChecksumBytes) return false;
        var body = bytes.AsSpan(0, bytes.Length - ChecksumBytes);
        if (Checksum(body) != BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(body.Length))) return false;
        return body[0] == Version && TryReadRows(body[1..], out shards);
    }

    private static bool TryReadRows(ReadOnlySpan<byte> body, [NotNullWhen(true)] out IReadOnlyList<HeldShard>? shards)
    {
        shards = null;
        if (!TryCount(ref body, out var names)) return false;
        var leaves = new List<string>();
        for (var i = 0; i < names; i++)
        {
            if (!TryCount(ref body, out var length) || body.Length < length) return false;
            leaves.Add(Encoding.UTF8.GetString(body[..length]));
            body = body[length..];
        }

        if (!TryCount(ref body, out var count) || body.Length != count * RowBytes) return false;
        var rows = new HeldShard[count];
        for (var i = 0; i < count; i++, body = body[RowBytes..])
        {
            var leaf = BinaryPrimitives.ReadUInt16LittleEndian(body[2..]);
            if (leaf >= leaves.Count) return false;
            rows[i] = new HeldShard(
                BinaryPrimitives.ReadUInt16LittleEndian(body), leaves[leaf],
                BinaryPrimitives.ReadUInt64LittleEndian(body[4..]));
        }

        shards = rows;
        return true;
    }

    private static bool TryCount(ref ReadOnlySpan<byte> body, out int count)
    {
        count = 0;
        if (body.Length < sizeof(ushort)) return false;
        count = BinaryPrimitives.ReadUInt16LittleEndian(body);
        body = body[sizeof(ushort)..];
        return true;
    }

    private static uint Checksum(ReadOnlySpan<byte> bytes) => (uint)PathHash.OfPath(bytes);
}

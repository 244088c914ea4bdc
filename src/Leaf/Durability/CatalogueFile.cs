using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Durability;

/// <summary>The declared collections on disk. Written whole, in the place of the one before.</summary>
/// <remarks>
/// <code>
///  0          8         12      16         24
///  +----------+---------+-------+----------+-----------------------------------------------------------
///  | HEDGECOL | version | count | checksum | per index, in order: length u32 of its schema, state u32,
///  | u64      | u32     | u32   | u64      |   generation u64, since u64, schema as MessagePack
///                                          | count u32 of aliases, each: name, collection, version u64
///                                          | count u32 of indexes dropped, each: name
/// </code>
/// Names have their length before them, u16. The checksum is XXH3-64 of everything behind it, seeded with the count.
/// Version 1 had of each index the length and the schema, and nothing behind them; it is read too. Version 3 has the
/// state 3: being filled and sealed (<see cref="CollectionPlace.IsSealed"/>); it is written while there is such an
/// index, so that a build which does not know what was promised does not open it.
/// </remarks>
internal static class CatalogueFile
{
    public const uint Version = 2;

    private const uint FirstVersion = 1;
    private const uint SealedVersion = 3;
    private const uint SealedState = 3;
    private const ulong Magic = 0x4C4F_4345_4744_4548; // "HEDGECOL"
    private const int HeaderBytes = 24;

    /// <summary>The collections in a file; none when there is no file yet.</summary>
    /// <exception cref="IOException">The file is damaged or of another format.</exception>
    public static CollectionTable Read(string path, IFileStore files)
    {
        if (!files.Exists(path)) return CollectionTable.Empty;
        var bytes = files.Read(path);
        if (bytes.Length < HeaderBytes || BinaryPrimitives.ReadUInt64LittleEndian(bytes) != Magic)
            throw Damaged(path, "it does not begin with HEDGECOL");
        var version = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(8));
        if (version is < FirstVersion or > SealedVersion)
        {
            throw new IOException(
                $"{path} is of catalogue format {version}; this build reads formats {FirstVersion} to "
                + $"{SealedVersion}.");
        }

        var count = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(12));
        var checksum = XxHash3.HashToUInt64(bytes.AsSpan(HeaderBytes), count);
        if (BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(16)) != checksum)
            throw Damaged(path, "it fails its checksum");
        using var reader = new BinaryReader(new MemoryStream(bytes, HeaderBytes, bytes.Length - HeaderBytes));
        try
        {
            return Read(path, version, count, reader);
        }
        catch (EndOfStreamException)
        {
            throw Damaged(path, "it is cut off");
        }
    }

    /// <summary>Makes the collections durable.</summary>
    /// <exception cref="IOException">Nothing was changed.</exception>
    public static void Write(string path, CollectionTable table, IFileStore files)
    {
        var file = new MemoryStream();
        using var writer = new BinaryWriter(file);
        writer.Write(stackalloc byte[HeaderBytes]);
        var schema = new ArrayBufferWriter<byte>();
        var places = table.Places.Where(place => place.State != PlaceState.Dropped).ToArray();
        foreach (var place in places)
        {
            schema.ResetWrittenCount();
            CollectionCodec.Write(schema, place.Schema);
            writer.Write((uint)schema.WrittenCount);
            writer.Write(place.IsSealed ? SealedState : (uint)place.State);
            writer.Write(place.Generation);
            writer.Write(place.Since);
            writer.Write(schema.WrittenSpan);
        }

        writer.Write((uint)table.Aliases.Count);
        foreach (var (name, alias) in table.Aliases.OrderBy(alias => alias.Key, StringComparer.Ordinal))
        {
            Write(writer, name);
            Write(writer, alias.Collection);
            writer.Write(alias.Version);
        }

        writer.Write((uint)table.Dropped.Count);
        foreach (var name in table.Dropped.Order(StringComparer.Ordinal)) Write(writer, name);
        writer.Flush();
        var bytes = file.ToArray();
        var count = (uint)places.Length;
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, Magic);
        var isSealed = Array.Exists(places, place => place.IsSealed);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), isSealed ? SealedVersion : Version);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(12), count);
        BinaryPrimitives.WriteUInt64LittleEndian(
            bytes.AsSpan(16), XxHash3.HashToUInt64(bytes.AsSpan(HeaderBytes), count));
        files.Replace(path, bytes);
    }

    private static CollectionTable Read(string path, uint version, uint count, BinaryReader reader)
    {
        var places = new List<CollectionPlace>();
        for (var i = 0; i < count; i++)
        {
            var length = reader.ReadUInt32();
            var (state, generation, since) = version == FirstVersion
                ? default
                : (reader.ReadUInt32(), reader.ReadUInt64(), reader.ReadUInt64());
            if (length > reader.BaseStream.Length) throw new EndOfStreamException();
            if (!CollectionCodec.TryRead(Exactly(reader, (int)length), out CollectionSchema? schema, out var error))
                throw Damaged(path, $"schema {i} does not parse: {error}");
            var isSealed = state == SealedState;
            places.Add(new CollectionPlace(
                schema, isSealed ? PlaceState.Building : (PlaceState)state, generation, since) { IsSealed = isSealed });
        }

        if (places.Exists(place => place.IsSealed) != (version == SealedVersion))
            throw Damaged(path, $"it is of format {version} and what it has is not");
        var aliases = new Dictionary<string, CollectionAlias>(StringComparer.Ordinal);
        var dropped = new HashSet<string>(StringComparer.Ordinal);
        if (version != FirstVersion)
        {
            for (var left = reader.ReadUInt32(); left > 0; left--)
                aliases.Add(Name(reader), new CollectionAlias(Name(reader), reader.ReadUInt64()));
            for (var left = reader.ReadUInt32(); left > 0; left--) dropped.Add(Name(reader));
        }

        return new CollectionTable(places, aliases, dropped);
    }

    private static void Write(BinaryWriter writer, string name)
    {
        var utf8 = Encoding.UTF8.GetBytes(name);
        writer.Write((ushort)utf8.Length);
        writer.Write(utf8);
    }

    private static string Name(BinaryReader reader) => Encoding.UTF8.GetString(Exactly(reader, reader.ReadUInt16()));

    private static byte[] Exactly(BinaryReader reader, int length)
    {
        var bytes = reader.ReadBytes(length);
        return bytes.Length == length ? bytes : throw new EndOfStreamException();
    }

    private static CorruptLogException Damaged(string path, string problem) =>
        new($"{path} is damaged: {problem}. Restore the file, or declare the collections again in an empty directory.");
}

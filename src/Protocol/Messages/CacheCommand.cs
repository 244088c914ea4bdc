using System.Buffers.Binary;

namespace Hedgerow.Protocol;

/// <summary>
/// One cache operation, whatever front end it came from: RESP, memcached, HTTP and native frames all become this.
/// A view over the bytes it was read from; nothing is copied.
/// </summary>
/// <remarks>
/// Bodies, little-endian; <c>path</c> is u16 length + bytes; a value is the rest of the body:
/// <code>
///  Get                              path, min version u64
///  Set Add Replace Append Prepend
///  CompareAndSet                    path, flags u32, expires at i64, version u64, compare version u64, value
///  Delete                           path, version u64, compare version u64
///  Touch                            path, expires at i64, version u64
///  Increment                        path, expires at i64, version u64, delta i64, initial i64, has initial u8
/// </code>
/// </remarks>
public readonly ref struct CacheCommand
{
    private const int PathPrefixBytes = sizeof(ushort);

    /// <summary>One of the opcodes 0x10 to 0x1A except <see cref="Opcode.GetMany"/>.</summary>
    public required Opcode Opcode { get; init; }

    /// <summary>1 to <see cref="ProtocolLimits.PathBytesMax"/> bytes.</summary>
    public required ReadOnlySpan<byte> Path { get; init; }

    /// <summary>The value to store, append or prepend; empty for the other operations.</summary>
    public ReadOnlySpan<byte> Value { get; init; }

    /// <summary>The client's own 32 bits, kept with the value and given back with it.</summary>
    public uint EntryFlags { get; init; }

    /// <summary>Unix time in milliseconds at which the entry expires; 0 means never.</summary>
    public long ExpiresAtMs { get; init; }

    /// <summary>
    /// Writes: the coordinator's hybrid logical clock. Get: the version the answer must at least have, or 0.
    /// </summary>
    public ulong Version { get; init; }

    /// <summary>The version that must be stored for the write to happen; 0 asks for none.</summary>
    public ulong CompareVersion { get; init; }

    /// <summary>What an increment adds.</summary>
    public long Delta { get; init; }

    /// <summary>What an increment stores where nothing is, if <see cref="HasInitial"/>.</summary>
    public long Initial { get; init; }

    /// <summary>Whether an increment creates the entry where none is.</summary>
    public bool HasInitial { get; init; }

    /// <summary>Bytes that <see cref="WriteTo"/> writes.</summary>
    public int Length => PathPrefixBytes + Path.Length + FixedLength(Opcode) + Value.Length;

    /// <summary>Whether the opcode is one that this type carries.</summary>
    public static bool Carries(Opcode opcode) => FixedLength(opcode) >= 0;

    /// <summary>The same command with another version.</summary>
    public CacheCommand WithVersion(ulong version) => this with { Version = version };

    /// <summary>
    /// Writes the body. <paramref name="destination"/> must hold at least <see cref="Length"/> bytes.
    /// </summary>
    public void WriteTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(destination, (ushort)Path.Length);
        Path.CopyTo(destination[PathPrefixBytes..]);
        var rest = destination[(PathPrefixBytes + Path.Length)..];
        switch (Opcode)
        {
            case Opcode.Get:
                BinaryPrimitives.WriteUInt64LittleEndian(rest, Version);
                break;
            case Opcode.Delete:
                BinaryPrimitives.WriteUInt64LittleEndian(rest, Version);
                BinaryPrimitives.WriteUInt64LittleEndian(rest[8..], CompareVersion);
                break;
            case Opcode.Touch:
                BinaryPrimitives.WriteInt64LittleEndian(rest, ExpiresAtMs);
                BinaryPrimitives.WriteUInt64LittleEndian(rest[8..], Version);
                break;
            case Opcode.Increment:
                BinaryPrimitives.WriteInt64LittleEndian(rest, ExpiresAtMs);
                BinaryPrimitives.WriteUInt64LittleEndian(rest[8..], Version);
                BinaryPrimitives.WriteInt64LittleEndian(rest[16..], Delta);
                BinaryPrimitives.WriteInt64LittleEndian(rest[24..], Initial);
                rest[32] = HasInitial ? (byte)1 : (byte)0;
                break;
            default:
                BinaryPrimitives.WriteUInt32LittleEndian(rest, EntryFlags);
                BinaryPrimitives.WriteInt64LittleEndian(rest[4..], ExpiresAtMs);
                BinaryPrimitives.WriteUInt64LittleEndian(rest[12..], Version);
                BinaryPrimitives.WriteUInt64LittleEndian(rest[20..], CompareVersion);
                Value.CopyTo(rest[28..]);
                break;
        }
    }

    /// <summary>Reads a body. The result points into <paramref name="body"/>.</summary>
    /// <param name="opcode">One that <see cref="Carries"/>; another is an error.</param>
    /// <param name="body">The whole body.</param>
    /// <param name="command">The command, when the return value is Ok.</param>
    /// <param name="error">What was wrong and what is allowed, when it is not.</param>
    public static StatusCode TryRead(
        Opcode opcode, ReadOnlySpan<byte> body, out CacheCommand command, out string? error)
    {
        command = default;
        var fixedLength = FixedLength(opcode);
        if (fixedLength < 0) return Fail(StatusCode.UnknownOpcode, $"{opcode} is not a cache operation.", out error);
        if (body.Length < PathPrefixBytes)
            return Fail(StatusCode.BadRequest, $"{opcode}: body of {body.Length} bytes has no path.", out error);
        var pathLength = BinaryPrimitives.ReadUInt16LittleEndian(body);
        if (pathLength > ProtocolLimits.PathBytesMax)
            return Fail(StatusCode.TooLarge, TooLongPath(pathLength), out error);
        if (pathLength == 0) return Fail(StatusCode.BadRequest, $"{opcode}: the path is empty.", out error);
        var rest = body[PathPrefixBytes..];
        if (rest.Length < pathLength + fixedLength)
            return Fail(StatusCode.BadRequest, $"{opcode}: body of {body.Length} bytes is cut off.", out error);
        var path = rest[..pathLength];
        rest = rest[pathLength..];
        if (!CarriesValue(opcode) && rest.Length != fixedLength)
            return Fail(StatusCode.BadRequest, $"{opcode}: {rest.Length - fixedLength} bytes too many.", out error);
        command = ReadFields(opcode, path, rest);
        error = null;
        return StatusCode.Ok;
    }

    /// <summary>The text of the error for a path over its limit, the same in every front end.</summary>
    public static string TooLongPath(int pathLength) =>
        $"The path has {pathLength} bytes; at most {ProtocolLimits.PathBytesMax} are allowed.";

    private static CacheCommand ReadFields(Opcode opcode, ReadOnlySpan<byte> path, ReadOnlySpan<byte> rest) =>
        opcode switch
        {
            Opcode.Get => new CacheCommand
            {
                Opcode = opcode, Path = path, Version = BinaryPrimitives.ReadUInt64LittleEndian(rest),
            },
            Opcode.Delete => new CacheCommand
            {
                Opcode = opcode,
                Path = path,
                Version = BinaryPrimitives.ReadUInt64LittleEndian(rest),
                CompareVersion = BinaryPrimitives.ReadUInt64LittleEndian(rest[8..]),
            },
            Opcode.Touch => new CacheCommand
            {
                Opcode = opcode,
                Path = path,
                ExpiresAtMs = BinaryPrimitives.ReadInt64LittleEndian(rest),
                Version = BinaryPrimitives.ReadUInt64LittleEndian(rest[8..]),
            },
            Opcode.Increment => new CacheCommand
            {
                Opcode = opcode,
                Path = path,
                ExpiresAtMs = BinaryPrimitives.ReadInt64LittleEndian(rest),
                Version = BinaryPrimitives.ReadUInt64LittleEndian(rest[8..]),
                Delta = BinaryPrimitives.ReadInt64LittleEndian(rest[16..]),
                Initial = BinaryPrimitives.ReadInt64LittleEndian(rest[24..]),
                HasInitial = rest[32] != 0,
            },
            _ => new CacheCommand
            {
                Opcode = opcode,
                Path = path,
                EntryFlags = BinaryPrimitives.ReadUInt32LittleEndian(rest),
                ExpiresAtMs = BinaryPrimitives.ReadInt64LittleEndian(rest[4..]),
                Version = BinaryPrimitives.ReadUInt64LittleEndian(rest[12..]),
                CompareVersion = BinaryPrimitives.ReadUInt64LittleEndian(rest[20..]),
                Value = rest[28..],
            },
        };

    private static bool CarriesValue(Opcode opcode) => FixedLength(opcode) == 28;

    private static int FixedLength(Opcode opcode) => opcode switch
    {
        Opcode.Get => 8,
        Opcode.Delete => 16,
        Opcode.Touch => 16,
        Opcode.Increment => 33,
        Opcode.Set or Opcode.Add or Opcode.Replace or Opcode.Append or Opcode.Prepend or Opcode.CompareAndSet => 28,
        _ => -1,
    };

    private static StatusCode Fail(StatusCode status, string message, out string? error)
    {
        error = message;
        return status;
    }
}

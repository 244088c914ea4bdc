using System.Buffers.Binary;

namespace Hedgerow.Protocol;

/// <summary>
/// One cache operation, whatever front end it came from: RESP, memcached, HTTP and native frames all become this.
/// A view over the bytes it was read from; nothing is copied.
/// </summary>
/// <remarks>
/// Bodies, little-endian; <c>path</c> is u16 length + bytes; a value, and a <see cref="FieldList"/>, is the rest of the
/// body:
/// <code>
///  Get Head                         path, min version u64
///  FieldGet                         path, min version u64, list of names
///  Set Add Replace CompareAndSet    path, flags u32, expires at i64, version u64, compare version u64, kind u8, value
///  Append Prepend                   path, flags u32, expires at i64, version u64, compare version u64, value
///  Delete                           path, version u64, compare version u64
///  Touch                            path, expires at i64, version u64, compare version u64
///  Increment                        path, expires at i64, version u64, delta i64, initial i64, has initial u8
///  FieldSet                         path, version u64, compare version u64, only if absent u8, list of name, value, …
///  FieldDelete                      path, version u64, compare version u64, list of names
///  FieldIncrement                   path, version u64, compare version u64, delta i64, list of one name
/// </code>
/// </remarks>
public readonly ref struct CacheCommand
{
    private const int PathPrefixBytes = sizeof(ushort);

    /// <summary>One of the opcodes 0x10 to 0x1F except <see cref="Opcode.GetMany"/>.</summary>
    public required Opcode Opcode { get; init; }

    /// <summary>1 to <see cref="ProtocolLimits.PathBytesMax"/> bytes.</summary>
    public required ReadOnlySpan<byte> Path { get; init; }

    /// <summary>
    /// The value to store, append or prepend; of the operations on fields their <see cref="FieldList"/>; empty for the
    /// others.
    /// </summary>
    public ReadOnlySpan<byte> Value { get; init; }

    /// <summary>What <see cref="Value"/> is, of Set, Add, Replace and CompareAndSet.</summary>
    public EntryKind Kind { get; init; }

    /// <summary>What is noted with it, of Set, Add, Replace and CompareAndSet.</summary>
    public EntryMark Mark { get; init; }

    /// <summary>The client's own 32 bits, kept with the value and given back with it.</summary>
    public uint EntryFlags { get; init; }

    /// <summary>Unix time in milliseconds at which the entry expires; 0 means never.</summary>
    public long ExpiresAtMs { get; init; }

    /// <summary>
    /// Writes: the coordinator's hybrid logical clock; 0 lets whoever executes it stamp one. Reads: the version the
    /// answer must at least have, or 0.
    /// </summary>
    public ulong Version { get; init; }

    /// <summary>The version that must be stored for the write to happen; 0 asks for none.</summary>
    public ulong CompareVersion { get; init; }

    /// <summary>What an increment, of an entry or of a field, adds.</summary>
    public long Delta { get; init; }

    /// <summary>What an increment stores where nothing is, if <see cref="HasInitial"/>.</summary>
    public long Initial { get; init; }

    /// <summary>Whether an increment creates the entry where none is.</summary>
    public bool HasInitial { get; init; }

    /// <summary>Whether a <see cref="Opcode.FieldSet"/> leaves fields that are there as they are.</summary>
    public bool OnlyIfAbsent { get; init; }

    /// <summary>
    /// Not in the body: whether the resulting entry is wanted, which the frame's <see cref="FrameFlags.ReturnEntry"/>
    /// says.
    /// </summary>
    public bool ReturnEntry { get; init; }

    /// <summary>
    /// Not in the body: whether a read must be the owner's, which the frame's <see cref="FrameFlags.FromOwner"/> says.
    /// Only routers look at it.
    /// </summary>
    public bool FromOwner { get; init; }

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
            case Opcode.Get or Opcode.Head or Opcode.FieldGet:
                BinaryPrimitives.WriteUInt64LittleEndian(rest, Version);
                break;
            case Opcode.Delete or Opcode.FieldDelete:
                WriteVersions(rest);
                break;
            case Opcode.Touch:
                BinaryPrimitives.WriteInt64LittleEndian(rest, ExpiresAtMs);
                WriteVersions(rest[8..]);
                break;
            case Opcode.Increment:
                BinaryPrimitives.WriteInt64LittleEndian(rest, ExpiresAtMs);
                BinaryPrimitives.WriteUInt64LittleEndian(rest[8..], Version);
                BinaryPrimitives.WriteInt64LittleEndian(rest[16..], Delta);
                BinaryPrimitives.WriteInt64LittleEndian(rest[24..], Initial);
                rest[32] = HasInitial ? (byte)1 : (byte)0;
                break;
            case Opcode.FieldSet:
                WriteVersions(rest);
                rest[16] = OnlyIfAbsent ? (byte)1 : (byte)0;
                break;
            case Opcode.FieldIncrement:
                WriteVersions(rest);
                BinaryPrimitives.WriteInt64LittleEndian(rest[16..], Delta);
                break;
            default:
                BinaryPrimitives.WriteUInt32LittleEndian(rest, EntryFlags);
                BinaryPrimitives.WriteInt64LittleEndian(rest[4..], ExpiresAtMs);
                WriteVersions(rest[12..]);
                if (CarriesKind(Opcode)) rest[28] = EntryTraits.Pack(Kind, Mark);
                break;
        }

        if (CarriesValue(Opcode)) Value.CopyTo(rest[FixedLength(Opcode)..]);
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
        if (CarriesKind(opcode) && !EntryTraits.AreKnown(rest[28]))
            return Fail(StatusCode.BadRequest, $"{opcode}: kind and mark {rest[28]:x2} are not known.", out error);
        command = ReadFields(opcode, path, rest);
        error = null;
        return IsOnFields(opcode) ? CheckList(command, out error) : StatusCode.Ok;
    }

    /// <summary>Whether the opcode is one on the fields of a map: its value is a <see cref="FieldList"/>.</summary>
    public static bool IsOnFields(Opcode opcode) =>
        opcode is Opcode.FieldGet or Opcode.FieldSet or Opcode.FieldDelete or Opcode.FieldIncrement;

    /// <summary>Whether the opcode changes nothing.</summary>
    public static bool IsRead(Opcode opcode) => opcode is Opcode.Get or Opcode.Head or Opcode.FieldGet;

    /// <summary>The text of the error for a path over its limit, the same in every front end.</summary>
    public static string TooLongPath(int pathLength) =>
        $"The path has {pathLength} bytes; at most {ProtocolLimits.PathBytesMax} are allowed.";

    private static CacheCommand ReadFields(Opcode opcode, ReadOnlySpan<byte> path, ReadOnlySpan<byte> rest) =>
        opcode switch
        {
            Opcode.Get or Opcode.Head or Opcode.FieldGet => new CacheCommand
            {
                Opcode = opcode, Path = path, Version = U64(rest), Value = rest[8..],
            },
            Opcode.Delete or Opcode.FieldDelete => new CacheCommand
            {
                Opcode = opcode, Path = path, Version = U64(rest), CompareVersion = U64(rest[8..]), Value = rest[16..],
            },
            Opcode.Touch => new CacheCommand
            {
                Opcode = opcode,
                Path = path,
                ExpiresAtMs = BinaryPrimitives.ReadInt64LittleEndian(rest),
                Version = U64(rest[8..]),
                CompareVersion = U64(rest[16..]),
            },
            Opcode.Increment => new CacheCommand
            {
                Opcode = opcode,
                Path = path,
                ExpiresAtMs = BinaryPrimitives.ReadInt64LittleEndian(rest),
                Version = U64(rest[8..]),
                Delta = BinaryPrimitives.ReadInt64LittleEndian(rest[16..]),
                Initial = BinaryPrimitives.ReadInt64LittleEndian(rest[24..]),
                HasInitial = rest[32] != 0,
            },
            Opcode.FieldSet => new CacheCommand
            {
                Opcode = opcode,
                Path = path,
                Version = U64(rest),
                CompareVersion = U64(rest[8..]),
                OnlyIfAbsent = rest[16] != 0,
                Value = rest[17..],
            },
            Opcode.FieldIncrement => new CacheCommand
            {
                Opcode = opcode,
                Path = path,
                Version = U64(rest),
                CompareVersion = U64(rest[8..]),
                Delta = BinaryPrimitives.ReadInt64LittleEndian(rest[16..]),
                Value = rest[24..],
            },
            _ => new CacheCommand
            {
                Opcode = opcode,
                Path = path,
                EntryFlags = BinaryPrimitives.ReadUInt32LittleEndian(rest),
                ExpiresAtMs = BinaryPrimitives.ReadInt64LittleEndian(rest[4..]),
                Version = U64(rest[12..]),
                CompareVersion = U64(rest[20..]),
                Kind = CarriesKind(opcode) ? EntryTraits.KindOf(rest[28]) : EntryKind.Value,
                Mark = CarriesKind(opcode) ? EntryTraits.MarkOf(rest[28]) : EntryMark.None,
                Value = rest[FixedLength(opcode)..],
            },
        };

    private static ulong U64(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt64LittleEndian(bytes);

    private static bool CarriesKind(Opcode opcode) =>
        opcode is Opcode.Set or Opcode.Add or Opcode.Replace or Opcode.CompareAndSet;

    private static bool CarriesValue(Opcode opcode) =>
        CarriesKind(opcode) || IsOnFields(opcode) || opcode is Opcode.Append or Opcode.Prepend;

    private static int FixedLength(Opcode opcode) => opcode switch
    {
        Opcode.Get or Opcode.Head or Opcode.FieldGet => 8,
        Opcode.Delete or Opcode.FieldDelete => 16,
        Opcode.FieldSet => 17,
        Opcode.Touch or Opcode.FieldIncrement => 24,
        Opcode.Append or Opcode.Prepend => 28,
        Opcode.Set or Opcode.Add or Opcode.Replace or Opcode.CompareAndSet => 29,
        Opcode.Increment => 33,
        _ => -1,
    };

    /// <summary>Whether the list is whole, and has as many items as the operation takes.</summary>
    private static StatusCode CheckList(in CacheCommand command, out string? error)
    {
        var opcode = command.Opcode;
        if (!FieldList.TryRead(command.Value, out var list, out error))
            return Fail(StatusCode.BadRequest, $"{opcode}: {error}", out error);
        var problem = opcode switch
        {
            Opcode.FieldSet when list.Count == 0 || list.Count % 2 != 0 =>
                "names and values in turn, at least one pair",
            Opcode.FieldIncrement when list.Count != 1 => "one name",
            _ when list.Count == 0 => "at least one name",
            _ => null,
        };
        if (problem is not null)
            return Fail(StatusCode.BadRequest, $"{opcode}: a list of {list.Count}; it takes {problem}.", out error);
        var each = 0;
        foreach (var item in list)
        {
            var isName = opcode != Opcode.FieldSet || each++ % 2 == 0;
            if (isName && item.Length > FieldMap.NameBytesMax)
                return Fail(StatusCode.TooLarge, FieldMap.TooLongName(item.Length), out error);
        }

        return StatusCode.Ok;
    }

    private void WriteVersions(Span<byte> rest)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(rest, Version);
        BinaryPrimitives.WriteUInt64LittleEndian(rest[8..], CompareVersion);
    }

    private static StatusCode Fail(StatusCode status, string message, out string? error)
    {
        error = message;
        return status;
    }
}

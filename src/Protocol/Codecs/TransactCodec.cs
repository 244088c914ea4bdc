using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Hedgerow.Protocol;

/// <summary>
/// Bodies of <see cref="Opcode.Transact"/>, hand-packed and little-endian. Writers are called in the order of the
/// fields; readers are views that allocate nothing.
/// </summary>
/// <remarks>
/// <code>
///  request   version u64, check count u16, write count u16,
///            then for each check: path length u16, path, version u64 (0: no live entry may be there)
///            then for each write: opcode u8, length u32, cache command (its own version and compare version are 0)
///  reply     write count u16, then for each write: status u8 (Ok; NotFound of a delete or touch of nothing;
///            VersionTooOld of a replicated write that came late); of VersionMismatch: the index u16 of the first
///            check that differs
/// </code>
/// Writes are Set, Delete and Touch. All paths are of one shard; of a path written twice the later counts. Under
/// <see cref="FrameFlags.Replicated"/> nothing is checked, and a write whose path has a newer version is passed over
/// while the others happen.
/// </remarks>
public static class TransactCodec
{
    /// <summary>Checks and writes of one transaction, together.</summary>
    public const int PathsMax = 1_024;

    /// <summary>Bytes before the rows: where <see cref="Stamp"/> puts the version comes first.</summary>
    internal const int HeaderBytes = sizeof(ulong) + sizeof(ushort) + sizeof(ushort);

    internal const int WriteRowBytes = sizeof(byte) + sizeof(uint);

    /// <summary>Whether a transaction may hold this operation.</summary>
    public static bool Carries(Opcode opcode) => opcode is Opcode.Set or Opcode.Delete or Opcode.Touch;

    /// <summary>Begins a request; its checks must follow, then its writes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Too many, or no write.</exception>
    public static void Begin(IBufferWriter<byte> output, ulong version, int checks, int writes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(checks);
        ArgumentOutOfRangeException.ThrowIfNegative(writes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(checks + writes, PathsMax);
        var header = output.GetSpan(HeaderBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(header, version);
        BinaryPrimitives.WriteUInt16LittleEndian(header[8..], (ushort)checks);
        BinaryPrimitives.WriteUInt16LittleEndian(header[10..], (ushort)writes);
        output.Advance(HeaderBytes);
    }

    /// <summary>Writes one check: the path must have this version; 0, that no live entry is there.</summary>
    public static void WriteCheck(IBufferWriter<byte> output, ReadOnlySpan<byte> path, ulong version)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(path.Length, ProtocolLimits.PathBytesMax);
        var row = output.GetSpan(sizeof(ushort) + path.Length + sizeof(ulong));
        BinaryPrimitives.WriteUInt16LittleEndian(row, (ushort)path.Length);
        path.CopyTo(row[sizeof(ushort)..]);
        BinaryPrimitives.WriteUInt64LittleEndian(row[(sizeof(ushort) + path.Length)..], version);
        output.Advance(sizeof(ushort) + path.Length + sizeof(ulong));
    }

    /// <summary>Writes one write: a Set, a Delete or a Touch.</summary>
    public static void WriteWrite(IBufferWriter<byte> output, in CacheCommand command)
    {
        var length = command.Length;
        var row = output.GetSpan(WriteRowBytes + length);
        row[0] = (byte)command.Opcode;
        BinaryPrimitives.WriteUInt32LittleEndian(row[1..], (uint)length);
        command.WriteTo(row[WriteRowBytes..]);
        output.Advance(WriteRowBytes + length);
    }

    /// <summary>Puts a version into a request that was written without one.</summary>
    public static void Stamp(Span<byte> request, ulong version) =>
        BinaryPrimitives.WriteUInt64LittleEndian(request, version);

    /// <summary>Begins a reply of this many rows, which must follow.</summary>
    public static void BeginReply(IBufferWriter<byte> output, int writes)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(output.GetSpan(sizeof(ushort)), (ushort)writes);
        output.Advance(sizeof(ushort));
    }

    /// <summary>Writes the outcome of one write.</summary>
    public static void WriteResult(IBufferWriter<byte> output, StatusCode status)
    {
        output.GetSpan(1)[0] = (byte)status;
        output.Advance(1);
    }

    /// <summary>Checks a whole request, so that reading its rows can't fail.</summary>
    /// <returns>Ok; BadRequest or TooLarge with a message that says what was wrong and what is allowed.</returns>
    public static StatusCode TryRead(ReadOnlySpan<byte> body, out TransactReader request, out string? error)
    {
        request = default;
        error = null;
        if (body.Length < HeaderBytes) return CutOff(body, "its counts", out error);
        int checks = BinaryPrimitives.ReadUInt16LittleEndian(body[8..]);
        int writes = BinaryPrimitives.ReadUInt16LittleEndian(body[10..]);
        if (checks + writes > PathsMax)
        {
            error = $"Transact: {checks} checks and {writes} writes; together at most {PathsMax} are allowed.";
            return StatusCode.TooLarge;
        }

        var rest = body[HeaderBytes..];
        for (var i = 0; i < checks; i++)
        {
            var length = rest.Length < sizeof(ushort) ? 0 : BinaryPrimitives.ReadUInt16LittleEndian(rest);
            var row = sizeof(ushort) + length + sizeof(ulong);
            if (rest.Length < row) return CutOff(body, $"check {i}", out error);
            if (length is 0 or > ProtocolLimits.PathBytesMax)
            {
                var problem = length == 0 ? "the path is empty." : CacheCommand.TooLongPath(length);
                error = $"Transact: check {i}: {problem}";
                return length == 0 ? StatusCode.BadRequest : StatusCode.TooLarge;
            }

            rest = rest[row..];
        }

        for (var i = 0; i < writes; i++)
        {
            if (rest.Length < WriteRowBytes) return CutOff(body, $"write {i}", out error);
            var length = BinaryPrimitives.ReadUInt32LittleEndian(rest[1..]);
            if (length > (uint)(rest.Length - WriteRowBytes)) return CutOff(body, $"write {i}", out error);
            var status = CheckWrite((Opcode)rest[0], rest.Slice(WriteRowBytes, (int)length), out error);
            if (status != StatusCode.Ok)
            {
                error = $"Transact: write {i}: {error}";
                return status;
            }

            rest = rest[(WriteRowBytes + (int)length)..];
        }

        if (!rest.IsEmpty)
        {
            error = $"Transact: {rest.Length} bytes too many.";
            return StatusCode.BadRequest;
        }

        var version = BinaryPrimitives.ReadUInt64LittleEndian(body);
        request = new TransactReader(version, checks, writes, body[HeaderBytes..]);
        return StatusCode.Ok;
    }

    /// <summary>Checks a whole reply, so that reading its rows can't fail.</summary>
    public static bool TryReadReply(
        ReadOnlySpan<byte> body, out TransactReplyReader reply, [NotNullWhen(false)] out string? error)
    {
        reply = default;
        var count = body.Length < sizeof(ushort) ? 0 : BinaryPrimitives.ReadUInt16LittleEndian(body);
        var isCut = body.Length < sizeof(ushort) + count;
        var rest = isCut ? default : body[(sizeof(ushort) + count)..];

        // A router adds the replicas that have it, a u16.
        error = isCut ? $"Transact: the reply of {body.Length} bytes is cut off."
            : rest.Length is 0 or sizeof(ushort) ? null
            : $"Transact: the reply has {rest.Length} bytes too many.";
        if (error is not null) return false;
        var replicas = rest.IsEmpty ? 0 : BinaryPrimitives.ReadUInt16LittleEndian(rest);
        reply = new TransactReplyReader(count, replicas, body[sizeof(ushort)..^rest.Length]);
        return true;
    }

    private static StatusCode CheckWrite(Opcode opcode, ReadOnlySpan<byte> body, out string? error)
    {
        if (!Carries(opcode))
        {
            error = $"{opcode} is not one of Set, Delete and Touch.";
            return StatusCode.BadRequest;
        }

        var status = CacheCommand.TryRead(opcode, body, out var command, out error);
        if (status != StatusCode.Ok || (command.Version == 0 && command.CompareVersion == 0)) return status;
        error = "its own version and compare version must be 0.";
        return StatusCode.BadRequest;
    }

    private static StatusCode CutOff(ReadOnlySpan<byte> body, string where, out string? error)
    {
        error = $"Transact: body of {body.Length} bytes is cut off in {where}.";
        return StatusCode.BadRequest;
    }
}

using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>What the router needs to know of one write's body, and where its version lies in it.</summary>
internal readonly record struct WritePlan
{
    public required Opcode Opcode { get; init; }

    public required int PathLength { get; init; }

    /// <summary>The client's version, or 0: this router stamps one.</summary>
    public required ulong Version { get; init; }

    /// <summary>Whether the shard's owner has to decide.</summary>
    public required bool IsConditional { get; init; }

    /// <summary>Where the version's 8 bytes lie.</summary>
    public required int VersionOffset { get; init; }

    public static StatusCode TryMake(
        Opcode opcode, FrameFlags flags, ReadOnlySpan<byte> body, out WritePlan plan, out string? error)
    {
        plan = default;
        var status = CacheCommand.TryRead(opcode, body, out var command, out error);
        if (status != StatusCode.Ok) return status;
        plan = Of(command, flags);
        return StatusCode.Ok;
    }

    /// <summary>Of a body that was read.</summary>
    public static WritePlan Of(in CacheCommand command, FrameFlags flags) => new()
    {
        Opcode = command.Opcode,
        PathLength = command.Path.Length,
        Version = command.Version,
        IsConditional = command.CompareVersion != 0
            || (command.Opcode == Opcode.Touch && (flags & FrameFlags.ReturnEntry) != 0)
            || command.Opcode is not (Opcode.Set or Opcode.Delete or Opcode.Touch),
        VersionOffset = sizeof(ushort) + command.Path.Length + command.Opcode switch
        {
            Opcode.Delete or Opcode.FieldSet or Opcode.FieldDelete or Opcode.FieldIncrement => 0,
            Opcode.Touch or Opcode.Increment => sizeof(long),
            _ => sizeof(uint) + sizeof(long),
        },
    };

    /// <summary>Whether an Ok is answered with a number.</summary>
    public bool AnswersNumber => Opcode is Opcode.Increment or Opcode.Append or Opcode.Prepend
        || CacheCommand.IsOnFields(Opcode);

    /// <summary>Whether the owner's answer, with its entry, says that nothing was changed.</summary>
    public bool IsNoChange(ReadOnlySpan<byte> decided) =>
        CacheCommand.IsOnFields(Opcode) && decided.Length == sizeof(long)
        && (Opcode != Opcode.FieldDelete || BinaryPrimitives.ReadInt64LittleEndian(decided) == 0);

    /// <summary>The number in the owner's answer, which carries the entry or not.</summary>
    public bool TryReadNumber(ReadOnlySpan<byte> decided, bool hasEntry, out long number)
    {
        number = 0;
        if (!AnswersNumber) return false;
        if (!hasEntry || CacheCommand.IsOnFields(Opcode))
            return BinaryPrimitives.TryReadInt64LittleEndian(decided, out number);
        if (!EntryBody.TryRead(decided, out var entry)) return false;
        number = entry.Value.Length;
        return Opcode != Opcode.Increment
            || (Utf8Parser.TryParse(entry.Value, out number, out var read) && read == entry.Value.Length);
    }

    public ReadOnlySpan<byte> PathOf(ReadOnlySpan<byte> body) => body.Slice(sizeof(ushort), PathLength);

    public void Stamp(Span<byte> body, ulong version) =>
        BinaryPrimitives.WriteUInt64LittleEndian(body[VersionOffset..], version);

    /// <summary>
    /// The body of the write that brings the owner's decision to another replica: a Set of the entry that came of it,
    /// or a Delete. In a buffer of the shared pool. False when the reply has no entry where one is due.
    /// </summary>
    public bool TryMakeReplica(
        ReadOnlySpan<byte> path, in Reply decided, out Opcode opcode, out byte[] buffer, out int length)
    {
        CacheCommand command;
        var body = CacheCommand.IsOnFields(Opcode) ? decided.Body.Span[sizeof(long)..] : decided.Body.Span;
        if (Opcode == Opcode.Delete || (Opcode == Opcode.FieldDelete && body.IsEmpty))
        {
            command = new CacheCommand { Opcode = Opcode.Delete, Path = path, Version = decided.Header.Version };
        }
        else if (EntryBody.TryRead(body, out var entry))
        {
            command = new CacheCommand
            {
                Opcode = Opcode.Set,
                Path = path,
                Value = entry.Value,
                EntryFlags = entry.EntryFlags,
                Kind = entry.Kind,
                Mark = entry.Mark,
                ExpiresAtMs = entry.ExpiresAtMs,
                Version = decided.Header.Version,
            };
        }
        else
        {
            (opcode, buffer, length) = (Opcode.None, [], 0);
            return false;
        }

        opcode = command.Opcode;
        length = command.Length;
        buffer = ArrayPool<byte>.Shared.Rent(length);
        command.WriteTo(buffer);
        return true;
    }
}

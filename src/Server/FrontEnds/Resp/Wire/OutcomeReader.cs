using System.Buffers.Binary;
using System.Buffers.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Resp;

/// <summary>Reads a native reply as the outcome that executing the operation at once would have had.</summary>
internal static class OutcomeReader
{
    private const int NumberTextBytesMax = 20;

    [ThreadStatic]
    private static byte[]? _digits;

    /// <summary>Reads status, entry and value.</summary>
    /// <param name="opcode">What was asked.</param>
    /// <param name="flags">The flags it was asked with.</param>
    /// <param name="header">The answer's.</param>
    /// <param name="body">Its body.</param>
    /// <param name="value">
    /// What the store would have put into the output; of a failure its text. Points into the body, except for an
    /// increment's, which the thread's next one overwrites.
    /// </param>
    public static CommandOutcome Read(
        Opcode opcode, FrameFlags flags, in ReplyHeader header, ReadOnlySpan<byte> body, out ReadOnlySpan<byte> value)
    {
        value = body;
        var outcome = new CommandOutcome { Status = header.Status, Version = header.Version };
        if (header.Status != StatusCode.Ok) return outcome;
        switch (opcode)
        {
            case Opcode.Head when HeadBody.TryRead(body, out var head):
                value = body.Slice(EntryBody.PrefixLength, sizeof(uint));
                return Outcome(header, head.EntryFlags, head.ExpiresAtMs, head.Kind) with
                {
                    Mark = EntryBody.TryRead(body, out var prefix) ? prefix.Mark : EntryMark.None,
                };
            case Opcode.FieldGet:
                return Outcome(header, 0, 0, EntryKind.Fields);
            case Opcode.FieldSet or Opcode.FieldDelete or Opcode.FieldIncrement when body.Length >= sizeof(long):
                // A router adds the replicas that have it, unless the entry was asked for.
                if ((flags & FrameFlags.ReturnEntry) == 0) value = body[..sizeof(long)];
                return Outcome(header, 0, 0, EntryKind.Fields);
            case Opcode.Get or Opcode.Add or Opcode.Replace or Opcode.CompareAndSet or Opcode.Touch
                when IsEntry(opcode, flags) && EntryBody.TryRead(body, out var entry):
                value = entry.Value;
                return Outcome(header, entry.EntryFlags, entry.ExpiresAtMs, entry.Kind);
            case Opcode.Append or Opcode.Prepend when body.Length >= sizeof(long):
                value = body[..sizeof(long)];
                return outcome;
            case Opcode.Increment when body.Length >= sizeof(long):
                value = Decimal(BinaryPrimitives.ReadInt64LittleEndian(body));
                return outcome;
            default:
                value = default;
                return outcome;
        }
    }

    private static bool IsEntry(Opcode opcode, FrameFlags flags) =>
        opcode == Opcode.Get || (flags & FrameFlags.ReturnEntry) != 0;

    private static CommandOutcome Outcome(
        in ReplyHeader header, uint entryFlags, long expiresAtMs, EntryKind kind) => new()
        {
            Status = header.Status,
            Version = header.Version,
            EntryFlags = entryFlags,
            ExpiresAtMs = expiresAtMs,
            Kind = kind,
        };

    private static ReadOnlySpan<byte> Decimal(long number)
    {
        var digits = _digits ??= new byte[NumberTextBytesMax];
        Utf8Formatter.TryFormat(number, digits, out var length);
        return digits.AsSpan(0, length);
    }
}

using System.Buffers.Binary;
using System.Buffers.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Resp;

/// <summary>Reads a native reply as the outcome that executing the operation at once would have had.</summary>
internal static class OutcomeReader
{
    /// <summary>Reads status, entry and value.</summary>
    /// <param name="opcode">What was asked.</param>
    /// <param name="flags">The flags it was asked with.</param>
    /// <param name="reply">The answer.</param>
    /// <param name="value">
    /// The value where the operation has one, an increment's as decimal text; of a failure its text. Points into the
    /// reply, except for an increment's.
    /// </param>
    public static CommandOutcome Read(
        Opcode opcode, FrameFlags flags, in Reply reply, out ReadOnlySpan<byte> value)
    {
        var body = reply.Body.Span;
        var outcome = new CommandOutcome { Status = reply.Status, Version = reply.Header.Version };
        value = body;
        if (reply.Status != StatusCode.Ok) return outcome;
        var hasEntry = opcode == Opcode.Get || (flags & FrameFlags.ReturnEntry) != 0;
        if (hasEntry && EntryBody.TryRead(body, out var entry))
        {
            value = entry.Value;
            return new CommandOutcome
            {
                Status = reply.Status,
                Version = reply.Header.Version,
                EntryFlags = entry.EntryFlags,
                ExpiresAtMs = entry.ExpiresAtMs,
                Kind = entry.Kind,
            };
        }

        value = opcode == Opcode.Increment && body.Length >= sizeof(long)
            ? Decimal(BinaryPrimitives.ReadInt64LittleEndian(body))
            : default;
        return outcome;
    }

    private static ReadOnlySpan<byte> Decimal(long number)
    {
        Span<byte> digits = new byte[20];
        Utf8Formatter.TryFormat(number, digits, out var length);
        return digits[..length];
    }
}

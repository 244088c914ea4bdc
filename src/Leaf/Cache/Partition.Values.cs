using System.Buffers;
using System.Buffers.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Cache;

/// <summary>The operations that compute a value from the stored one.</summary>
internal sealed unsafe partial class Partition
{
    private Need Join(
        in CacheCommand command, in Target target, in Record stored, IBufferWriter<byte> output,
        ref WriteTicket ticket, ref StatusCode status, ref EntryMeta meta)
    {
        var length = (long)stored.ValueBytes + command.Value.Length;
        if (length > _valueBytesMax)
        {
            status = StatusCode.TooLarge;
            return Need.Nothing;
        }

        if (_limits.IsLarge(command.Path.Length, length))
            return JoinLarge(command, target, stored, (int)length, output, ref ticket, ref status, ref meta);
        var isAppend = command.Opcode == Opcode.Append;
        var draft = new RecordDraft
        {
            Version = target.Version,
            EntryFlags = stored.EntryFlags,
            ExpiresAtMs = stored.ExpiresAtMs,
            Path = command.Path,
            Value = isAppend ? stored.Value : command.Value,
            Rest = isAppend ? command.Value : stored.Value,
        };
        var need = Put(draft, target, ref ticket, ref status, ref meta, out var result);
        if (need == Need.Nothing && status == StatusCode.Ok) EmitJoined(command, result, output, ref ticket);
        return need;
    }

    private Need JoinLarge(
        in CacheCommand command, in Target target, in Record stored, int length, IBufferWriter<byte> output,
        ref WriteTicket ticket, ref StatusCode status, ref EntryMeta meta)
    {
        var leadBytes = LargeBlock.LeadBytes(length);
        if (ticket.Block == null || ticket.Block->PagesBytes != length - leadBytes)
        {
            ticket.BlockValueBytes = length;
            return Need.Block;
        }

        Span<byte> lead = stackalloc byte[PageArena.PageBytes];
        var joint = new Joint(lead[..leadBytes], LargeBlock.Pages(ticket.Block));
        if (command.Opcode == Opcode.Prepend) joint.Add(command.Value);
        joint.Add(stored.Value);
        if (stored.IsLarge) joint.Add(LargeBlock.Pages(stored.Block));
        if (command.Opcode == Opcode.Append) joint.Add(command.Value);
        var draft = new RecordDraft
        {
            Version = target.Version,
            EntryFlags = stored.EntryFlags,
            ExpiresAtMs = stored.ExpiresAtMs,
            Path = command.Path,
            Value = lead[..leadBytes],
            Block = ticket.Block,
        };
        var need = Put(draft, target, ref ticket, ref status, ref meta, out var result);
        if (need == Need.Nothing && status == StatusCode.Ok) EmitJoined(command, result, output, ref ticket);
        return need;
    }

    private Need Increment(
        in CacheCommand command, in Target target, in Record stored, IBufferWriter<byte> output,
        ref WriteTicket ticket, ref StatusCode status, ref EntryMeta meta)
    {
        var number = command.Initial;
        if (target.IsLive)
        {
            var isNumber = !stored.IsLarge && DecimalNumber.TryRead(stored.Value, out number);
            if (!isNumber || !TryAdd(ref number, command.Delta))
            {
                status = StatusCode.NotANumber;
                return Need.Nothing;
            }
        }

        Span<byte> digits = stackalloc byte[DecimalNumber.TextBytesMax];
        Utf8Formatter.TryFormat(number, digits, out var written);
        var draft = new RecordDraft
        {
            Version = target.Version,
            EntryFlags = target.IsLive ? stored.EntryFlags : 0,
            ExpiresAtMs = target.IsLive ? stored.ExpiresAtMs : command.ExpiresAtMs,
            Mark = target.IsLive ? stored.Mark : EntryMark.None,
            Path = command.Path,
            Value = digits[..written],
        };
        var need = Put(draft, target, ref ticket, ref status, ref meta, out _);
        if (need == Need.Nothing && status == StatusCode.Ok) output.Write(digits[..written]);
        return need;
    }

    private Need Touch(
        in CacheCommand command, in Target target, in Record stored, IBufferWriter<byte> output,
        ref WriteTicket ticket, ref StatusCode status, ref EntryMeta meta)
    {
        var draft = Touched(command, target.Version, stored);
        var need = Put(draft, target, ref ticket, ref status, ref meta, out var result);
        if (need == Need.Nothing && status == StatusCode.Ok && command.ReturnEntry && !result.IsNone)
            Emit(result, output, out ticket.Pinned);
        return need;
    }

    private static RecordDraft Touched(in CacheCommand command, ulong version, in Record stored) =>
        new()
        {
            Version = version,
            EntryFlags = stored.EntryFlags,
            ExpiresAtMs = command.ExpiresAtMs,
            Kind = stored.Kind,
            Mark = stored.Mark,
            Path = command.Path,
            Value = stored.Value,
            Block = stored.Block,
        };

    private static bool TryAdd(ref long number, long delta)
    {
        var sum = unchecked(number + delta);
        if (((number ^ sum) & (delta ^ sum)) < 0) return false;
        number = sum;
        return true;
    }

    /// <summary>After an append or prepend: the value if it is wanted, else its length.</summary>
    private static void EmitJoined(
        in CacheCommand command, in Record result, IBufferWriter<byte> output, ref WriteTicket ticket)
    {
        // A record that had expired on arrival left none.
        if (command.ReturnEntry && !result.IsNone) Emit(result, output, out ticket.Pinned);
        else if (!command.ReturnEntry) EmitNumber(result.IsNone ? 0 : result.ValueBytes, output);
    }

    /// <summary>Fills one span and then another with pieces of any length.</summary>
    private ref struct Joint(Span<byte> first, Span<byte> second)
    {
        private Span<byte> _first = first;
        private Span<byte> _second = second;

        public void Add(ReadOnlySpan<byte> piece)
        {
            var fitting = Math.Min(piece.Length, _first.Length);
            piece[..fitting].CopyTo(_first);
            _first = _first[fitting..];
            piece = piece[fitting..];
            piece.CopyTo(_second);
            _second = _second[piece.Length..];
        }
    }
}

using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Cache;

/// <summary>
/// The operations on entries that are maps of fields. A small map lies in its record and is put together in a buffer of
/// the thread; a large one fills whole pages of a block, so that it can be read in one piece, and is written straight
/// into the next one. Either way a change copies what stays once.
/// </summary>
internal sealed unsafe partial class Partition
{
    [ThreadStatic]
    private static byte[]? _scratch;

    /// <summary>
    /// Writes the fields asked for, of a map in one piece. What was written is void where it is not Ok.
    /// </summary>
    public static StatusCode EmitFields(FieldMap map, in CacheCommand command, IBufferWriter<byte> output)
    {
        if (!FieldList.TryRead(command.Value, out var names, out _)) return StatusCode.BadRequest;
        var left = FieldValues.BytesMaxOf(map);
        foreach (var name in names)
        {
            var isPresent = map.TryGet(name, out var value);
            left -= FieldValues.BytesOf(isPresent ? value.Length : -1);
            if (left < 0) return StatusCode.TooLarge;
            if (isPresent) FieldValues.WritePresent(output, value);
            else FieldValues.WriteAbsent(output);
        }

        return StatusCode.Ok;
    }

    private Need ChangeFields(
        in CacheCommand command, in Target target, in Record stored, IBufferWriter<byte> output,
        ref WriteTicket ticket, ref StatusCode status, ref EntryMeta meta)
    {
        if (!FieldList.TryRead(command.Value, out var list, out _) || list.Count == 0)
        {
            status = StatusCode.BadRequest;
            return Need.Nothing;
        }

        var map = target.IsLive ? MapOf(stored) : default;
        if (command.Opcode != Opcode.FieldIncrement)
        {
            using var edit = command.Opcode == Opcode.FieldSet
                ? FieldMapEdit.Set(map, list, command.Value, command.OnlyIfAbsent)
                : FieldMapEdit.Remove(map, list, command.Value);
            return ChangeFields(
                edit, Math.Abs(edit.Difference), command, target, stored, output, ref ticket, ref status, ref meta);
        }

        var name = command.Value[sizeof(uint)..];
        if (!TrySum(map, name, command.Delta, out var sum))
        {
            status = StatusCode.NotANumber;
            return Need.Nothing;
        }

        Span<byte> digits = stackalloc byte[DecimalNumber.TextBytesMax];
        Utf8Formatter.TryFormat(sum, digits, out var written);
        using var one = FieldMapEdit.Set(map, name, digits[..written]);
        return ChangeFields(one, sum, command, target, stored, output, ref ticket, ref status, ref meta);
    }

    private Need ChangeFields(
        in FieldMapEdit edit, long answer, in CacheCommand command, in Target target, in Record stored,
        IBufferWriter<byte> output, ref WriteTicket ticket, ref StatusCode status, ref EntryMeta meta)
    {
        if (edit.IsEmpty)
        {
            EmitNumber(answer, output);
            return Need.Nothing;
        }

        if (edit.Count > FieldMap.FieldsMax || edit.Bytes > _valueBytesMax)
        {
            status = StatusCode.TooLarge;
            return Need.Nothing;
        }

        Need need;
        Record result = default;
        if (edit.Count == 0)
        {
            need = Bury(command.Path, target, ref ticket, out meta);
        }
        else
        {
            if (!TryWrite(edit, command.Path, ref ticket, out var value)) return Need.Block;
            var draft = new RecordDraft
            {
                Version = target.Version,
                EntryFlags = target.IsLive ? stored.EntryFlags : 0,
                ExpiresAtMs = target.IsLive ? stored.ExpiresAtMs : 0,
                Kind = EntryKind.Fields,
                Path = command.Path,
                Value = value,
                Block = ticket.Block,
            };
            need = Put(draft, target, ref ticket, ref status, ref meta, out result);
        }

        if (need != Need.Nothing || status != StatusCode.Ok) return need;
        EmitNumber(answer, output);
        if (command.ReturnEntry && !result.IsNone) Emit(result, output, out ticket.Pinned);
        return Need.Nothing;
    }

    /// <summary>
    /// Writes the changed map: into the ticket's block if it is large, else into the thread's buffer. False when it
    /// needs a block that the ticket does not have.
    /// </summary>
    private bool TryWrite(
        in FieldMapEdit edit, ReadOnlySpan<byte> path, ref WriteTicket ticket, out ReadOnlySpan<byte> value)
    {
        value = default;
        var bytes = (int)edit.Bytes;
        if (!_limits.IsLarge(path.Length, bytes))
        {
            if (_scratch is null || _scratch.Length < bytes) _scratch = new byte[_limits.InlineValueBytesMax];
            edit.WriteTo(_scratch.AsSpan(0, bytes));
            value = _scratch.AsSpan(0, bytes);
            return true;
        }

        var wanted = LargeBlock.ValueBytesFor(EntryKind.Fields, bytes);
        if (ticket.Block == null || ticket.Block->PagesBytes != wanted)
        {
            ticket.BlockValueBytes = wanted;
            return false;
        }

        edit.WriteTo(LargeBlock.Pages(ticket.Block));
        return true;
    }

    private static FieldMap MapOf(in Record stored) =>
        FieldMap.Over(stored.IsLarge ? LargeBlock.Pages(stored.Block) : stored.Value);

    /// <summary>The field's number and a delta; a field that is not there is 0.</summary>
    public static bool TrySum(FieldMap map, ReadOnlySpan<byte> name, long delta, out long sum)
    {
        sum = 0;
        if (!map.TryGet(name, out var text))
        {
            sum = delta;
            return true;
        }

        return DecimalNumber.TryRead(text, out sum) && TryAdd(ref sum, delta);
    }

    private static void EmitNumber(long number, IBufferWriter<byte> output)
    {
        BinaryPrimitives.WriteInt64LittleEndian(output.GetSpan(sizeof(long)), number);
        output.Advance(sizeof(long));
    }
}

using System.Buffers;
using System.Buffers.Text;
using Hedgerow.Leaf.Cache;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Shards;

/// <summary>
/// What an operation on fields makes of a document that is a hash: the whole document as it becomes, which is then
/// written like any other. The same arithmetic as on entries, <see cref="FieldMapEdit"/>. One thread.
/// </summary>
internal sealed class HashChange
{
    private readonly ArrayBufferWriter<byte> _json = new();

    /// <summary>The document as it becomes; empty when its last field went.</summary>
    public ReadOnlySpan<byte> Json => _json.WrittenSpan;

    /// <summary>What the operation answers: fields added or removed, or the sum.</summary>
    public long Number { get; private set; }

    /// <summary>Whether anything changes.</summary>
    public bool IsChanged { get; private set; }

    /// <summary>What is wrong, when something is.</summary>
    public string? Error { get; private set; }

    /// <summary>Works out an operation on fields.</summary>
    /// <param name="command">A FieldSet, FieldDelete or FieldIncrement.</param>
    /// <param name="stored">The document; empty for none.</param>
    public StatusCode Make(in CacheCommand command, ReadOnlySpan<byte> stored)
    {
        var bytes = new ArrayBufferWriter<byte>();
        if (!stored.IsEmpty && !FlatDocument.TryWriteMap(stored, bytes))
            return Fail(StatusCode.WrongKind, "The document is no flat object, so it has no fields.");
        var map = FieldMap.Over(bytes.WrittenSpan);
        if (!FieldList.TryRead(command.Value, out var list, out var error) || list.Count == 0)
            return Fail(StatusCode.BadRequest, error ?? "No field is named.");
        if (command.Opcode == Opcode.FieldIncrement) return Increment(map, command);
        using var edit = command.Opcode == Opcode.FieldSet
            ? FieldMapEdit.Set(map, list, command.Value, command.OnlyIfAbsent)
            : FieldMapEdit.Remove(map, list, command.Value);
        Number = Math.Abs(edit.Difference);
        return Take(edit);
    }

    /// <summary>The document of a map that came whole.</summary>
    public StatusCode Take(ReadOnlySpan<byte> map)
    {
        IsChanged = true;
        return FieldMap.TryRead(map, out var fields, out var error)
            && FlatDocument.TryWriteJson(fields, _json, out error)
            ? StatusCode.Ok
            : Fail(StatusCode.BadRequest, error);
    }

    private StatusCode Increment(FieldMap map, in CacheCommand command)
    {
        var name = command.Value[sizeof(uint)..];
        if (!Partition.TrySum(map, name, command.Delta, out var sum))
        {
            return Fail(StatusCode.NotANumber,
                "The field is not a decimal 64-bit number, or the sum would leave its range.");
        }

        Span<byte> digits = stackalloc byte[DecimalNumber.TextBytesMax];
        Utf8Formatter.TryFormat(sum, digits, out var written);
        Number = sum;
        using var edit = FieldMapEdit.Set(map, name, digits[..written]);
        return Take(edit);
    }

    private StatusCode Take(in FieldMapEdit edit)
    {
        IsChanged = !edit.IsEmpty;
        if (!IsChanged || edit.Count == 0) return StatusCode.Ok;
        if (edit.Count > FieldMap.FieldsMax || edit.Bytes > Array.MaxLength)
        {
            return Fail(StatusCode.TooLarge,
                $"The document would have more than {FieldMap.FieldsMax} fields, or than {FieldMap.SameHashMax} of one "
                + "hash.");
        }

        var changed = new byte[edit.Bytes];
        edit.WriteTo(changed);
        return FlatDocument.TryWriteJson(FieldMap.Over(changed), _json, out var error)
            ? StatusCode.Ok
            : Fail(StatusCode.BadRequest, error);
    }

    private StatusCode Fail(StatusCode status, string error)
    {
        Error = error;
        return status;
    }
}

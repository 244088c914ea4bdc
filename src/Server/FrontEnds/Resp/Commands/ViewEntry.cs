using System.Buffers;
using System.Buffers.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Resp.Commands;

/// <summary>
/// One key as a transaction sees it: what was stored when it was read, and what the transaction made of it. Executes
/// cache commands by the store's own rules, on this copy.
/// </summary>
internal sealed class ViewEntry
{
    private const int NumberTextBytesMax = 20;

    public ViewEntry(byte[] path)
    {
        Path = path;
    }

    /// <summary>The key.</summary>
    public byte[] Path { get; }

    /// <summary>The version that was read; 0: nothing was there.</summary>
    public ulong StoredVersion { get; private set; }

    /// <summary>What the read said of the key's history.</summary>
    public KeyState Read { get; private set; }

    /// <summary>Whether there is an entry now.</summary>
    public bool IsLive { get; private set; }

    /// <summary>Whether the transaction has changed it.</summary>
    public bool IsChanged { get; private set; }

    /// <summary>What the value is.</summary>
    public EntryKind Kind { get; private set; }

    /// <summary>The client's own 32 bits.</summary>
    public uint EntryFlags { get; private set; }

    /// <summary>Unix milliseconds; 0 means never.</summary>
    public long ExpiresAtMs { get; private set; }

    /// <summary>The value.</summary>
    public byte[] Value { get; private set; } = [];

    /// <summary>What conditional writes within the transaction compare with.</summary>
    public ulong Version { get; private set; }

    /// <summary>Takes over what a read found; without a value nothing was there.</summary>
    public void Load(in CommandOutcome outcome, ReadOnlySpan<byte> value)
    {
        IsLive = outcome.Status == StatusCode.Ok;
        IsChanged = false;
        StoredVersion = Version = IsLive ? outcome.Version : 0;
        Read = new KeyState(outcome);
        Kind = outcome.Kind;
        EntryFlags = outcome.EntryFlags;
        ExpiresAtMs = outcome.ExpiresAtMs;
        Value = value.ToArray();
    }

    /// <summary>Executes one operation on the copy.</summary>
    /// <param name="command">Any that the store would take.</param>
    /// <param name="nowMs">Unix milliseconds.</param>
    /// <param name="valueBytesMax">Bytes of a value, at most.</param>
    /// <param name="output">As the store's.</param>
    public StatusCode Execute(in CacheCommand command, long nowMs, int valueBytesMax, IBufferWriter<byte> output)
    {
        if (IsLive && ExpiresAtMs != 0 && ExpiresAtMs <= nowMs) IsLive = false;
        if (command.Value.Length > valueBytesMax) return StatusCode.TooLarge;
        if (Refusal(command) is { } refusal) return refusal;
        switch (command.Opcode)
        {
            case Opcode.Get:
                output.Write(Value);
                return StatusCode.Ok;
            case Opcode.Head:
                ValueLengths.Write(output, Value.Length);
                return StatusCode.Ok;
            case Opcode.Set or Opcode.Add or Opcode.Replace or Opcode.CompareAndSet:
                return Put(command.Kind, command.EntryFlags, command.ExpiresAtMs, command.Value.ToArray());
            case Opcode.Delete:
                return Drop();
            case Opcode.Touch:
                return Put(Kind, EntryFlags, command.ExpiresAtMs, Value);
            case Opcode.Append or Opcode.Prepend:
                return Join(command, valueBytesMax, output);
            case Opcode.Increment:
                return Increment(command, output);
            case Opcode.FieldGet:
                return ReadFields(command.Value, output);
            case Opcode.FieldSet or Opcode.FieldDelete:
                return EditFields(command, valueBytesMax, output);
            case Opcode.FieldIncrement:
                return IncrementField(command, valueBytesMax, output);
            default:
                return StatusCode.UnknownOpcode;
        }
    }

    /// <summary>Everything is deleted.</summary>
    public void Flush()
    {
        if (IsLive) Drop();
    }

    private StatusCode? Refusal(in CacheCommand command)
    {
        if (!IsLive) return NeedsEntry(command) ? StatusCode.NotFound : null;
        if (command.Opcode == Opcode.Add) return StatusCode.Exists;
        var compares = command.CompareVersion != 0 || command.Opcode == Opcode.CompareAndSet;
        if (compares && command.CompareVersion != Version) return StatusCode.VersionMismatch;
        var wantsFields = CacheCommand.IsOnFields(command.Opcode);
        var wantsValue = command.Opcode is Opcode.Append or Opcode.Prepend or Opcode.Increment;
        return (wantsFields && Kind != EntryKind.Fields) || (wantsValue && Kind != EntryKind.Value)
            ? StatusCode.WrongKind
            : null;
    }

    private static bool NeedsEntry(in CacheCommand command) => command.Opcode switch
    {
        Opcode.Set or Opcode.Add => false,
        Opcode.FieldSet or Opcode.FieldIncrement => command.CompareVersion != 0,
        Opcode.Increment => !command.HasInitial,
        _ => true,
    };

    private StatusCode Put(EntryKind kind, uint entryFlags, long expiresAtMs, byte[] value)
    {
        Kind = kind;
        EntryFlags = entryFlags;
        ExpiresAtMs = expiresAtMs;
        Value = value;
        IsLive = true;
        Changed();
        return StatusCode.Ok;
    }

    private StatusCode Drop()
    {
        IsLive = false;
        Value = [];
        Changed();
        return StatusCode.Ok;
    }

    // The copy's versions only have to differ from each other.
    private void Changed()
    {
        Version++;
        IsChanged = true;
    }

    private StatusCode Join(in CacheCommand command, int valueBytesMax, IBufferWriter<byte> output)
    {
        if ((long)Value.Length + command.Value.Length > valueBytesMax) return StatusCode.TooLarge;
        byte[] joint = command.Opcode == Opcode.Append ? [.. Value, .. command.Value] : [.. command.Value, .. Value];
        ValueLengths.WriteNumber(output, joint.Length);
        return Put(Kind, EntryFlags, ExpiresAtMs, joint);
    }

    private StatusCode Increment(in CacheCommand command, IBufferWriter<byte> output)
    {
        var sum = command.Initial;
        if (IsLive)
        {
            if (!RedisInteger.TryParse(Value, out sum) || Counters.Overflows(sum, command.Delta))
                return StatusCode.NotANumber;
            sum += command.Delta;
        }

        var digits = new byte[NumberTextBytesMax];
        Utf8Formatter.TryFormat(sum, digits, out var length);
        output.Write(digits.AsSpan(0, length));
        return IsLive
            ? Put(Kind, EntryFlags, ExpiresAtMs, digits[..length])
            : Put(EntryKind.Value, 0, command.ExpiresAtMs, digits[..length]);
    }

    private StatusCode ReadFields(ReadOnlySpan<byte> names, IBufferWriter<byte> output)
    {
        if (!FieldList.TryRead(names, out var list, out _)) return StatusCode.BadRequest;
        var map = FieldMap.Over(Value);
        var left = FieldValues.BytesMaxOf(map);
        foreach (var name in list)
        {
            var isPresent = map.TryGet(name, out var value);
            left -= FieldValues.BytesOf(isPresent ? value.Length : -1);
            if (left < 0) return StatusCode.TooLarge;
            if (isPresent) FieldValues.WritePresent(output, value);
            else FieldValues.WriteAbsent(output);
        }

        return StatusCode.Ok;
    }

    private StatusCode EditFields(in CacheCommand command, int valueBytesMax, IBufferWriter<byte> output)
    {
        if (!FieldList.TryRead(command.Value, out var list, out _)) return StatusCode.BadRequest;
        var map = IsLive ? FieldMap.Over(Value) : default;
        using var edit = command.Opcode == Opcode.FieldSet
            ? FieldMapEdit.Set(map, list, command.Value, command.OnlyIfAbsent)
            : FieldMapEdit.Remove(map, list, command.Value);
        ValueLengths.WriteNumber(output, Math.Abs(edit.Difference));
        var status = Apply(edit, valueBytesMax);
        if (status == StatusCode.Ok && command.ReturnEntry && IsLive) output.Write(Value);
        return status;
    }

    private StatusCode IncrementField(in CacheCommand command, int valueBytesMax, IBufferWriter<byte> output)
    {
        if (!FieldList.TryRead(command.Value, out var list, out _)) return StatusCode.BadRequest;
        var names = list.GetEnumerator();
        if (!names.MoveNext()) return StatusCode.BadRequest;
        var map = IsLive ? FieldMap.Over(Value) : default;
        long number = 0;
        var isNumber = !map.TryGet(names.Current, out var text) || RedisInteger.TryParse(text, out number);
        if (!isNumber || Counters.Overflows(number, command.Delta)) return StatusCode.NotANumber;
        Span<byte> digits = stackalloc byte[NumberTextBytesMax];
        Utf8Formatter.TryFormat(number + command.Delta, digits, out var length);
        using var edit = FieldMapEdit.Set(map, names.Current, digits[..length]);
        ValueLengths.WriteNumber(output, number + command.Delta);
        return Apply(edit, valueBytesMax);
    }

    private StatusCode Apply(in FieldMapEdit edit, int valueBytesMax)
    {
        if (edit.Count > FieldMap.FieldsMax || edit.Bytes > valueBytesMax) return StatusCode.TooLarge;
        if (edit.IsEmpty) return StatusCode.Ok;
        if (edit.Count == 0) return Drop();
        var value = new byte[edit.Bytes];
        edit.WriteTo(value);
        return IsLive ? Put(Kind, EntryFlags, ExpiresAtMs, value) : Put(EntryKind.Fields, 0, 0, value);
    }
}

using System.Buffers;
using System.Buffers.Text;
using System.Text;
using Hedgerow.Leaf.Cache;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Cache;

/// <summary>The promises of the store in the most obvious form: a dictionary that never evicts.</summary>
internal sealed class ModelStore(int valueBytesMax, long tombstoneLifeMs)
{
    private readonly Dictionary<string, Entry> _entries = [];

    public bool TryFind(string path, long nowMs, out Entry entry) =>
        _entries.TryGetValue(path, out entry!) && (entry.ExpiresAtMs == 0 || entry.ExpiresAtMs > nowMs);

    /// <summary>What an eviction does; the random tests call it where the store has forgotten.</summary>
    public void Forget(string path) => _entries.Remove(path);

    public Entry? Snapshot(string path) => _entries.GetValueOrDefault(path);

    public void Restore(string path, Entry? entry)
    {
        if (entry is null) _entries.Remove(path);
        else _entries[path] = entry;
    }

    /// <param name="command">The operation.</param>
    /// <param name="stamped">The version that the store stamped, if it did: Internal if not above the stored.</param>
    /// <param name="nowMs">Unix milliseconds.</param>
    /// <param name="output">The resulting value.</param>
    /// <param name="meta">As the store gives it.</param>
    public StatusCode Execute(
        in CacheCommand command, ulong stamped, long nowMs, IBufferWriter<byte> output, out EntryMeta meta)
    {
        meta = default;
        var path = Encoding.Latin1.GetString(command.Path);
        Entry? stored = TryFind(path, nowMs, out var found) ? found : null;
        var live = stored is { IsTombstone: false } ? stored : null;
        if (stored is not null) meta = stored.Meta;
        if (command.Opcode == Opcode.Get)
        {
            if (live is null || live.Version < command.Version) return StatusCode.NotFound;
            output.Write(live.Value);
            return StatusCode.Ok;
        }

        if (command.Value.Length > valueBytesMax) return StatusCode.TooLarge;
        var refusal = Refusal(command, stored, live);
        if (refusal != StatusCode.Ok) return refusal;
        var version = command.Version != 0 ? command.Version : stamped;
        var isStale = version <= (stored?.Version ?? 0);
        if (command.Opcode == Opcode.Delete)
        {
            if (isStale) return StatusCode.Internal;
            meta = Bury(path, version, nowMs);
            return live is null ? StatusCode.NotFound : StatusCode.Ok;
        }

        var next = Next(command, live, version);
        if (next is null) return StatusCode.NotANumber;
        if (next.Value.Length > valueBytesMax) return StatusCode.TooLarge;
        if (isStale) return StatusCode.Internal;
        meta = next.Meta;
        var isGone = next.ExpiresAtMs != 0 && next.ExpiresAtMs <= nowMs;
        if (command.Opcode != Opcode.Set && !(isGone && command.Opcode == Opcode.Touch)) output.Write(next.Value);
        if (isGone) Bury(path, version, nowMs);
        else _entries[path] = next;
        return StatusCode.Ok;
    }

    private static StatusCode Refusal(in CacheCommand command, Entry? stored, Entry? live)
    {
        var opcode = command.Opcode;
        if (live is null)
        {
            var needsOne = opcode is Opcode.Replace or Opcode.Append or Opcode.Prepend or Opcode.Touch
                or Opcode.CompareAndSet || (opcode == Opcode.Increment && !command.HasInitial)
                || (opcode == Opcode.Delete && (command.CompareVersion != 0 || command.Version == 0));
            if (needsOne) return StatusCode.NotFound;
        }
        else
        {
            if (opcode == Opcode.Add) return StatusCode.Exists;
            var compares = opcode == Opcode.CompareAndSet
                || (opcode is Opcode.Delete or Opcode.Touch && command.CompareVersion != 0);
            if (compares && command.CompareVersion != live.Version) return StatusCode.VersionMismatch;
        }

        var tooOld = stored is not null && command.Version != 0 && command.Version <= stored.Version;
        return tooOld ? StatusCode.VersionTooOld : StatusCode.Ok;
    }

    private static Entry? Next(in CacheCommand command, Entry? live, ulong version) => command.Opcode switch
    {
        Opcode.Append => live! with
        {
            Version = version, Value = [.. live.Value, .. command.Value], Mark = EntryMark.None,
        },
        Opcode.Prepend => live! with
        {
            Version = version, Value = [.. command.Value, .. live.Value], Mark = EntryMark.None,
        },
        Opcode.Touch => live! with { Version = version, ExpiresAtMs = command.ExpiresAtMs },
        Opcode.Increment when live is null =>
            new Entry(version, 0, command.ExpiresAtMs, Text(command.Initial), false),
        Opcode.Increment => Sum(live.Value, command.Delta) is { } sum
            ? live with { Version = version, Value = Text(sum) }
            : null,
        _ => new Entry(version, command.EntryFlags, command.ExpiresAtMs, command.Value.ToArray(), false, command.Mark),
    };

    private static long? Sum(byte[] text, long delta)
    {
        if (!Utf8Parser.TryParse(text, out long number, out var used) || used != text.Length) return null;
        var sum = (Int128)number + delta;
        return sum < long.MinValue || sum > long.MaxValue ? null : (long)sum;
    }

    private static byte[] Text(long number) => Encoding.ASCII.GetBytes(number.ToString());

    private EntryMeta Bury(string path, ulong version, long nowMs)
    {
        _entries[path] = new Entry(version, 0, nowMs + tombstoneLifeMs, [], true);
        return new EntryMeta(version, 0, 0);
    }

    internal sealed record Entry(
        ulong Version, uint Flags, long ExpiresAtMs, byte[] Value, bool IsTombstone, EntryMark Mark = EntryMark.None)
    {
        public EntryMeta Meta => IsTombstone
            ? new(Version, 0, 0)
            : new(Version, Flags, ExpiresAtMs, EntryKind.Value, Mark);
    }
}

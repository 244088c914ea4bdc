using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Router.Tests;

/// <summary>
/// What a leaf is to a router, in the simplest way: versioned entries by path, last writer wins, tombstones, an epoch.
/// Answers at once. Collections, searches and bulks are in <see cref="ModelDocuments"/>.
/// </summary>
internal sealed class ModelLeaf
{
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    public ModelLeaf(string id)
    {
        Id = id;
        Documents = new ModelDocuments(this);
    }

    public string Id { get; }

    public ModelDocuments Documents { get; }

    /// <summary>Requests with an epoch from 1 to below this are answered WrongShard.</summary>
    public uint Epoch { get; set; } = 1;

    public IReadOnlyDictionary<string, Entry> Entries => _entries;

    public void Clear()
    {
        _entries.Clear();
        Documents.Clear();
    }

    /// <summary>Puts an entry there behind the router's back.</summary>
    public void Put(string path, string value, ulong version) =>
        _entries[path] = new Entry(version, 0, 0, Encoding.UTF8.GetBytes(value));

    public string? ValueOf(string path) =>
        _entries.GetValueOrDefault(path).Value is { } value ? Encoding.UTF8.GetString(value) : null;

    public ulong VersionOf(string path) => _entries.TryGetValue(path, out var entry) ? entry.Version : 0;

    public Reply Handle(in RequestHeader header, ReadOnlyMemory<byte> body)
    {
        if (header.Epoch != 0 && header.Epoch < Epoch)
        {
            Span<byte> epoch = stackalloc byte[4];
            BinaryPrimitives.WriteUInt32LittleEndian(epoch, Epoch);
            return Reply.Copy(new ReplyHeader { Status = StatusCode.WrongShard }, epoch);
        }

        if (header.Opcode == Opcode.GetMany) return GetMany(body.Span);
        if (!CacheCommand.Carries(header.Opcode)) return Documents.Handle(header, body);
        var status = CacheCommand.TryRead(header.Opcode, body.Span, out var command, out var error);
        return status == StatusCode.Ok
            ? Execute(command, (header.Flags & FrameFlags.ReturnEntry) != 0)
            : Text(status, error!);
    }

    public static Reply Text(StatusCode status, string text) =>
        Reply.Copy(new ReplyHeader { Status = status }, Encoding.UTF8.GetBytes(text));

    public static Reply Empty(StatusCode status, ulong version) =>
        Reply.Copy(new ReplyHeader { Status = status, Version = version }, []);

    /// <summary>Stores if the version is above the stored one.</summary>
    public StatusCode Store(string path, ulong version, byte[]? value, uint flags = 0, long expiresAtMs = 0)
    {
        if (_entries.TryGetValue(path, out var stored) && version <= stored.Version) return StatusCode.VersionTooOld;
        _entries[path] = new Entry(version, flags, expiresAtMs, value);
        return StatusCode.Ok;
    }

    private Reply Execute(in CacheCommand command, bool returnEntry)
    {
        var path = Encoding.UTF8.GetString(command.Path);
        var stored = _entries.GetValueOrDefault(path);
        var live = stored.Value is not null;
        if (command.Opcode == Opcode.Get)
            return live ? EntryReply(stored) : Empty(StatusCode.NotFound, stored.Version);
        if (command.CompareVersion != 0 && stored.Version != command.CompareVersion)
            return Empty(live ? StatusCode.VersionMismatch : StatusCode.NotFound, stored.Version);
        if (command.Opcode == Opcode.Add && live) return Empty(StatusCode.Exists, stored.Version);
        if (NeedsEntry(command) && !live) return Empty(StatusCode.NotFound, stored.Version);
        var value = NewValue(command, stored, out var isNumber);
        if (!isNumber) return Empty(StatusCode.NotANumber, stored.Version);
        if (Store(path, command.Version, value, command.EntryFlags, command.ExpiresAtMs) != StatusCode.Ok)
            return Empty(StatusCode.VersionTooOld, stored.Version);
        if (command.Opcode == Opcode.Delete) return Empty(live ? StatusCode.Ok : StatusCode.NotFound, command.Version);
        if (returnEntry) return EntryReply(_entries[path]);
        return NumberOf(command.Opcode, value!) is { } number
            ? Number(number, command.Version)
            : Empty(StatusCode.Ok, command.Version);
    }

    private static long? NumberOf(Opcode opcode, byte[] value) => opcode switch
    {
        Opcode.Increment => long.Parse(value, CultureInfo.InvariantCulture),
        Opcode.Append or Opcode.Prepend => value.Length,
        _ => null,
    };

    private static Reply Number(long number, ulong version)
    {
        Span<byte> body = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(body, number);
        return Reply.Copy(new ReplyHeader { Status = StatusCode.Ok, Version = version }, body);
    }

    private static bool NeedsEntry(in CacheCommand command) =>
        command.Opcode is Opcode.Replace or Opcode.Append or Opcode.Prepend or Opcode.Touch or Opcode.CompareAndSet
        || (command.Opcode == Opcode.Increment && !command.HasInitial);

    private static byte[]? NewValue(in CacheCommand command, in Entry stored, out bool isNumber)
    {
        isNumber = true;
        switch (command.Opcode)
        {
            case Opcode.Delete: return null;
            case Opcode.Touch: return stored.Value;
            case Opcode.Append: return [.. stored.Value!, .. command.Value];
            case Opcode.Prepend: return [.. command.Value, .. stored.Value!];
            case Opcode.Increment:
                if (stored.Value is null) return Encoding.UTF8.GetBytes($"{command.Initial}");
                isNumber = long.TryParse(stored.Value, CultureInfo.InvariantCulture, out var number);
                return Encoding.UTF8.GetBytes($"{number + command.Delta}");
            default: return command.Value.ToArray();
        }
    }

    private static Reply EntryReply(in Entry entry)
    {
        var body = new byte[EntryBody.PrefixLength + entry.Value!.Length];
        EntryBody.WritePrefix(body, entry.Flags, entry.ExpiresAtMs);
        entry.Value.CopyTo(body, EntryBody.PrefixLength);
        return Reply.Copy(new ReplyHeader { Status = StatusCode.Ok, Version = entry.Version }, body);
    }

    private Reply GetMany(ReadOnlySpan<byte> body)
    {
        if (GetManyCodec.TryReadRequest(body, out var request, out var error) != StatusCode.Ok)
            return Text(StatusCode.BadRequest, error!);
        var output = new ArrayBufferWriter<byte>();
        GetManyCodec.WriteCount(output, request.Count);
        while (request.MoveNext())
        {
            var entry = _entries.GetValueOrDefault(Encoding.UTF8.GetString(request.Path));
            if (entry.Value is null) GetManyCodec.WriteMissing(output, StatusCode.NotFound, entry.Version);
            else GetManyCodec.WriteEntry(output, entry.Version, entry.Flags, entry.ExpiresAtMs, entry.Value);
        }

        return Reply.Copy(new ReplyHeader { Status = StatusCode.Ok }, output.WrittenSpan);
    }

    /// <summary>A stored version; no value is a tombstone.</summary>
    internal readonly record struct Entry(ulong Version, uint Flags, long ExpiresAtMs, byte[]? Value);
}

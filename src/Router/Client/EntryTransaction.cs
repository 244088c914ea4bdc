using System.Buffers;
using System.Buffers.Binary;
using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// Checks and writes of entries of one shard that happen as one step: all of them or none. Paths with the same part in
/// braces, as in <c>/cart/{7}/a</c> and <c>/cart/{7}/b</c>, are of one shard. Not thread-safe; may be run again.
/// </summary>
public sealed class EntryTransaction
{
    private readonly ArrayBufferWriter<byte> _checks = new();
    private readonly List<Write> _writes = [];
    private int _checkCount;

    /// <summary>Checks and writes so far; at most <see cref="TransactCodec.PathsMax"/> together.</summary>
    public int Count => _checkCount + _writes.Count;

    /// <summary>Nothing happens unless this version is stored.</summary>
    public EntryTransaction Expect(EntryPath path, ulong version)
    {
        Room();
        _checkCount++;
        TransactCodec.WriteCheck(_checks, ClientCalls.Checked(path), version);
        return this;
    }

    /// <summary>Nothing happens unless no live entry is there.</summary>
    public EntryTransaction ExpectAbsent(EntryPath path) => Expect(path, 0);

    /// <summary>Stores a value; of a path written twice the later counts.</summary>
    public EntryTransaction Set(EntryPath path, ReadOnlyMemory<byte> value, WriteOptions options = default) =>
        Add(Opcode.Set, path, value, options);

    /// <summary>Removes an entry.</summary>
    public EntryTransaction Delete(EntryPath path) => Add(Opcode.Delete, path, default, default);

    /// <summary>Changes the time to live; null means never expire.</summary>
    public EntryTransaction Touch(EntryPath path, TimeSpan? timeToLive) =>
        Add(Opcode.Touch, path, default, new WriteOptions(timeToLive));

    internal async ValueTask<TransactionResult> RunAsync(ClientCalls calls, CancellationToken cancel)
    {
        using var reply = await calls.SendAsync(
            new RequestHeader { Opcode = Opcode.Transact }, Encode(calls), cancel).ConfigureAwait(false);
        var version = reply.Header.Version;
        if (reply.Status == StatusCode.VersionMismatch)
        {
            var check = reply.Body.Length >= sizeof(ushort)
                ? BinaryPrimitives.ReadUInt16LittleEndian(reply.Body.Span)
                : -1;
            return new TransactionResult(StatusCode.VersionMismatch, 0, 0, check);
        }

        ClientCalls.ThrowUnlessOk(reply);
        return TransactCodec.TryReadReply(reply.Body.Span, out var results, out var error)
            ? new TransactionResult(StatusCode.Ok, version, results.Replicas, FailedCheck: -1)
            : throw ClientCalls.Unreadable(error);
    }

    private ReadOnlyMemory<byte> Encode(ClientCalls calls)
    {
        var body = new ArrayBufferWriter<byte>();
        TransactCodec.Begin(body, version: 0, _checkCount, _writes.Count);
        body.Write(_checks.WrittenSpan);
        foreach (var (opcode, path, value, options) in _writes)
        {
            TransactCodec.WriteWrite(body, new CacheCommand
            {
                Opcode = opcode,
                Path = path.Bytes.Span,
                Value = value.Span,
                EntryFlags = options.EntryFlags,
                ExpiresAtMs = calls.ExpiryOf(options.TimeToLive),
            });
        }

        return body.WrittenMemory;
    }

    private EntryTransaction Add(Opcode opcode, EntryPath path, ReadOnlyMemory<byte> value, WriteOptions options)
    {
        Room();
        ClientCalls.Checked(path);
        _writes.Add(new Write(opcode, path, value, options));
        return this;
    }

    private readonly record struct Write(
        Opcode Opcode, EntryPath Path, ReadOnlyMemory<byte> Value, WriteOptions Options);

    private void Room() => ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(Count, TransactCodec.PathsMax);
}

/// <summary>How a transaction ended.</summary>
/// <param name="Status">Ok, or VersionMismatch: a check did not hold, and nothing was written.</param>
/// <param name="Version">The version of everything it wrote.</param>
/// <param name="Replicas">Replicas that had it when the call returned.</param>
/// <param name="FailedCheck">The first check that did not hold, counted from 0 in the order added; else -1.</param>
public readonly record struct TransactionResult(StatusCode Status, ulong Version, int Replicas, int FailedCheck)
{
    /// <summary>Whether it happened.</summary>
    public bool Succeeded => Status == StatusCode.Ok;
}

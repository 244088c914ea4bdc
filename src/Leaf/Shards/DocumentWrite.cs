using System.Buffers;
using System.Buffers.Binary;
using Hedgerow.Leaf.Durability;
using Hedgerow.Leaf.Scheduling;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Shards;

/// <summary>
/// A single write to a document's path: decided and logged on the lane, answered when it is committed.
/// </summary>
internal sealed class DocumentWrite(
    in Request request, ReadOnlySpan<byte> body, LeafCore core, ShardEngine shard, DocumentCollection collection)
    : PendingRequest(request, body, core.Pending), ILaneWork, ICommitWaiter
{
    private DocumentCollection _collection = collection;
    private WriteOutcome _outcome;

    /// <summary>Where the value is not the document itself: of operations on fields, and of maps of them.</summary>
    private HashChange? _hash;

    /// <summary>
    /// What is wrong with an operation on a document before anything is looked up; null when nothing is.
    /// </summary>
    public static string? Problem(in CacheCommand command, bool isHash)
    {
        if (isHash && (CacheCommand.IsOnFields(command.Opcode) || command.Kind == EntryKind.Fields)) return null;
        if (command.Opcode is Opcode.Append or Opcode.Prepend or Opcode.Increment or Opcode.Touch
            || CacheCommand.IsOnFields(command.Opcode))
        {
            return $"{command.Opcode} is for entries; this path is a document's, which takes Get, Head, Set, Add, " +
                "Replace, CompareAndSet and Delete.";
        }

        if (command.Kind != EntryKind.Value) return "A document is JSON; its kind is 0, not a map of fields.";
        if (command.ExpiresAtMs != 0)
            return "Documents do not expire; send the time to live as 0, and delete the document in its time.";
        return command.Opcode != Opcode.Delete && command.Value.IsEmpty
            ? "A document is a JSON object; the value is empty."
            : null;
    }

    public void OnCommitted(string? failure)
    {
        if (failure is not null) Fail(StatusCode.ReadOnly, failure);
        else Answer();
    }

    protected override void Serve()
    {
        _collection = _collection.Current;
        if (_collection.IsDropped)
        {
            Fail(StatusCode.NoSuchCollection, $"The collection '{_collection.Name}' was dropped meanwhile.");
            return;
        }

        // It was read once, so it reads again.
        _ = CacheCommand.TryRead(Request.Header.Opcode, Body.Span, out var command, out _);
        var refusal = Refusal(command, out var stored);
        if (refusal != StatusCode.Ok)
        {
            Finish(refusal, stored, []);
            return;
        }

        if (CacheCommand.IsOnFields(command.Opcode) || command.Kind == EntryKind.Fields)
        {
            ServeHash(command, stored);
            return;
        }

        Write(new DocumentChange
        {
            Path = command.Path, Version = command.Version, Json = command.Value,
            IsCopy = (Request.Header.Flags & FrameFlags.Replicated) != 0,
        });
    }

    /// <summary>Fields of a document that is a hash are changed by writing it whole.</summary>
    private void ServeHash(in CacheCommand command, ulong stored)
    {
        _hash = new HashChange();
        StatusCode status;
        if (!CacheCommand.IsOnFields(command.Opcode))
        {
            status = _hash.Take(command.Value);
        }
        else
        {
            var current = new ArrayBufferWriter<byte>();
            _collection.Readable.TryGet(command.Path, current, out stored);
            status = _hash.Make(command, current.WrittenSpan);
        }

        if (status != StatusCode.Ok)
        {
            Fail(status, _hash.Error!, stored);
        }
        else if (_hash.IsChanged)
        {
            Write(new DocumentChange { Path = command.Path, Version = command.Version, Json = _hash.Json });
        }
        else
        {
            _outcome = new WriteOutcome(StatusCode.Ok, stored, 0, null);
            Answer();
        }
    }

    private void Write(in DocumentChange change)
    {
        _outcome = shard.Writer.Write(_collection, change);
        if (_outcome.IsLogged && shard.Log is not null) shard.Log.NotifyWhenCommitted(_outcome.LogEnd, this);
        else Answer();
    }

    /// <summary>Whether its condition on what is stored holds. As the cache store decides it for entries.</summary>
    private StatusCode Refusal(in CacheCommand command, out ulong stored)
    {
        stored = 0;
        var isConditional = command.Opcode is Opcode.Add or Opcode.Replace or Opcode.CompareAndSet
            || (command.Opcode == Opcode.Delete && (command.CompareVersion != 0 || command.Version == 0))
            || (CacheCommand.IsOnFields(command.Opcode) && command.CompareVersion != 0);
        if (!isConditional) return StatusCode.Ok;
        var isLive = _collection.Readable.TryGet(command.Path, Discard.Instance, out stored);
        if (command.Opcode == Opcode.Add) return isLive ? StatusCode.Exists : StatusCode.Ok;
        if (!isLive) return StatusCode.NotFound;
        var compares = command.Opcode != Opcode.Replace && command.CompareVersion != 0;
        return compares && command.CompareVersion != stored ? StatusCode.VersionMismatch : StatusCode.Ok;
    }

    private void Answer()
    {
        if (_outcome.Error is not null)
        {
            Fail(_outcome.Status, _outcome.Error, _outcome.Version);
            return;
        }

        _ = CacheCommand.TryRead(Request.Header.Opcode, Body.Span, out var command, out _);
        if (_hash is not null && CacheCommand.IsOnFields(command.Opcode))
        {
            AnswerNumber(_hash);
            return;
        }

        var wantsEntry = _outcome.Status == StatusCode.Ok && (Request.Header.Flags & FrameFlags.ReturnEntry) != 0
            && Request.Header.Opcode is Opcode.Add or Opcode.Replace or Opcode.CompareAndSet;
        if (!wantsEntry)
        {
            Finish(_outcome.Status, _outcome.Version, []);
            return;
        }

        var entry = ReplyScratch.Begin(EntryBody.PrefixLength);
        EntryBody.WritePrefix(entry.Written, 0, 0);
        entry.Write(_hash is null ? command.Value : _hash.Json);
        Finish(StatusCode.Ok, _outcome.Version, entry.Written);
    }

    /// <summary>The number, and behind it the document as it became if that is asked for and there is one.</summary>
    private void AnswerNumber(HashChange hash)
    {
        var wantsEntry = hash.IsChanged && !hash.Json.IsEmpty && (Request.Header.Flags & FrameFlags.ReturnEntry) != 0;
        var reply = ReplyScratch.Begin(sizeof(long) + (wantsEntry ? EntryBody.PrefixLength : 0));
        BinaryPrimitives.WriteInt64LittleEndian(reply.Written, hash.Number);
        if (wantsEntry)
        {
            EntryBody.WritePrefix(reply.Written[sizeof(long)..], 0, 0);
            reply.Write(hash.Json);
        }

        // A deletion by its last field finds the document, whatever the index says of an older tombstone.
        var status = _outcome.Status == StatusCode.NotFound ? StatusCode.Ok : _outcome.Status;
        Finish(status, _outcome.Version, reply.Written);
    }

    /// <summary>Takes bytes nobody wants: only whether there is a document is asked.</summary>
    private sealed class Discard : IBufferWriter<byte>
    {
        private const int BytesAtFirst = 4_096;

        [ThreadStatic]
        private static byte[]? _room;

        public static Discard Instance { get; } = new();

        public void Advance(int count)
        {
        }

        public Memory<byte> GetMemory(int sizeHint = 0) => Room(sizeHint);

        public Span<byte> GetSpan(int sizeHint = 0) => Room(sizeHint);

        private static byte[] Room(int sizeHint)
        {
            if (_room is null || _room.Length < sizeHint) _room = new byte[Math.Max(BytesAtFirst, sizeHint)];
            return _room;
        }
    }
}

using System.Text;
using System.Text.Unicode;
using Hedgerow.Leaf.Durability;
using Hedgerow.Leaf.Scheduling;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Shards;

/// <summary>One document to write: a view over the request it came in.</summary>
internal readonly ref struct DocumentChange
{
    public required ReadOnlySpan<byte> Path { get; init; }

    /// <summary>The coordinator's clock; 0 takes the stored version plus one.</summary>
    public required ulong Version { get; init; }

    /// <summary>UTF-8 JSON; empty deletes.</summary>
    public ReadOnlySpan<byte> Json { get; init; }

    /// <summary>
    /// Whether another replica has it already, perhaps from a version that asked for less: then it is taken as it is,
    /// if it fits the schema.
    /// </summary>
    public bool IsCopy { get; init; }
}

/// <summary>How a write ended.</summary>
/// <param name="Status">Ok, or NotFound for a delete of nothing whose tombstone was kept: both are to be
/// committed.</param>
/// <param name="Version">The version written, or the stored one that stood against it.</param>
/// <param name="LogEnd">The log position behind it, when it was logged.</param>
/// <param name="Error">What was wrong, when something was.</param>
internal readonly record struct WriteOutcome(StatusCode Status, ulong Version, long LogEnd, string? Error)
{
    /// <summary>Whether it is in the log, and has to be committed before it is acknowledged.</summary>
    public bool IsLogged => Status is StatusCode.Ok || (Status is StatusCode.NotFound && LogEnd > 0);
}

/// <summary>The steps of a document write, on the lane: check, log, apply. And when to flush.</summary>
internal sealed class ShardWriter(ShardEngine shard, ShardFlusher flusher, BackgroundThrottle throttle)
{
    /// <summary>
    /// Writes or deletes one document. When the log takes it and then fails, it is applied and was never acknowledged:
    /// the outcome is unknown to the client until the leaf starts again, as after any lost answer.
    /// </summary>
    public WriteOutcome Write(DocumentCollection collection, in DocumentChange change)
    {
        throttle.Breathe();
        var isDelete = change.Json.IsEmpty;
        var valid = isDelete
            ? CheckPath(change.Path, out var error)
            : Check(collection, change, out error);
        if (valid == StatusCode.Ok && !isDelete) valid = CheckSealed(collection, change, ref error);
        if (valid != StatusCode.Ok) return new WriteOutcome(valid, 0, 0, error);

        var stored = collection.Index.StoredVersion(change.Path);
        var version = change.Version != 0 ? change.Version : stored + 1;
        if (version <= stored) return new WriteOutcome(StatusCode.VersionTooOld, stored, 0, null);
        if (flusher.IsTooFarBehind(collection))
        {
            return new WriteOutcome(
                StatusCode.Overloaded, stored, 0, "Too many documents wait to be flushed. Send it again later.");
        }

        var entry = new WalEntry
        {
            Kind = isDelete ? WalKind.Delete : WalKind.Put,
            Collection = collection.NameBytes,
            Path = change.Path,
            Version = version,
            Json = change.Json,
        };
        var logged = Append(entry, out var end);
        return logged.Status == StatusCode.Ok
            ? Apply(collection, change, version, end)
            : logged with { Version = stored };
    }

    /// <summary>
    /// What is new has readable texts in all of it, also where no field is fed by them, as they are read with the
    /// source; and its analysis is bounded work.
    /// </summary>
    private static StatusCode Check(DocumentCollection collection, in DocumentChange change, out string? error)
    {
        var status = collection.Index.Validate(change.Path, change.Json, out error);
        if (status != StatusCode.Ok || change.IsCopy) return status;
        if (JsonText.LoneSurrogateAt(change.Json) is not (>= 0 and var at))
            return collection.Index.CheckWork(out error);
        error = $"the document has, at byte {at}, half of a surrogate pair without the other one";
        return StatusCode.BadDocument;
    }

    /// <summary>Whether a document fits the schema that the leaf has promised to change over to.</summary>
    private static StatusCode CheckSealed(DocumentCollection collection, in DocumentChange change, ref string? error)
    {
        if (collection.Successor is not { IsSealed: true, IsUsable: true, Reindexing: not null } next)
            return StatusCode.Ok;
        var fits = next.Index.Validate(change.Path, change.Json, out error);
        if (fits == StatusCode.Ok && !change.IsCopy) fits = next.Index.CheckWork(out error);
        if (fits != StatusCode.Ok)
        {
            error = $"The collection '{collection.Name}' is changing over to another schema, which the document does "
                + $"not fit: {error}";
        }

        return fits;
    }

    /// <summary>What the index will check of a delete: a record that it refuses must never be in the log.</summary>
    private static StatusCode CheckPath(ReadOnlySpan<byte> path, out string? error)
    {
        error = path.Length > ProtocolLimits.PathBytesMax ? CacheCommand.TooLongPath(path.Length)
            : !Utf8.IsValid(path) ? "The path of a document has to be valid UTF-8."
            : null;
        if (error is null) return StatusCode.Ok;
        return path.Length > ProtocolLimits.PathBytesMax ? StatusCode.TooLarge : StatusCode.BadRequest;
    }

    private WriteOutcome Append(in WalEntry entry, out long end)
    {
        end = 0;
        if (shard.Log is null) return default;
        var status = shard.Log.TryAppend(entry, out end);
        return new WriteOutcome(status, 0, end, status switch
        {
            StatusCode.Ok => null,
            StatusCode.ReadOnly => shard.Log.Failure ?? "The leaf is closing.",
            _ => "Too many bytes wait for the disk. Send it again later.",
        });
    }

    private WriteOutcome Apply(DocumentCollection collection, in DocumentChange change, ulong version, long end)
    {
        string? error;
        var status = change.Json.IsEmpty
            ? collection.Index.Delete(change.Path, version, out _, out error)
            : collection.Index.Put(change.Path, version, change.Json, out _, out error, isValidated: true);
        collection.IsStale = true;
        collection.Applied = end;
        // Also after a problem: what was copied must not outlive its delete. Both have noted the position before the
        // log may be trimmed up to it.
        var successor = collection.Successor is { IsUsable: true, Reindexing: not null } filled ? filled : null;
        if (successor is not null) ApplyTo(successor, change, version, end);
        flusher.OnApplied(collection, end);
        if (successor is not null) flusher.OnApplied(successor, end);
        return new WriteOutcome(status, version, end, error);
    }

    /// <summary>The same in the index of a reindex, which the log's one record stands for too.</summary>
    private static void ApplyTo(DocumentCollection successor, in DocumentChange change, ulong version, long end)
    {
        string? error = null;
        var status = change.Json.IsEmpty
            ? successor.Index.Delete(change.Path, version, out _, out error)
            : successor.Index.Put(change.Path, version, change.Json, out _, out error);
        successor.IsStale = true;
        successor.Applied = end;
        if (status is StatusCode.Ok or StatusCode.NotFound or StatusCode.VersionTooOld) return;
        successor.Reindexing!.Fail(
            $"The document {Encoding.UTF8.GetString(change.Path)} does not fit the new schema: {error}");
    }
}

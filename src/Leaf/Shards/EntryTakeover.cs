using System.Buffers;
using System.Text;
using Hedgerow.Leaf.Durability;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Shards;

/// <summary>
/// Makes documents of the entries that lie under a new collection's prefix: hashes of a collection of hashes, JSON of
/// another. They keep their versions, so that replicas, which each do it for themselves, agree. Maintenance, while the
/// lanes stand still and the collection is published: whoever writes such a path waits, whoever reads it finds nothing
/// for that time. One that was to expire still does (<see cref="TakenExpiries"/>).
/// </summary>
internal static class EntryTakeover
{
    /// <summary>Paths of one page.</summary>
    private const int PageEntries = 1_000;

    /// <summary>Bytes that only memory holds at which they are flushed; a shard takes more by far.</summary>
    private const long FlushBytes = 8 << 20;

    /// <summary>Takes the entries of one shard over; returns how many became documents.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="collection">The new collection of it.</param>
    /// <param name="nowMs">Unix milliseconds: what has expired is left.</param>
    /// <exception cref="IOException">They could not be made durable; the log has them.</exception>
    public static int Run(ShardEngine shard, DocumentCollection collection, long nowMs)
    {
        var isHash = collection.Index.Schema.Shape == DocumentShape.Hash;
        var taken = 0;

        // Known before the first is a document: a stop in between must not leave one that stays for ever.
        var expiries = new List<TakenExpiry>();
        Walk(shard, collection, isHash, nowMs, path =>
        {
            var get = new CacheCommand { Opcode = Opcode.Get, Path = path };
            var found = shard.Cache.Execute(
                get, PathHash.OfPath(path), nowMs, new ArrayBufferWriter<byte>(), out var meta);
            if (found == StatusCode.Ok && meta.ExpiresAtMs != 0)
                expiries.Add(new TakenExpiry(path.ToArray(), meta.Version, meta.ExpiresAtMs));
        });
        shard.Expiries.Keep(collection.Name, expiries);
        Walk(shard, collection, isHash, nowMs, path =>
        {
            if (!TryTake(shard, collection, path, isHash, nowMs)) return;
            taken++;
            if (collection.Index.UnflushedBytes > FlushBytes) shard.Flusher.FlushPaused(collection);
        });

        // Durable before the collection's declaration is acknowledged.
        if (taken > 0 || collection.IsAhead) shard.Flusher.FlushPaused(collection);
        return taken;
    }

    private delegate void OnPath(ReadOnlySpan<byte> path);

    /// <summary>Shows every entry under the collection's prefix that can be one of its documents.</summary>
    private static void Walk(
        ShardEngine shard, DocumentCollection collection, bool isHash, long nowMs, OnPath show)
    {
        var prefix = Encoding.UTF8.GetBytes(collection.Index.Schema.PathPrefix);
        var page = new ArrayBufferWriter<byte>();
        ulong cursor = 0;
        do
        {
            page.ResetWrittenCount();
            EntryScanCodec.Begin(page);
            cursor = shard.Cache.Scan.Page(cursor, PageEntries, nowMs, page);
            if (!EntryScanCodec.TryReadPage(page.WrittenSpan, out var rows, out _)) break;
            while (rows.MoveNext())
            {
                if (rows.Path.Length <= prefix.Length || !rows.Path.StartsWith(prefix)) continue;
                if (isHash == (rows.Kind == EntryKind.Fields)) show(rows.Path);
            }
        }
        while (cursor != 0);
    }

    private static bool TryTake(
        ShardEngine shard, DocumentCollection collection, ReadOnlySpan<byte> path, bool isHash, long nowMs)
    {
        var value = new ArrayBufferWriter<byte>();
        var hash = PathHash.OfPath(path);
        var get = new CacheCommand { Opcode = Opcode.Get, Path = path };
        if (shard.Cache.Execute(get, hash, nowMs, value, out var meta) != StatusCode.Ok) return false;
        var json = value;
        if (isHash)
        {
            json = new ArrayBufferWriter<byte>();
            if (!FlatDocument.TryWriteJson(FieldMap.Over(value.WrittenSpan), json, out _)) return false;
        }

        var change = new DocumentChange { Path = path, Version = meta.Version, Json = json.WrittenSpan };
        var written = shard.Writer.Write(collection, change);
        if (written.Status is StatusCode.Overloaded)
        {
            // The log waits for the disk: a flush forces it there first.
            shard.Flusher.FlushPaused(collection);
            written = shard.Writer.Write(collection, change);
        }

        if (written.Status is StatusCode.Overloaded or StatusCode.ReadOnly) throw new IOException(written.Error);
        if (written.Status != StatusCode.Ok) return false;
        // Else it would be there again if the collection were dropped.
        var delete = new CacheCommand { Opcode = Opcode.Delete, Path = path, Version = meta.Version + 1 };
        shard.Cache.Execute(delete, hash, nowMs, new ArrayBufferWriter<byte>(), out _);
        return true;
    }
}

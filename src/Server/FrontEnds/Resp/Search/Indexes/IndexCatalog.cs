using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Commands;

namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>
/// The indexes that commands name, asked of the cluster and remembered for a moment, and refreshes that searches
/// share. Thread-safe.
/// </summary>
/// <remarks>
/// A search of RediSearch finds what was written before it. So each search is preceded by a refresh of its collection;
/// those that wait while one is under way share the next, so there are never more refreshes than one after the other.
/// </remarks>
internal sealed class IndexCatalog(ICommandExecutor executor, TimeProvider time)
{
    /// <summary>What another node changed of an index is seen after so long.</summary>
    private static readonly TimeSpan KnownFor = TimeSpan.FromSeconds(1);

    /// <summary>Indexes remembered; beyond it the memory begins anew.</summary>
    private const int IndexesMax = 4_096;

    private readonly ConcurrentDictionary<string, (SearchIndex Index, long At)> _known = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte> _asking = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Synonyms> _synonyms = new(StringComparer.Ordinal);
    private int _changes;
    private readonly ConcurrentDictionary<string, SharedRefresh> _refreshes = new(StringComparer.Ordinal);

    /// <summary>The index of a name; null when there is none.</summary>
    /// <param name="index">As the client names it.</param>
    /// <param name="call">Takes an error of the cluster; there is none while its reply is empty.</param>
    public async ValueTask<SearchIndex?> FindAsync(RespCall call, string index)
    {
        var name = IndexName.ToCollection(index);
        var isKnown = _known.TryGetValue(name, out var known);
        if (isKnown && time.GetElapsedTime(known.At) < KnownFor) return known.Index;
        // One asks anew; the others go on with what was known.
        var asks = _asking.TryAdd(name, 0);
        if (isKnown && !asks) return known.Index;
        try
        {
            return await AskAsync(call, name);
        }
        finally
        {
            if (asks) _asking.TryRemove(name, out _);
        }
    }

    private async ValueTask<SearchIndex?> AskAsync(RespCall call, string name)
    {
        var changes = Volatile.Read(ref _changes);
        if (await StatusAsync(call, name) is not { } status)
        {
            _known.TryRemove(name, out _);
            return null;
        }

        var found = new SearchIndex(status.Schema, await SynonymsAsync(call, status.Schema.Name));
        if (_known.Count >= IndexesMax) _known.Clear();
        // What was read before a change of this node is not what is there now.
        if (changes == Volatile.Read(ref _changes)) _known[name] = (found, time.GetTimestamp());
        return found;
    }

    // Read anew where the entry changed. Where it cannot be read a search goes on with those that were read last.
    private async ValueTask<Synonyms> SynonymsAsync(RespCall call, string collection)
    {
        var last = _synonyms.GetValueOrDefault(collection) ?? Synonyms.None;
        if (await KeptWords.ReadSynonymsAsync(call, collection, last) is not { } read) return last;
        if (_synonyms.Count >= IndexesMax) _synonyms.Clear();
        if (read == Synonyms.None) _synonyms.TryRemove(collection, out _);
        else _synonyms[collection] = read;
        return read;
    }

    /// <summary>Whether a collection is the node's own, which no client made as an index.</summary>
    public static bool IsOwn(string collection) => collection is SuggestionStore.Collection or KeptWords.Collection;

    /// <summary>Makes one of the node's own collections where there is none; harmless where there is.</summary>
    /// <returns>False: the answer is an error.</returns>
    public async ValueTask<bool> DeclareAsync(RespCall call, CollectionSchema schema)
    {
        if (await FindAsync(call, schema.Name) is not null) return true;
        if (!call.Answer.Written.IsEmpty) return false;
        var body = new ArrayBufferWriter<byte>();
        CollectionCodec.Write(body, schema);
        using var reply = await call.SendAsync(Opcode.CollectionPut, FrameFlags.None, body.WrittenMemory);
        if (reply.Status == StatusCode.Ok) return true;
        RespErrors.WriteFailure(call.Reply, reply.Status, reply.Body.Span);
        return false;
    }

    /// <summary>Schema and counts of a collection; null when there is none, or the reply has an error.</summary>
    public static async ValueTask<CollectionStatus?> StatusAsync(RespCall call, string name)
    {
        using var reply = await call.SendAsync(Opcode.CollectionGet, FrameFlags.None, Encoding.UTF8.GetBytes(name));
        if (reply.Status == StatusCode.NoSuchCollection) return null;
        if (reply.Status == StatusCode.Ok && CollectionCodec.TryRead(reply.Body, out CollectionList? list, out _))
            return list.Collections.FirstOrDefault(one => one.Schema.Name == name || one.Aliases.Contains(name));
        RespErrors.WriteFailure(call.Reply, reply.Status, reply.Body.Span);
        return null;
    }

    /// <summary>Forgets an index that this node changed.</summary>
    public void Forget(string index)
    {
        Interlocked.Increment(ref _changes);
        _known.TryRemove(IndexName.ToCollection(index), out _);
    }

    /// <summary>Forgets the synonyms of an index that is dropped.</summary>
    public void ForgetSynonyms(string collection) => _synonyms.TryRemove(collection, out _);

    /// <summary>Forgets all of them: names may lead elsewhere.</summary>
    public void ForgetAll()
    {
        Interlocked.Increment(ref _changes);
        _known.Clear();
    }

    /// <summary>Makes what was written before this call searchable.</summary>
    /// <returns>Null when it is; else the error.</returns>
    public Task<string?> RefreshAsync(string collection)
    {
        if (_refreshes.Count >= IndexesMax) _refreshes.Clear();
        return _refreshes.GetOrAdd(collection, name => new SharedRefresh(() => RefreshNowAsync(name))).JoinAsync();
    }

    private async Task<string?> RefreshNowAsync(string collection)
    {
        var header = new RequestHeader { Opcode = Opcode.Refresh };
        var body = Encoding.UTF8.GetBytes(collection);
        using var reply = await executor.ExecuteAsync(header, body, CancellationToken.None);
        return reply.Status == StatusCode.Ok ? null : Encoding.UTF8.GetString(reply.Body.Span);
    }
}

using System.Buffers;
using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Router.Tests;

/// <summary>
/// A model leaf's collections. A search counts how often a word stands in the JSON text, and scores by that and by how
/// rare the statistics say the word is.
/// </summary>
internal sealed class ModelDocuments
{
    private readonly ModelLeaf _leaf;
    private readonly SortedDictionary<string, CollectionSchema> _schemas = new(StringComparer.Ordinal);
    private readonly Dictionary<ulong, string> _held = [];
    private ulong _lastHeld;

    public ModelDocuments(ModelLeaf leaf)
    {
        _leaf = leaf;
    }

    public Func<ushort, string, bool> IsInShard { get; set; } = (_, _) => true;

    public FaultRequest? Fault { get; private set; }

    public int Refreshes { get; private set; }

    /// <summary>Documents that a search covers before its time is up; null: all.</summary>
    public int? Covered { get; set; }

    /// <summary>A document with this JSON is refused.</summary>
    public string? BadJson { get; set; }

    /// <summary>What is counted for corrections; null where the leaf can't say.</summary>
    public Func<SpellingRequest, SpellingReply?> Spelling { get; set; } = _ => null;

    /// <summary>What instant searches answer; null where the leaf can't say.</summary>
    public InstantReply? Instant { get; set; }

    /// <summary>The collection that a name leads to; null for none.</summary>
    public Func<string, string?> Leads { get; set; } = static name => name;

    /// <summary>Which index an answer says that it is of, by the name that was asked for.</summary>
    public Func<string, ServedIndex?> Served { get; set; } = static _ => null;

    /// <summary>The names by which snapshots are held.</summary>
    public IReadOnlyCollection<string> Held => _held.Values;

    public void Clear() => _schemas.Clear();

    public Reply Handle(in RequestHeader header, ReadOnlyMemory<byte> body) => header.Opcode switch
    {
        Opcode.Ping => Ok([]),
        Opcode.Stats => Of(new StatsReply { Name = _leaf.Id, Role = "leaf", State = "ready" }, StatsCodec.Write),
        Opcode.Fault => SetFault(body),
        Opcode.CollectionPut => Declare(body),
        Opcode.CollectionGet => List(header.Shard, Encoding.UTF8.GetString(body.Span)),
        Opcode.Refresh => Refresh(Encoding.UTF8.GetString(body.Span)),
        Opcode.Bulk => Bulk(body),
        Opcode.Scan => Scan(header.Shard, body),
        Opcode.Search => Search(header.Shard, body),
        Opcode.TermStatistics => Statistics(header.Shard, body),
        Opcode.Spelling => Spell(body),
        Opcode.Instant when Instant is { } found => OfIndex(Asked(body), found, InstantCodec.Write),
        Opcode.PointInTime => Hold(header.Shard, body),
        _ => ModelLeaf.Text(StatusCode.UnknownOpcode, $"{header.Opcode}?"),
    };

    private static Reply Ok(ReadOnlySpan<byte> body) => Reply.Copy(new ReplyHeader { Status = StatusCode.Ok }, body);

    private static Reply Of<T>(T message, Action<IBufferWriter<byte>, T> write, ulong version = 0)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output, message);
        return Reply.Copy(new ReplyHeader { Status = StatusCode.Ok, Version = version }, output.WrittenSpan);
    }

    /// <summary>An answer of the index that a name leads to.</summary>
    private Reply OfIndex<T>(string name, T message, Action<IBufferWriter<byte>, T> write) =>
        Leads(name) is null ? NoSuch(name) : Of(message, write, Served(name)?.Since ?? 0);

    private string? CollectionOf(string name) =>
        Leads(name) is { } collection && _schemas.ContainsKey(collection) ? collection : null;

    private static string Asked(ReadOnlyMemory<byte> body)
    {
        Assert.True(InstantCodec.TryRead(body, out InstantRequest? request, out _));
        return request!.Collection;
    }

    private Reply Hold(ushort shard, ReadOnlyMemory<byte> body)
    {
        Assert.True(PointInTimeCodec.TryRead(body, out PointInTimeRequest? request, out _));
        if (request!.Id is { } id)
        {
            Assert.True(PointInTimeId.TryRead(id, out var rows));
            var closed = rows.Count(row => row.Leaf == _leaf.Id && row.Shard == shard && _held.Remove(row.Snapshot));
            return Of(new PointInTimeReply { Shards = closed }, PointInTimeCodec.Write);
        }

        var name = request.Index ?? request.Collection;
        if (CollectionOf(name) is null) return NoSuch(name);
        _held.Add(++_lastHeld, name);
        var opened = PointInTimeId.Write([new HeldShard(shard, _leaf.Id, _lastHeld)]);
        return OfIndex(name, new PointInTimeReply { Id = opened, Shards = 1 }, PointInTimeCodec.Write);
    }

    private static Reply NoSuch(string name) =>
        ModelLeaf.Text(StatusCode.NoSuchCollection, $"No collection '{name}' is declared.");

    /// <summary>The first word of the tree; of one that has none, what every document has.</summary>
    private static string WordOf(SearchRequest request) => WordOf(request.Query) ?? "\"";

    private static string? WordOf(QueryNode query) => query is QueryStringQuery { Text: var word }
        ? word
        : query.Children().Select(WordOf).FirstOrDefault(word => word is not null);

    private IEnumerable<(string Path, ModelLeaf.Entry Entry, string Json)> Documents(ushort shard, string collection) =>
        from pair in _leaf.Entries
        where pair.Value.Value is not null && pair.Key.StartsWith($"/{collection}/", StringComparison.Ordinal)
            && IsInShard(shard, pair.Key)
        select (pair.Key, pair.Value, Encoding.UTF8.GetString(pair.Value.Value!));

    private Reply Spell(ReadOnlyMemory<byte> body)
    {
        Assert.True(SpellingCodec.TryRead(body, out SpellingRequest? request, out _));
        return Spelling(request!) is { } reply
            ? OfIndex(request!.Collection, reply, SpellingCodec.Write)
            : ModelLeaf.Text(StatusCode.Unavailable, "not now");
    }

    private Reply SetFault(ReadOnlyMemory<byte> body)
    {
        Assert.True(FaultCodec.TryRead(body, out var fault, out _));
        Fault = fault;
        return Ok([]);
    }

    private Reply Declare(ReadOnlyMemory<byte> body)
    {
        Assert.True(CollectionCodec.TryRead(body, out CollectionSchema? schema, out _));
        _schemas[schema!.Name] = schema;
        return Ok([]);
    }

    private Reply List(ushort shard, string name)
    {
        if (name.Length > 0 && !_schemas.ContainsKey(name)) return NoSuch(name);
        var statuses = from schema in _schemas.Values
            where name.Length == 0 || schema.Name == name
            let count = Documents(shard, schema.Name).Count()
            select new CollectionStatus(schema, count, count, count * 100L);
        return Of(new CollectionList(statuses.ToArray()), CollectionCodec.Write);
    }

    private Reply Refresh(string name)
    {
        if (!_schemas.ContainsKey(name)) return NoSuch(name);
        Refreshes++;
        return Ok([]);
    }

    private Reply Bulk(ReadOnlyMemory<byte> body)
    {
        Assert.True(BulkCodec.TryRead(body, out BulkRequest? request, out _));
        if (!_schemas.ContainsKey(request!.Collection)) return NoSuch(request.Collection);
        var failures = new List<BulkFailure>();
        for (var i = 0; i < request.Documents.Count; i++)
        {
            var document = request.Documents[i];
            var status = BadJson is not null && Encoding.UTF8.GetString(document.Json.Span) == BadJson
                ? StatusCode.BadDocument
                : _leaf.Store(document.Path, document.Version, document.Json.IsEmpty ? null : document.Json.ToArray());
            if (status != StatusCode.Ok) failures.Add(new BulkFailure(i, status, $"{status}"));
        }

        return Of(
            new BulkReply { Accepted = request.Documents.Count - failures.Count, Failures = failures },
            BulkCodec.Write);
    }

    private Reply Scan(ushort shard, ReadOnlyMemory<byte> body)
    {
        Assert.True(ScanCodec.TryRead(body, out ScanRequest? request, out _));
        if (CollectionOf(request!.Collection) is not { } collection) return NoSuch(request.Collection);
        var rest = Documents(shard, collection)
            .Where(d => PathOrder.Instance.Compare(d.Path, request.After) > 0)
            .OrderBy(d => d.Path, PathOrder.Instance).ToArray();
        var page = rest.Take(request.Limit).Select(d => new BulkDocument(d.Path, d.Entry.Version, d.Entry.Value!));
        return OfIndex(
            request.Collection, new ScanReply { Documents = [.. page], More = rest.Length > request.Limit },
            ScanCodec.Write);
    }

    private Reply Search(ushort shard, ReadOnlyMemory<byte> body)
    {
        Assert.True(SearchCodec.TryRead(body, out SearchRequest? request, out _));
        if (CollectionOf(request!.Collection) is not { } collection) return NoSuch(request.Collection);
        var word = WordOf(request);
        if (word == "(") return ModelLeaf.Text(StatusCode.BadQuery, "column 1: a parenthesis is not closed");
        var all = Documents(shard, collection).ToArray();
        var rarity = request.Statistics is { } s ? 1f / (1 + s.Terms.Sum(t => t.Documents)) : 1f;
        var hits = all.Select(d => (d, Count: d.Json.Split(word).Length - 1)).Where(h => h.Count > 0)
            .Select(h => new SearchHit
            {
                Path = h.d.Path, Score = h.Count * rarity, Version = h.d.Entry.Version, Source = h.d.Entry.Value!,
                Group = request.Collapse is null ? null : SortValue.Of("one"),
            })
            .OrderByDescending(h => h.Score).ThenBy(h => h.Path, PathOrder.Instance).ToArray();
        return OfIndex(
            request.Collection,
            new SearchReply
            {
                Served = Served(request.Collection),
                Total = hits.Length,
                Hits = [.. hits.Skip(request.From).Take(request.Size)],
                Coverage = Covered is { } covered
                    ? new Coverage(1, 0, all.Length, covered)
                    : new Coverage(1, 1, all.Length, all.Length),
                Profile = request.Profile
                    ? new SearchProfile([], [new ShardProfile(shard, 1, 9, [new SearchPhase("search", 7)])])
                    : null,
                Statistics = request.ReportStatistics ? Count(all, word) : null,
            },
            SearchCodec.Write);
    }

    private Reply Statistics(ushort shard, ReadOnlyMemory<byte> body)
    {
        Assert.True(SearchCodec.TryRead(body, out SearchRequest? request, out _));
        if (CollectionOf(request!.Collection) is not { } collection) return NoSuch(request.Collection);
        return OfIndex(
            request.Collection, Count(Documents(shard, collection).ToArray(), WordOf(request)), SearchCodec.Write);
    }

    private static TermStatistics Count((string Path, ModelLeaf.Entry Entry, string Json)[] all, string word) => new()
    {
        Documents = all.Length,
        Fields = [new FieldStatistics("text", all.Length, all.Sum(d => d.Json.Length))],
        Terms = [new TermFrequency("text", word, all.Count(d => d.Json.Contains(word)))],
    };
}

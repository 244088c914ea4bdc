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
        Opcode.Instant when Instant is { } found => Of(found, InstantCodec.Write),
        _ => ModelLeaf.Text(StatusCode.UnknownOpcode, $"{header.Opcode}?"),
    };

    private static Reply Ok(ReadOnlySpan<byte> body) => Reply.Copy(new ReplyHeader { Status = StatusCode.Ok }, body);

    private static Reply Of<T>(T message, Action<IBufferWriter<byte>, T> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output, message);
        return Ok(output.WrittenSpan);
    }

    private static Reply NoSuch(string name) =>
        ModelLeaf.Text(StatusCode.NoSuchCollection, $"No collection '{name}' is declared.");

    private static string WordOf(SearchRequest request) => ((QueryStringQuery)request.Query).Text;

    private IEnumerable<(string Path, ModelLeaf.Entry Entry, string Json)> Documents(ushort shard, string collection) =>
        from pair in _leaf.Entries
        where pair.Value.Value is not null && pair.Key.StartsWith($"/{collection}/", StringComparison.Ordinal)
            && IsInShard(shard, pair.Key)
        select (pair.Key, pair.Value, Encoding.UTF8.GetString(pair.Value.Value!));

    private Reply Spell(ReadOnlyMemory<byte> body)
    {
        Assert.True(SpellingCodec.TryRead(body, out SpellingRequest? request, out _));
        return Spelling(request!) is { } reply
            ? Of(reply, SpellingCodec.Write)
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
        var rest = Documents(shard, request!.Collection)
            .Where(d => PathOrder.Instance.Compare(d.Path, request.After) > 0)
            .OrderBy(d => d.Path, PathOrder.Instance).ToArray();
        var page = rest.Take(request.Limit).Select(d => new BulkDocument(d.Path, d.Entry.Version, d.Entry.Value!));
        return Of(new ScanReply { Documents = [.. page], More = rest.Length > request.Limit }, ScanCodec.Write);
    }

    private Reply Search(ushort shard, ReadOnlyMemory<byte> body)
    {
        Assert.True(SearchCodec.TryRead(body, out SearchRequest? request, out _));
        if (!_schemas.ContainsKey(request!.Collection)) return NoSuch(request.Collection);
        var word = WordOf(request);
        if (word == "(") return ModelLeaf.Text(StatusCode.BadQuery, "column 1: a parenthesis is not closed");
        var all = Documents(shard, request.Collection).ToArray();
        var rarity = request.Statistics is { } s ? 1f / (1 + s.Terms.Sum(t => t.Documents)) : 1f;
        var hits = all.Select(d => (d, Count: d.Json.Split(word).Length - 1)).Where(h => h.Count > 0)
            .Select(h => new SearchHit
            {
                Path = h.d.Path, Score = h.Count * rarity, Version = h.d.Entry.Version, Source = h.d.Entry.Value!,
            })
            .OrderByDescending(h => h.Score).ThenBy(h => h.Path, PathOrder.Instance).ToArray();
        return Of(
            new SearchReply
            {
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
        if (!_schemas.ContainsKey(request!.Collection)) return NoSuch(request.Collection);
        return Of(Count(Documents(shard, request.Collection).ToArray(), WordOf(request)), SearchCodec.Write);
    }

    private static TermStatistics Count((string Path, ModelLeaf.Entry Entry, string Json)[] all, string word) => new()
    {
        Documents = all.Length,
        Fields = [new FieldStatistics("text", all.Length, all.Sum(d => d.Json.Length))],
        Terms = [new TermFrequency("text", word, all.Count(d => d.Json.Contains(word)))],
    };
}

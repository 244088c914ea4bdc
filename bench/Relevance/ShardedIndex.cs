using System.Globalization;
using System.Text;
using System.Text.Json;
using Hedgerow.Leaf.Search.Analysis;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Protocol;

namespace Hedgerow.Bench.Relevance;

/// <summary>
/// One collection over a number of shards in memory, searched as a router does it: statistics of all shards summed, the
/// search sent with them to each, the answers merged.
/// </summary>
internal sealed class ShardedIndex : IDisposable
{
    private const string Field = "text";
    private readonly string _name;
    private readonly List<(IndexDirectory Directory, CollectionIndex Index)> _shards = [];

    public ShardedIndex(TestCollection collection, int shards, FieldSchema? analysis = null)
    {
        _name = collection.Name;
        var schema = new CollectionSchema
        {
            Name = _name,
            Fields =
            [
                analysis
                    ?? new FieldSchema { Name = Field, Type = FieldType.Text, Analyzer = "porter", StopWords = true },
            ],
        };
        for (var shard = 0; shard < shards; shard++)
        {
            var directory = IndexDirectory.InMemory();
            _shards.Add((directory, CollectionIndex.Open(
                directory, schema, Analyzers.Get, new CollectionIndexOptions(), TimeProvider.System)));
        }

        foreach (var (number, text) in collection.Documents) Put(number, text);
        foreach (var (_, index) in _shards) index.Refresh();
    }

    /// <summary>Path and score of the best documents.</summary>
    public IReadOnlyList<SearchHit> Search(string question, int size)
    {
        var request = new SearchRequest
        {
            Collection = _name,
            Query = new MatchQuery(Field, question, AllWords: false),
            Size = size,
            WithSource = false,
        };
        request = request with { Statistics = Sum(_shards.Select(shard => StatisticsOf(shard.Index, request))) };
        var hits = new List<SearchHit>();
        foreach (var (_, index) in _shards)
        {
            Check(index.Search(request, SearchBudget.Unlimited(), out var reply, out var error), error);
            hits.AddRange(reply!.Hits);
        }

        // Paths have one length, so that the order of their characters is that of their bytes.
        return
        [
            .. hits.OrderByDescending(hit => hit.Score).ThenBy(hit => hit.Path, StringComparer.Ordinal).Take(size),
        ];
    }

    /// <summary>The document number of a hit.</summary>
    public static int NumberOf(SearchHit hit) =>
        int.Parse(hit.Path.AsSpan(hit.Path.LastIndexOf('/') + 1), NumberStyles.None, CultureInfo.InvariantCulture);

    public void Dispose()
    {
        foreach (var (directory, index) in _shards)
        {
            index.Dispose();
            directory.Dispose();
        }
    }

    private void Put(int number, string text)
    {
        var path = Encoding.UTF8.GetBytes($"/{_name}/{number:D6}");
        var json = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string> { [Field] = text });
        var shard = (int)(PathHash.OfShardKey(path) % (ulong)_shards.Count);
        Check(_shards[shard].Index.Put(path, 1, json, out _, out var error), error);
    }

    private static TermStatistics StatisticsOf(CollectionIndex index, SearchRequest request)
    {
        Check(index.Statistics(request, SearchBudget.Unlimited(), out var statistics, out var error), error);
        return statistics!;
    }

    private static TermStatistics Sum(IEnumerable<TermStatistics> shards)
    {
        var all = shards.ToList();
        return new TermStatistics
        {
            Documents = all.Sum(shard => shard.Documents),
            Fields =
            [
                .. all.SelectMany(shard => shard.Fields).GroupBy(row => row.Field).Select(rows => new FieldStatistics(
                    rows.Key, rows.Sum(row => row.Documents), rows.Sum(row => row.Tokens))),
            ],
            Terms =
            [
                .. all.SelectMany(shard => shard.Terms).GroupBy(row => (row.Field, row.Term)).Select(rows =>
                    new TermFrequency(rows.Key.Field, rows.Key.Term, rows.Sum(row => row.Documents))),
            ],
        };
    }

    private static void Check(StatusCode status, string? error)
    {
        if (status != StatusCode.Ok) throw new InvalidOperationException($"{status}: {error}");
    }
}

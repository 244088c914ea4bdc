using System.Globalization;
using System.Text;
using System.Text.Json;
using Hedgerow.Leaf.Search.Analysis;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Protocol;

namespace Hedgerow.Bench.Values;

/// <summary>A collection of one segment on disk.</summary>
internal sealed class HedgerowValues : IValueEngine
{
    private readonly IndexDirectory _directory;
    private readonly CollectionIndex _index;

    public HedgerowValues(ValueCorpus corpus, string folder)
    {
        _directory = IndexDirectory.OnDisk(folder);
        var schema = new CollectionSchema
        {
            Name = "values",
            Fields =
            [
                new FieldSchema { Name = "place", Type = FieldType.GeoPoint },
                new FieldSchema { Name = "code", Type = FieldType.Keyword },
                new FieldSchema { Name = "visits", Type = FieldType.Integer },
                new FieldSchema { Name = "words", Type = FieldType.Text, Analyzer = "whitespace" },
            ],
        };
        _index = CollectionIndex.Open(
            _directory, schema, Analyzers.Get, new CollectionIndexOptions(), TimeProvider.System);
        for (var i = 0; i < corpus.Rows.Length; i++)
        {
            var row = corpus.Rows[i];
            var json = JsonSerializer.SerializeToUtf8Bytes(new
            {
                place = new[] { row.Place.Longitude, row.Place.Latitude }, code = row.Code, visits = row.Visits,
                words = row.Words,
            });
            var path = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"/values/{i:D7}"));
            var status = _index.Put(path, 1, json, out _, out var error);
            if (status != StatusCode.Ok) throw new InvalidOperationException($"{status}: {error}");
        }

        _index.Flush(corpus.Rows.Length);
        while (_index.MergeOnce(long.MaxValue, CancellationToken.None))
        {
        }
    }

    public long Within(GeoPoint center, double metres) => Total(new GeoDistanceQuery("place", center, metres));

    public long OneOf(string[] codes) => Total(new TermsQuery("code", codes));

    public long Boosted(string first, string second) => Total(new FunctionScoreQuery(
        Either(first, second), [new FieldValueFunction("visits", 1, ValueModifier.Ln1p, null)]));

    public long Sorted(string first, string second) =>
        Total(Either(first, second), [new Protocol.SortKey("visits", true)]);

    public long Plain(string first, string second) => Total(Either(first, second));

    public void Dispose()
    {
        _index.Dispose();
        _directory.Dispose();
    }

    private static BooleanQuery Either(string first, string second) =>
        new([], [new TermQuery("words", first), new TermQuery("words", second)], [], []);

    private long Total(QueryNode query, IReadOnlyList<Protocol.SortKey>? sort = null)
    {
        var request = new SearchRequest
        {
            Collection = "values", Query = query, Size = 10, WithSource = false, Sort = sort ?? [],
        };
        var status = _index.Search(request, SearchBudget.Unlimited(), out var reply, out var error);
        return status == StatusCode.Ok ? reply!.Total : throw new InvalidOperationException($"{status}: {error}");
    }
}

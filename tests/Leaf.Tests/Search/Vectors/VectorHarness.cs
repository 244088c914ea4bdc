using System.Globalization;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Leaf.Search.Vectors;
using Hedgerow.Leaf.Tests.Search.Indexing;
using Hedgerow.Protocol;
using Microsoft.Extensions.Time.Testing;

namespace Hedgerow.Leaf.Tests.Search.Vectors;

/// <summary>An index of documents with a vector each, or none, and a tag; beside it what it should find.</summary>
internal sealed class VectorHarness : IDisposable
{
    public const string Field = "v";

    private readonly IndexDirectory _directory;
    private readonly CollectionIndexOptions _options;
    private readonly CollectionSchema _schema;
    private readonly List<(string Path, ulong Version, string? Json)> _log = [];
    private ulong _clock;

    public VectorHarness(IndexDirectory directory, VectorOptions vector, int graphFrom = 30)
    {
        _directory = directory;
        Vector = vector;
        _options = new CollectionIndexOptions
        {
            SegmentsPerTier = 3, SegmentFloorBytes = 4096, GraphVectorsMin = graphFrom,
        };
        _schema = new CollectionSchema
        {
            Name = "docs",
            Fields =
            [
                new FieldSchema { Name = Field, Type = FieldType.DenseVector, Vector = vector },
                new FieldSchema { Name = "tag", Type = FieldType.Keyword },
                new FieldSchema { Name = "title", Type = FieldType.Text },
            ],
        };
        Index = Open();
    }

    public VectorOptions Vector { get; }

    public CollectionIndex Index { get; private set; }

    /// <summary>Live documents: vector (null for none) and tag.</summary>
    public Dictionary<string, (float[]? Vector, string Tag)> Live { get; } = [];

    public static string PathOf(int number) => $"/docs/{number:D5}";

    /// <summary>A vector near one of a few centres, as real ones are.</summary>
    public static float[] Random(Random random, VectorOptions options, int centres = 12)
    {
        var centre = new Random(random.Next(centres));
        var vector = new float[options.Dims];
        for (var i = 0; i < vector.Length; i++)
            vector[i] = (centre.NextSingle() - 0.5f) + ((random.NextSingle() - 0.5f) * 0.7f);
        if (options.Similarity != VectorSimilarity.DotProduct) return vector;
        VectorRules.Prepare(VectorSimilarity.Cosine, vector);
        return vector;
    }

    public void Put(string path, float[]? vector, string tag, ulong? version = null)
    {
        var json = Json(vector, tag);
        _clock = version ?? (_clock + 1);
        var status = Index.Put(Corpus.Utf8(path), _clock, Corpus.Utf8(json), out _, out var error);
        Assert.True(status == StatusCode.Ok, error);
        _log.Add((path, _clock, json));
        Live[path] = (vector, tag);
    }

    public void Delete(string path)
    {
        Index.Delete(Corpus.Utf8(path), ++_clock, out _, out _);
        _log.Add((path, _clock, null));
        Live.Remove(path);
    }

    public void Flush() => Index.Flush(_log.Count);

    public bool Merge() => Index.MergeOnce(long.MaxValue, CancellationToken.None);

    /// <summary>As after a crash: what was not flushed is replayed.</summary>
    public void Reopen()
    {
        Index.Dispose();
        Index = Open();
        foreach (var (path, version, json) in _log.Skip((int)Index.CommittedPosition))
        {
            if (json is null) Index.Delete(Corpus.Utf8(path), version, out _, out _);
            else Index.Put(Corpus.Utf8(path), version, Corpus.Utf8(json), out _, out _);
        }

        Index.Refresh();
    }

    /// <summary>Writes some documents, deletes some, refreshes, flushes and merges in between.</summary>
    public void Churn(Random random, int steps, int paths)
    {
        for (var step = 0; step < steps; step++)
        {
            var path = PathOf(random.Next(paths));
            if (random.Next(6) == 0) Delete(path);
            else Put(path, random.Next(9) == 0 ? null : Random(random, Vector), "t" + random.Next(5));
            if (random.Next(25) == 0) Index.Refresh();
            if (random.Next(60) == 0) Flush();
            if (random.Next(50) == 0) Merge();
        }

        Index.Refresh();
    }

    /// <summary>The nearest as they should be.</summary>
    public (string Path, float Score)[] Expected(KnnQuery query, Func<string, bool>? tags = null) =>
    [
        .. Live.Where(row => row.Value.Vector is not null && (tags is null || tags(row.Value.Tag)))
            .Select(row => (row.Key, Score: ScoreOf(query.Vector.Span, row.Value.Vector!)))
            .OrderByDescending(row => row.Score)
            .ThenBy(row => row.Key, StringComparer.Ordinal)
            .Take(query.K),
    ];

    public StatusCode TrySearch(
        SearchRequest request, out SearchReply? reply, out string? error, SearchBudget? budget = null) =>
        Index.Search(request, budget ?? SearchBudget.Unlimited(), out reply, out error);

    public (string Path, float Score)[] Search(QueryNode query, int size, TermStatistics? statistics = null)
    {
        var request = new SearchRequest
        {
            Collection = "docs", Query = query, Size = size, WithSource = false, Statistics = statistics,
        };
        var status = TrySearch(request, out var reply, out var error);
        Assert.True(status == StatusCode.Ok, error);
        return [.. reply!.Hits.Select(hit => (hit.Path, hit.Score))];
    }

    public TermStatistics Statistics(QueryNode query)
    {
        var request = new SearchRequest { Collection = "docs", Query = query };
        var status = Index.Statistics(request, SearchBudget.Unlimited(), out var statistics, out var error);
        Assert.True(status == StatusCode.Ok, error);
        return statistics!;
    }

    public void Dispose() => Index.Dispose();

    public static string Json(float[]? vector, string tag)
    {
        if (vector is null) return $$"""{"tag":"{{tag}}","title":"none {{tag}}"}""";
        var numbers = string.Join(',', vector.Select(x => x.ToString("R", CultureInfo.InvariantCulture)));
        var value = tag == "t0" ? $"\"{VectorOptions.ToBase64(vector)}\"" : $"[{numbers}]";
        return $$"""{"v":{{value}},"tag":"{{tag}}","title":"some {{tag}}"}""";
    }

    private unsafe float ScoreOf(ReadOnlySpan<float> query, float[] vector)
    {
        var width = VectorMetric.FloatsOf(Vector.Dims);
        var (a, b) = (new float[width], new float[width]);
        query.CopyTo(a);
        vector.CopyTo(b, 0);
        VectorRules.Prepare(Vector.Similarity, a.AsSpan(0, Vector.Dims));
        VectorRules.Prepare(Vector.Similarity, b.AsSpan(0, Vector.Dims));
        fixed (float* x = a)
        fixed (float* y = b)
        {
            var near = Vector.Similarity == VectorSimilarity.L2Norm
                ? -VectorMath.SumScalar<VectorMath.Difference>(x, y, width)
                : VectorMath.SumScalar<VectorMath.Product>(x, y, width);
            return VectorScore.Of(Vector.Similarity, near);
        }
    }

    private CollectionIndex Open() => CollectionIndex.Open(
        _directory, _schema, _ => WordAnalyzer.Instance, _options, new FakeTimeProvider(DateTimeOffset.UnixEpoch));
}

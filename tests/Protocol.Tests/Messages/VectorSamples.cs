namespace Hedgerow.Protocol.Tests;

/// <summary>Messages about vectors.</summary>
internal static class VectorSamples
{
    private static readonly KnnQuery Knn = new("shape", new[] { 0.5f, -1.25f, 3e-9f }, 7, 150)
    {
        Boost = 1.5f,
        Filter = new TermQuery("tag", "plants"),
        Similarity = 0.75,
        ScoreMin = 0.5,
        Exact = true,
    };

    private static readonly SearchRequest Least = new()
    {
        Collection = "wiki", Query = new BooleanQuery([], [Knn, new KnnQuery("shape", new[] { 1f }, 1)], [], []),
    };

    public static IReadOnlyList<Sample> All { get; } = [.. Samples()];

    private static IEnumerable<Sample> Samples()
    {
        yield return Sample.Of("search-request-nearest", Least, SearchCodec.Write, SearchCodec.TryRead)
            .WithoutLaterFields();
        var ranked = Least with { Rank = new RankFusion([new MatchAllQuery(), Knn], 61, 200) };
        yield return Sample.Of("search-request-ranked", ranked, SearchCodec.Write, SearchCodec.TryRead)
            .WithoutLaterFields();
        var statistics = new TermStatistics
        {
            Documents = 9,
            Fields = [],
            Terms = [],
            Nearest =
            [
                new NearestDocuments(7, [new NearestDocument("/wiki/Hedge", 0.75f), new("/wiki/Grün", 0.5f)]),
                new NearestDocuments(1, []),
            ],
        };
        yield return Sample.Of("term-statistics-nearest", statistics, SearchCodec.Write, SearchCodec.TryRead);
        var schema = new CollectionSchema
        {
            Name = "wiki",
            Fields =
            [
                new FieldSchema { Name = "title", Type = FieldType.Text },
                new FieldSchema
                {
                    Name = "shape",
                    Type = FieldType.DenseVector,
                    Vector = new VectorOptions
                    {
                        Dims = 384, Similarity = VectorSimilarity.L2Norm, Quantization = VectorQuantization.Int8,
                        Indexed = false, M = 24, EfConstruction = 200,
                    },
                },
            ],
        };
        yield return Sample.Of("collection-schema-vectors", schema, CollectionCodec.Write, CollectionCodec.TryRead)
            .WithoutLaterFields();
    }
}

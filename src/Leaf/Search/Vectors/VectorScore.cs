using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Vectors;

/// <summary>Scores of nearness, as Elasticsearch and OpenSearch compute them: 0 or more, higher is nearer.</summary>
internal static class VectorScore
{
    /// <summary>The score of what <see cref="VectorMetric.Near"/> gives.</summary>
    public static float Of(VectorSimilarity similarity, float near) => similarity switch
    {
        VectorSimilarity.L2Norm => 1 / (1 - near),
        VectorSimilarity.MaxInnerProduct => near < 0 ? 1 / (1 - near) : near + 1,
        _ => Math.Max(0, (1 + near) / 2),
    };

    /// <summary>The score at a threshold that is written in the measure of the field: see
    /// <see cref="KnnQuery.Similarity"/>.</summary>
    public static double Least(VectorSimilarity similarity, double threshold) => similarity switch
    {
        VectorSimilarity.L2Norm => 1 / (1 + (threshold * threshold)),
        VectorSimilarity.MaxInnerProduct => threshold < 0 ? 1 / (1 - threshold) : threshold + 1,
        _ => (1 + threshold) / 2,
    };

    /// <summary>What a score is made of, in words.</summary>
    public static string Describe(VectorSimilarity similarity) => similarity switch
    {
        VectorSimilarity.L2Norm => "1 / (1 + squared distance)",
        VectorSimilarity.MaxInnerProduct => "product + 1, or 1 / (1 - product) below zero",
        VectorSimilarity.Cosine => "(1 + cosine) / 2",
        _ => "(1 + product) / 2",
    };
}

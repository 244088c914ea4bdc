using MessagePack;

namespace Hedgerow.Protocol;

/// <summary>Kinds of query over vectors: 40 to 49.</summary>
internal static class VectorQueries
{
    public static readonly NodeCodec[] All = [new NodeCodec<KnnQuery>(40, 8, WriteKnn, ReadKnn)];

    private static void WriteKnn(ref MessagePackWriter writer, KnnQuery node, int depth)
    {
        writer.WriteText(node.Field);
        VectorCodec.WriteVector(ref writer, node.Vector.Span);
        writer.Write(node.K);
        writer.Write(node.Candidates);
        QueryNodeCodec.WriteNodes(ref writer, node.Children(), depth);
        SearchCodec.WriteOrNil(ref writer, node.Similarity);
        SearchCodec.WriteOrNil(ref writer, node.ScoreMin);
        writer.Write(node.Exact);
    }

    private static KnnQuery ReadKnn(ref BodyReader reader, int fields, int depth)
    {
        var field = QueryNodeCodec.Field(ref reader);
        var vector = VectorCodec.ReadVector(ref reader, "query.vector");
        var k = reader.Int32("query.k", 1, KnnQuery.CandidatesMax);
        var candidates = reader.Int32("query.candidates", 1, KnnQuery.CandidatesMax);
        var filters = QueryNodeCodec.Nodes(ref reader, "query.filter", depth);
        if (filters.Length > 1) BodyReader.Fail("query.filter", $"{filters.Length} queries; one at most is allowed.");
        return new KnnQuery(field, vector, k, candidates)
        {
            Filter = filters.Length == 0 ? null : filters[0],
            Similarity = NumberOrNull(ref reader, "query.similarity"),
            ScoreMin = NumberOrNull(ref reader, "query.scoreMin"),
            Exact = reader.Boolean("query.exact"),
        };
    }

    private static double? NumberOrNull(ref BodyReader reader, string field) =>
        reader.TryNil(field) ? null : reader.Double(field);
}

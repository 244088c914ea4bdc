using System.Buffers.Binary;
using System.Runtime.InteropServices;
using MessagePack;

namespace Hedgerow.Protocol;

/// <summary>Vectors, what is said of them in schemas and statistics, and the joining of ranks.</summary>
internal static class VectorCodec
{
    public static void WriteOptions(ref MessagePackWriter writer, FieldSchema field)
    {
        if (field.Vector is not { } options)
        {
            writer.WriteNil();
            return;
        }

        writer.WriteArrayHeader(6);
        writer.Write(options.Dims);
        writer.Write((byte)options.Similarity);
        writer.Write((byte)options.Quantization);
        writer.Write(options.Indexed);
        writer.Write(options.M);
        writer.Write(options.EfConstruction);
    }

    public static VectorOptions ReadOptions(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("field.vector", 6);
        var options = new VectorOptions
        {
            Dims = reader.Int32("field.vector.dims"),
            Similarity = (VectorSimilarity)reader.Int32("field.vector.similarity", 0, byte.MaxValue),
            Quantization = (VectorQuantization)reader.Int32("field.vector.quantization", 0, byte.MaxValue),
            Indexed = reader.Boolean("field.vector.indexed"),
            M = reader.Int32("field.vector.m"),
            EfConstruction = reader.Int32("field.vector.efConstruction"),
        };
        reader.EndRecord(fields, 6);
        return options;
    }

    public static void WriteRank(ref MessagePackWriter writer, SearchRequest request)
    {
        if (request.Rank is not { } rank)
        {
            writer.WriteNil();
            return;
        }

        writer.WriteArrayHeader(3);
        QueryNodeCodec.WriteNodes(ref writer, rank.Queries, 0);
        writer.Write(rank.Constant);
        writer.Write(rank.Window);
    }

    public static RankFusion ReadRank(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("search.rank", 3);
        var queries = QueryNodeCodec.Nodes(ref reader, "search.rank.queries", 0);
        if (queries.Length is 0 or > RankFusion.QueriesMax)
        {
            BodyReader.Fail(
                "search.rank.queries", $"{queries.Length} of them; 1 to {RankFusion.QueriesMax} are allowed.");
        }

        var rank = new RankFusion(
            queries,
            reader.Int32("search.rank.constant", 1, RankFusion.ConstantMax),
            reader.Int32("search.rank.window", 1, RankFusion.WindowMax));
        reader.EndRecord(fields, 3);
        return rank;
    }

    public static void WriteNearest(ref MessagePackWriter writer, IReadOnlyList<NearestDocuments> nearest)
    {
        writer.WriteArrayHeader(nearest.Count);
        for (var i = 0; i < nearest.Count; i++)
        {
            writer.WriteArrayHeader(2);
            writer.Write(nearest[i].K);
            writer.WriteArrayHeader(nearest[i].Documents.Count);
            for (var j = 0; j < nearest[i].Documents.Count; j++)
            {
                writer.WriteArrayHeader(2);
                writer.Write(nearest[i].Documents[j].Path);
                writer.Write(nearest[i].Documents[j].Score);
            }
        }
    }

    public static NearestDocuments[] ReadNearest(ref BodyReader reader) =>
        reader.List("statistics.nearest", KnnQuery.NodesMax, ReadRow);

    /// <summary>Writes a vector's numbers as little-endian floats.</summary>
    public static void WriteVector(ref MessagePackWriter writer, ReadOnlySpan<float> vector)
    {
        if (BitConverter.IsLittleEndian)
        {
            writer.Write(MemoryMarshal.AsBytes(vector));
            return;
        }

        var bytes = new byte[vector.Length * sizeof(float)];
        for (var i = 0; i < vector.Length; i++)
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), vector[i]);
        writer.Write(bytes);
    }

    /// <summary>Reads 1 to <see cref="VectorOptions.DimsMax"/> numbers, all finite.</summary>
    public static float[] ReadVector(ref BodyReader reader, string field)
    {
        var bytes = reader.Bytes(field).Span;
        if (bytes.Length % sizeof(float) != 0 || bytes.Length / sizeof(float) is 0 or > VectorOptions.DimsMax)
        {
            BodyReader.Fail(
                field, $"{bytes.Length} bytes; 1 to {VectorOptions.DimsMax} floats of 4 bytes are allowed.");
        }

        var vector = new float[bytes.Length / sizeof(float)];
        for (var i = 0; i < vector.Length; i++)
        {
            vector[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes[(i * sizeof(float))..]);
            if (!float.IsFinite(vector[i])) BodyReader.Fail(field, $"number {i} is {vector[i]}, which is not finite.");
        }

        return vector;
    }

    private static NearestDocuments ReadRow(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("statistics.nearest", 2);
        var row = new NearestDocuments(
            reader.Int32("statistics.nearest.k", 1, KnnQuery.CandidatesMax),
            reader.List("statistics.nearest.documents", KnnQuery.CandidatesMax, ReadDocument));
        reader.EndRecord(fields, 2);
        return row;
    }

    private static NearestDocument ReadDocument(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("statistics.nearest.document", 2);
        var document = new NearestDocument(
            reader.Text("statistics.nearest.path", ProtocolLimits.PathBytesMax),
            (float)reader.Double("statistics.nearest.score"));
        reader.EndRecord(fields, 2);
        return document;
    }
}

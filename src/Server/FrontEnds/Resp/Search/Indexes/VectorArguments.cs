using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>Reads VECTOR FLAT | HNSW count name value … of an attribute.</summary>
internal static class VectorArguments
{
    /// <summary>The field; null when something is wrong, which the reader says.</summary>
    public static FieldSchema? Read(ArgumentReader arguments, FieldSchema field)
    {
        var isGraph = arguments.TryWord("HNSW");
        if (!isGraph && !arguments.TryWord("FLAT"))
            arguments.Fail($"Could not parse arguments for vector index: {arguments.Peek} is neither FLAT nor HNSW");
        var pairs = arguments.Counted("VECTOR");
        if (pairs.Count % 2 != 0) arguments.Fail("Bad number of arguments for vector similarity index");
        var options = new VectorOptions { Dims = 0, Indexed = isGraph, Similarity = (VectorSimilarity)byte.MaxValue };
        for (var i = 0; i + 1 < pairs.Count && arguments.Error is null; i += 2)
            options = With(arguments, options, pairs[i].ToUpperInvariant(), pairs[i + 1]);
        if (options.Dims == 0) FailMissing(arguments, "DIM");
        if (!Enum.IsDefined(options.Similarity)) FailMissing(arguments, "DISTANCE_METRIC");
        return arguments.Error is null ? field with { Type = FieldType.DenseVector, Vector = options } : null;
    }

    private static void FailMissing(ArgumentReader arguments, string name) => arguments.Fail(
        $"Missing mandatory parameter: cannot create vector index without specifying {name} argument");

    private static VectorOptions With(ArgumentReader arguments, VectorOptions options, string name, string value)
    {
        switch (name, value.ToUpperInvariant())
        {
            case ("TYPE", "FLOAT32"):
                return options;
            case ("DISTANCE_METRIC", "L2"):
                return options with { Similarity = VectorSimilarity.L2Norm };
            case ("DISTANCE_METRIC", "IP"):
                return options with { Similarity = VectorSimilarity.MaxInnerProduct };
            case ("DISTANCE_METRIC", "COSINE"):
                return options with { Similarity = VectorSimilarity.Cosine };
            case ("DIM", _) when int.TryParse(value, out var dims) && dims > 0:
                return options with { Dims = dims };
            case ("M", _) when int.TryParse(value, out var links):
                return options with { M = links };
            case ("EF_CONSTRUCTION", _) when int.TryParse(value, out var candidates):
                return options with { EfConstruction = candidates };
            // Room is made as it is needed, and candidates are asked for by each query.
            case ("INITIAL_CAP" or "BLOCK_SIZE" or "EF_RUNTIME" or "EPSILON", _):
                return options;
            default:
                arguments.Fail($"Bad arguments for vector similarity index: {name} {value}");
                return options;
        }
    }
}

using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>What a field of vectors says of itself in a schema's JSON.</summary>
internal static class VectorFieldJson
{
    /// <summary>The name of the type, as OpenSearch users know it.</summary>
    public const string TypeName = "dense_vector";

    private static readonly Dictionary<string, VectorSimilarity> Similarities = new(StringComparer.Ordinal)
    {
        ["cosine"] = VectorSimilarity.Cosine,
        ["dot_product"] = VectorSimilarity.DotProduct,
        ["l2_norm"] = VectorSimilarity.L2Norm,
        ["max_inner_product"] = VectorSimilarity.MaxInnerProduct,
    };

    private static readonly Dictionary<string, VectorQuantization> Quantizations = new(StringComparer.Ordinal)
    {
        ["none"] = VectorQuantization.None, ["int8"] = VectorQuantization.Int8,
    };

    /// <summary>The options of a field; null where it is no vector.</summary>
    /// <exception cref="ApiException">BadRequest: one is missing, wrong, or of a field that has none.</exception>
    public static VectorOptions? Read(FieldBody body, FieldType type)
    {
        if (type != FieldType.DenseVector)
        {
            var hasOption = (body.Similarity ?? body.Quantization) != null || (body.Dims ?? body.M) != null
                || body.EfConstruction != null || body.Index != null;
            return hasOption
                ? throw ApiException.BadRequest(
                    $"Field '{body.Name}' is {body.Type}; only {TypeName} has dims, similarity, quantization, index, m "
                    + "and efConstruction.")
                : null;
        }

        if (body.Dims is not { } dims)
            throw ApiException.BadRequest($"Field '{body.Name}' is {TypeName} and does not say its dims.");
        var standard = new VectorOptions { Dims = dims };
        var options = standard with
        {
            Similarity = OneOf(Similarities, body.Similarity ?? "cosine", body.Name ?? "", "similarity"),
            Quantization = OneOf(Quantizations, body.Quantization ?? "none", body.Name ?? "", "quantization"),
            Indexed = body.Index ?? true,
            EfConstruction = body.EfConstruction ?? standard.EfConstruction,
        };
        return body.M is { } links ? options with { M = links } : options;
    }

    /// <summary>A field as it is told.</summary>
    public static FieldBody Write(FieldSchema field, VectorOptions options) => new()
    {
        Name = field.Name,
        Type = TypeName,
        Dims = options.Dims,
        Similarity = Similarities.First(row => row.Value == options.Similarity).Key,
        Quantization = Quantizations.First(row => row.Value == options.Quantization).Key,
        Index = options.Indexed,
        M = options.M,
        EfConstruction = options.EfConstruction,
    };

    private static T OneOf<T>(Dictionary<string, T> known, string name, string field, string what) =>
        known.TryGetValue(name, out var value)
            ? value
            : throw ApiException.BadRequest(
                $"The {what} of field '{field}' is '{name}'; allowed are {string.Join(", ", known.Keys)}.");
}

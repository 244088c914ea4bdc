using System.Globalization;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Vectors;

/// <summary>What a field of vectors may be declared as, and what a vector of it may be.</summary>
internal static class VectorRules
{
    /// <summary>What is wrong with a field's declaration, and what is allowed; null when nothing is.</summary>
    public static string? Problem(FieldSchema field)
    {
        if (field.Type != FieldType.DenseVector)
            return field.Vector is null ? null : $"field '{field.Name}' is no vector and has what only vectors have";
        if (field.Vector is not { } options) return $"field '{field.Name}' is a vector and does not say its dims";
        return OutOf(options.Dims, 1, VectorOptions.DimsMax) is { } dims ? $"field '{field.Name}': dims {dims}"
            : OutOf(options.M, VectorOptions.LinksMin, VectorOptions.LinksMax) is { } m ? $"field '{field.Name}': m {m}"
            : OutOf(options.EfConstruction, options.M, VectorOptions.EfConstructionMax) is { } ef
                ? $"field '{field.Name}': efConstruction {ef}"
            : !Enum.IsDefined(options.Similarity)
                ? $"field '{field.Name}': unknown similarity {(byte)options.Similarity}"
            : !Enum.IsDefined(options.Quantization)
                ? $"field '{field.Name}': unknown quantization {(byte)options.Quantization}"
            : null;
    }

    /// <summary>What is wrong with a vector, and what is allowed, behind the words that name it; null when nothing is.
    /// </summary>
    public static string? Problem(VectorOptions options, ReadOnlySpan<float> vector)
    {
        if (vector.Length != options.Dims) return $"has {vector.Length} numbers; {options.Dims} are due";
        var at = 0;
        while (at < vector.Length && float.IsFinite(vector[at])) at++;
        if (at < vector.Length)
            return string.Create(CultureInfo.InvariantCulture, $"has {vector[at]} at {at}; all have to be finite");
        var length = Length(vector);
        if (length > VectorOptions.LengthMax)
        {
            return string.Create(
                CultureInfo.InvariantCulture, $"is {length:g3} long; at most {VectorOptions.LengthMax:g1} is allowed");
        }

        return options.Similarity switch
        {
            VectorSimilarity.Cosine when length == 0 => "is all zeros, which has no direction for a cosine",
            VectorSimilarity.DotProduct when Math.Abs(length - 1) > VectorOptions.UnitTolerance => string.Create(
                CultureInfo.InvariantCulture,
                $"is {length:g6} long; under dot_product it has to be 1 long (cosine and max_inner_product take any)"),
            _ => null,
        };
    }

    /// <summary>Makes a vector what is compared: under a cosine one of the same direction that is one long.</summary>
    public static void Prepare(VectorSimilarity similarity, Span<float> vector)
    {
        if (similarity != VectorSimilarity.Cosine) return;
        var factor = 1 / Length(vector);
        foreach (ref var number in vector) number = (float)(number * factor);
    }

    private static double Length(ReadOnlySpan<float> vector)
    {
        double sum = 0;
        foreach (var number in vector) sum += (double)number * number;
        return Math.Sqrt(sum);
    }

    private static string? OutOf(int value, int least, int most) =>
        value >= least && value <= most ? null : $"{value} is not allowed; {least} to {most} are";
}

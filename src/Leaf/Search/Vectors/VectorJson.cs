using System.Runtime.InteropServices;
using System.Text.Json;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Vectors;

/// <summary>Vectors in documents: a list of numbers, or base64 of little-endian floats.</summary>
internal static class VectorJson
{
    private const string Forms = "a list of numbers, or base64 of little-endian floats";

    /// <summary>Reads one, checks it, and makes it what is compared.</summary>
    /// <param name="reader">On its beginning; behind it afterwards, if it was right.</param>
    /// <param name="options">Of the field.</param>
    /// <param name="vector">Room for its numbers, as many as are due.</param>
    /// <returns>What is wrong and what is allowed, behind words that name the vector; null when nothing is.</returns>
    public static string? Read(ref Utf8JsonReader reader, VectorOptions options, Span<float> vector)
    {
        var problem = reader.TokenType switch
        {
            JsonTokenType.StartArray => ReadList(ref reader, vector),
            JsonTokenType.String => ReadBase64(ref reader, vector),
            _ => $"is no vector; it has to be {Forms}",
        };
        problem ??= VectorRules.Problem(options, vector);
        if (problem is null) VectorRules.Prepare(options.Similarity, vector);
        return problem;
    }

    /// <summary>
    /// As <see cref="Read"/>, of a hash: the value is the bytes of little-endian floats, which are a string where they
    /// happen to be UTF-8, and else what <see cref="FlatDocument"/> makes of them.
    /// </summary>
    public static string? ReadBlob(ref Utf8JsonReader reader, VectorOptions options, Span<float> vector)
    {
        if (reader.TokenType == JsonTokenType.StartArray) return Read(ref reader, options, vector);
        var bytes = FlatDocument.ReadValue(ref reader);
        var problem = bytes?.Length == vector.Length * sizeof(float)
            ? null
            : $"has {bytes?.Length ?? 0} bytes; {vector.Length * sizeof(float)} of little-endian floats are due";
        if (problem is not null) return problem;
        bytes.CopyTo(MemoryMarshal.AsBytes(vector));
        problem = VectorRules.Problem(options, vector);
        if (problem is null) VectorRules.Prepare(options.Similarity, vector);
        return problem;
    }

    private static string? ReadList(ref Utf8JsonReader reader, Span<float> vector)
    {
        var count = 0;
        for (; reader.Read() && reader.TokenType != JsonTokenType.EndArray; count++)
        {
            float number = 0;
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetSingle(out number))
                return $"has at {count} what is no number; it has to be {Forms}";
            if (count < vector.Length) vector[count] = number;
            else return $"has more than {vector.Length} numbers; {vector.Length} are due";
        }

        return count == vector.Length ? null : $"has {count} numbers; {vector.Length} are due";
    }

    private static string? ReadBase64(ref Utf8JsonReader reader, Span<float> vector)
    {
        if (!reader.TryGetBytesFromBase64(out var bytes)) return $"is a string that is no base64; it has to be {Forms}";
        if (bytes.Length != vector.Length * sizeof(float))
            return $"has {bytes.Length} bytes in base64; {vector.Length * sizeof(float)} are due";
        bytes.CopyTo(MemoryMarshal.AsBytes(vector));
        return null;
    }
}

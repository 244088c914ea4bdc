using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Hedgerow.Protocol;

/// <summary>What a field of type <see cref="FieldType.DenseVector"/> holds and how it is searched. Immutable.</summary>
public sealed record VectorOptions
{
    /// <summary>Most numbers of one vector: 4,096.</summary>
    public const int DimsMax = 4_096;

    /// <summary>Fewest and most links of a node of the graph: 2 and 128.</summary>
    public const int LinksMin = 2, LinksMax = 128;

    /// <summary>Most candidates that are looked at for the links of a node: 1,000.</summary>
    public const int EfConstructionMax = 1_000;

    /// <summary>The longest vector that is taken, so that no product of two overflows: 1e15.</summary>
    public const double LengthMax = 1e15;

    /// <summary>How far the length of a vector may be off one, where it has to be one: 1e-3.</summary>
    public const double UnitTolerance = 1e-3;

    private const int LinksUnlessTold = 24;
    private readonly int? _links;

    /// <summary>Numbers of each vector, 1 to <see cref="DimsMax"/>.</summary>
    public required int Dims { get; init; }

    /// <summary>What makes two vectors near.</summary>
    public VectorSimilarity Similarity { get; init; }

    /// <summary>In what form vectors are compared while a graph is walked; what it finds is rescored.</summary>
    public VectorQuantization Quantization { get; init; }

    /// <summary>Whether large segments get a graph; without one every search is exact.</summary>
    public bool Indexed { get; init; } = true;

    /// <summary>
    /// Links of a node of the graph on each level but the lowest, which has twice as many. Unless told 24, or as many
    /// as <see cref="EfConstruction"/> where those are fewer.
    /// </summary>
    public int M
    {
        get => _links ?? Math.Clamp(EfConstruction, LinksMin, LinksUnlessTold);
        init => _links = value;
    }

    /// <summary>Candidates that are looked at for the links of a node: 150 unless told.</summary>
    public int EfConstruction { get; init; } = 150;

    /// <summary>Whether another is the same, were it that one was told what the other has untold.</summary>
    public bool Equals(VectorOptions? other) =>
        other is not null && Dims == other.Dims && Similarity == other.Similarity && Quantization == other.Quantization
        && Indexed == other.Indexed && M == other.M && EfConstruction == other.EfConstruction;

    /// <inheritdoc/>
    public override int GetHashCode() =>
        HashCode.Combine(Dims, Similarity, Quantization, Indexed, M, EfConstruction);

    /// <summary>A vector as documents and HTTP bodies may hold it instead of a list of numbers: base64 of its
    /// numbers as little-endian floats.</summary>
    public static string ToBase64(ReadOnlySpan<float> vector)
    {
        var bytes = new byte[vector.Length * sizeof(float)];
        for (var i = 0; i < vector.Length; i++)
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), vector[i]);
        return Convert.ToBase64String(bytes);
    }
}

/// <summary>What makes two vectors near, and their score. The values are wire bytes.</summary>
public enum VectorSimilarity : byte
{
    /// <summary>The angle between them: (1 + cos) / 2. No vector may be all zeros.</summary>
    Cosine = 0,

    /// <summary>Their product, for vectors of length one: (1 + product) / 2.</summary>
    DotProduct = 1,

    /// <summary>Their distance: 1 / (1 + distance²).</summary>
    L2Norm = 2,

    /// <summary>Their product, of any length: 1 / (1 - product) below zero, else product + 1.</summary>
    MaxInnerProduct = 3,
}

/// <summary>In what form vectors are compared while a graph is walked. The values are wire bytes.</summary>
public enum VectorQuantization : byte
{
    /// <summary>As they are.</summary>
    None = 0,

    /// <summary>One byte a number, with a scale for each vector.</summary>
    [SuppressMessage("Naming", "CA1720", Justification = "The name that users of a schema know.")]
    Int8 = 1,
}

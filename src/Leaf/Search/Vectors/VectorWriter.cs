using System.Runtime.InteropServices;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Vectors;

/// <summary>The numbers of a vector, without padding or with.</summary>
internal delegate ReadOnlySpan<float> FloatsOf(int ordinal);

/// <summary>Writes what <see cref="VectorColumn"/> reads.</summary>
internal static class VectorWriter
{
    /// <summary>Writes a section.</summary>
    /// <param name="output">Aligned to <see cref="VectorColumn.Alignment"/>.</param>
    /// <param name="options">Of the field.</param>
    /// <param name="documents">The document of each vector, rising.</param>
    /// <param name="documentCount">Documents in all.</param>
    /// <param name="floats">The vectors.</param>
    public static void Write(
        IndexOutput output, VectorOptions options, int[] documents, int documentCount, FloatsOf floats)
    {
        var isSparse = documents.Length < documentCount;
        WriteHead(output, options, documents.Length, isSparse);
        var row = new float[VectorMetric.FloatsOf(options.Dims)];
        for (var i = 0; i < documents.Length; i++)
        {
            floats(i)[..options.Dims].CopyTo(row);
            output.Write(MemoryMarshal.AsBytes(row.AsSpan()));
        }

        if (options.Quantization == VectorQuantization.Int8) WriteCodes(output, options, documents.Length, floats);
        if (isSparse) output.Write(MemoryMarshal.AsBytes(documents.AsSpan()));
    }

    /// <summary>The codes of a vector.</summary>
    /// <param name="vector">Its numbers.</param>
    /// <param name="codes">As many; gets the codes.</param>
    /// <returns>What a code is to be multiplied by, and the squared length of the vector.</returns>
    public static (float Scale, float Squared) Encode(ReadOnlySpan<float> vector, Span<sbyte> codes)
    {
        float most = 0;
        double squared = 0;
        foreach (var number in vector)
        {
            most = Math.Max(most, Math.Abs(number));
            squared += (double)number * number;
        }

        var scale = most / sbyte.MaxValue;

        // Of numbers so small that their scale is none, all codes are zero.
        var factor = scale > 0 ? 1 / (double)scale : 0;
        for (var i = 0; i < vector.Length; i++)
            codes[i] = (sbyte)Math.Clamp(Math.Round(vector[i] * factor), -sbyte.MaxValue, sbyte.MaxValue);
        return (scale, (float)squared);
    }

    private static void WriteHead(IndexOutput output, VectorOptions options, int count, bool isSparse)
    {
        var start = output.Position;
        output.WriteU32(VectorColumn.Version);
        output.WriteU32((uint)options.Dims);
        output.WriteU32((uint)count);
        output.WriteU32((uint)options.M);
        output.WriteU32((uint)options.EfConstruction);
        output.Write(
        [
            (byte)options.Similarity, (byte)options.Quantization, (byte)(options.Indexed ? 1 : 0),
            (byte)(isSparse ? 1 : 0),
        ]);
        Span<byte> zeros = stackalloc byte[VectorColumn.Alignment];
        zeros.Clear();
        output.Write(zeros[..(int)(start + VectorColumn.Alignment - output.Position)]);
    }

    private static void WriteCodes(IndexOutput output, VectorOptions options, int count, FloatsOf floats)
    {
        var row = new sbyte[VectorMetric.CodesOf(options.Dims)];
        var terms = new float[count * 2];
        for (var i = 0; i < count; i++)
        {
            (terms[i * 2], terms[(i * 2) + 1]) = Encode(floats(i)[..options.Dims], row);
            output.Write(MemoryMarshal.AsBytes(row.AsSpan()));
        }

        output.Write(MemoryMarshal.AsBytes(terms.AsSpan()));
    }
}

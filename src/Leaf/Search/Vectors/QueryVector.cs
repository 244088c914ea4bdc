using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Vectors;

/// <summary>A query's vector made what is compared: prepared, padded, with codes. Immutable; any thread.</summary>
internal sealed unsafe class QueryVector
{
    private readonly float[] _floats;
    private readonly sbyte[] _codes;
    private readonly float[] _terms;

    /// <param name="options">Of the field.</param>
    /// <param name="vector">Has no <see cref="VectorRules.Problem(VectorOptions, ReadOnlySpan{float})"/>. Copied.
    /// </param>
    public QueryVector(VectorOptions options, ReadOnlySpan<float> vector)
    {
        Options = options;
        _floats = GC.AllocateArray<float>(VectorMetric.FloatsOf(options.Dims), pinned: true);
        vector.CopyTo(_floats);
        VectorRules.Prepare(options.Similarity, _floats.AsSpan(0, options.Dims));
        _codes = GC.AllocateArray<sbyte>(VectorMetric.CodesOf(options.Dims), pinned: true);
        _terms = GC.AllocateArray<float>(2, pinned: true);
        (_terms[0], _terms[1]) = VectorWriter.Encode(_floats.AsSpan(0, options.Dims), _codes);
    }

    /// <summary>Of the field.</summary>
    public VectorOptions Options { get; }

    /// <summary>Where it is; valid while this is held.</summary>
    public VectorRow Row => new(Start(_floats), Start(_codes), Start(_terms));

    private static nint Start<T>(T[] pinned) => (nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(pinned));
}

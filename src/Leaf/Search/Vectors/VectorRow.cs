using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Vectors;

/// <summary>Where one vector is: its floats, and its codes where there are any. Valid while its owner is.</summary>
/// <param name="Floats">Padded to <see cref="VectorMath.FloatBlock"/>.</param>
/// <param name="Codes">Padded to <see cref="VectorMath.CodeBlock"/>; null without.</param>
/// <param name="Terms">Scale and squared length of the codes; null without.</param>
internal readonly unsafe record struct VectorRow(nint Floats, nint Codes, nint Terms)
{
    private const int LineBytes = 64;
    private const int LinesFetched = 8;

    /// <summary>Begins to fetch what a comparison reads first.</summary>
    public void Fetch(in VectorMetric metric)
    {
        if (!Sse.IsSupported) return;
        var at = (byte*)(metric.IsCoded ? Codes : Floats);
        var lines = Math.Min(LinesFetched, metric.RowBytes / LineBytes);
        for (var i = 0; i < lines; i++) Sse.Prefetch0(at + (i * LineBytes));
        if (metric.IsCoded) Sse.Prefetch0((void*)Terms);
    }
}

/// <summary>Vectors by their numbers.</summary>
internal interface IVectorRows
{
    VectorRow this[int ordinal] { get; }
}

/// <summary>How near two vectors of a field are: higher is nearer.</summary>
internal readonly unsafe struct VectorMetric
{
    private readonly int _floats;
    private readonly int _codes;
    private readonly bool _isDistance;

    /// <param name="options">The field's.</param>
    /// <param name="isCoded">Whether codes are compared, which is a little off.</param>
    public VectorMetric(VectorOptions options, bool isCoded)
    {
        _floats = FloatsOf(options.Dims);
        _codes = CodesOf(options.Dims);
        _isDistance = options.Similarity == VectorSimilarity.L2Norm;
        IsCoded = isCoded;
    }

    /// <summary>Whether it compares codes.</summary>
    public bool IsCoded { get; }

    /// <summary>Bytes of a row that it reads.</summary>
    public int RowBytes => IsCoded ? _codes : _floats * sizeof(float);

    /// <summary>Floats of a padded row.</summary>
    public static int FloatsOf(int dims) => (dims + VectorMath.FloatBlock - 1) & -VectorMath.FloatBlock;

    /// <summary>Codes of a padded row.</summary>
    public static int CodesOf(int dims) => (dims + VectorMath.CodeBlock - 1) & -VectorMath.CodeBlock;

    /// <summary>The product, or the squared distance below zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Near(in VectorRow a, in VectorRow b)
    {
        if (!IsCoded)
        {
            return _isDistance
                ? -VectorMath.SquaredDistance((float*)a.Floats, (float*)b.Floats, _floats)
                : VectorMath.Dot((float*)a.Floats, (float*)b.Floats, _floats);
        }

        var x = (float*)a.Terms;
        var y = (float*)b.Terms;
        var product = x[0] * y[0] * VectorMath.CodeDot((sbyte*)a.Codes, (sbyte*)b.Codes, _codes);
        return _isDistance ? (2 * product) - x[1] - y[1] : product;
    }
}

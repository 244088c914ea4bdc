using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Hedgerow.Leaf.Search.Vectors;

/// <summary>
/// Products and distances of padded vectors. The result is the same to the last bit on every machine and in the scalar
/// twin: 64 lanes are summed up by fused multiply-add, block of 16 by block of 16 in four groups, and the lanes are
/// added by halves. So a score depends neither on the replica that computes it nor on its processor, which the order of
/// sums of a general library would not promise. The loops are compiled at their best from the first call on: they are
/// long, and called at once.
/// </summary>
internal static unsafe class VectorMath
{
    /// <summary>Floats that rows are padded to with zeros.</summary>
    public const int FloatBlock = 16;

    /// <summary>Codes that rows are padded to with zeros.</summary>
    public const int CodeBlock = 64;

    private const int Groups = 4;

    /// <summary>The sum of the products.</summary>
    /// <param name="a">A row.</param>
    /// <param name="b">A row.</param>
    /// <param name="count">A multiple of <see cref="FloatBlock"/>.</param>
    public static float Dot(float* a, float* b, int count) => Vector512.IsHardwareAccelerated
        ? Sum512<Product>(a, b, count)
        : Sum256<Product>(a, b, count);

    /// <summary>The sum of the squared differences.</summary>
    public static float SquaredDistance(float* a, float* b, int count) => Vector512.IsHardwareAccelerated
        ? Sum512<Difference>(a, b, count)
        : Sum256<Difference>(a, b, count);

    /// <summary>The sum of the products of codes from -127 to 127; exact.</summary>
    /// <param name="a">A row of codes.</param>
    /// <param name="b">A row of codes.</param>
    /// <param name="count">A multiple of <see cref="CodeBlock"/>, at most 65,536.</param>
    public static int CodeDot(sbyte* a, sbyte* b, int count) =>
        Avx512BW.IsSupported ? CodeDot512(a, b, count) : CodeDot256(a, b, count);

    /// <summary>What a pair of numbers adds.</summary>
    internal interface IPair
    {
        static abstract Vector512<float> Add(Vector512<float> sum, Vector512<float> a, Vector512<float> b);

        static abstract Vector256<float> Add(Vector256<float> sum, Vector256<float> a, Vector256<float> b);

        static abstract float Add(float sum, float a, float b);
    }

    /// <summary>16 lanes at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static float Sum512<T>(float* a, float* b, int count)
        where T : struct, IPair
    {
        Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default;
        var i = 0;
        for (; i + (Groups * FloatBlock) <= count; i += Groups * FloatBlock)
        {
            s0 = T.Add(s0, Vector512.Load(a + i), Vector512.Load(b + i));
            s1 = T.Add(s1, Vector512.Load(a + i + 16), Vector512.Load(b + i + 16));
            s2 = T.Add(s2, Vector512.Load(a + i + 32), Vector512.Load(b + i + 32));
            s3 = T.Add(s3, Vector512.Load(a + i + 48), Vector512.Load(b + i + 48));
        }

        if (i < count) s0 = T.Add(s0, Vector512.Load(a + i), Vector512.Load(b + i));
        if (i + 16 < count) s1 = T.Add(s1, Vector512.Load(a + i + 16), Vector512.Load(b + i + 16));
        if (i + 32 < count) s2 = T.Add(s2, Vector512.Load(a + i + 32), Vector512.Load(b + i + 32));
        var all = (s0 + s1) + (s2 + s3);
        return Halved(all.GetLower() + all.GetUpper());
    }

    /// <summary>8 lanes at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static float Sum256<T>(float* a, float* b, int count)
        where T : struct, IPair
    {
        Vector256<float> l0 = default, l1 = default, l2 = default, l3 = default;
        Vector256<float> h0 = default, h1 = default, h2 = default, h3 = default;
        for (var i = 0; i < count; i += Groups * FloatBlock)
        {
            Both<T>(ref l0, ref h0, a + i, b + i);
            if (i + 16 < count) Both<T>(ref l1, ref h1, a + i + 16, b + i + 16);
            if (i + 32 < count) Both<T>(ref l2, ref h2, a + i + 32, b + i + 32);
            if (i + 48 < count) Both<T>(ref l3, ref h3, a + i + 48, b + i + 48);
        }

        return Halved(((l0 + l1) + (l2 + l3)) + ((h0 + h1) + (h2 + h3)));
    }

    /// <summary>One at a time.</summary>
    internal static float SumScalar<T>(float* a, float* b, int count)
        where T : struct, IPair
    {
        Span<float> sums = stackalloc float[Groups * FloatBlock];
        sums.Clear();
        for (var i = 0; i < count; i++) sums[i % sums.Length] = T.Add(sums[i % sums.Length], a[i], b[i]);
        for (var i = 0; i < FloatBlock; i++)
            sums[i] = (sums[i] + sums[i + 16]) + (sums[i + 32] + sums[i + 48]);
        for (var half = FloatBlock / 2; half > 0; half /= 2)
            for (var i = 0; i < half; i++) sums[i] += sums[i + half];
        return sums[0];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static int CodeDot512(sbyte* a, sbyte* b, int count)
    {
        Vector512<int> low = default, high = default;
        for (var i = 0; i < count; i += CodeBlock)
        {
            low += Products512(a + i, b + i);
            high += Products512(a + i + 32, b + i + 32);
        }

        return Vector512.Sum(low + high);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static int CodeDot256(sbyte* a, sbyte* b, int count)
    {
        Vector256<int> sum = default;
        for (var i = 0; i < count; i += Vector256<sbyte>.Count)
        {
            var (a0, a1) = Vector256.Widen(Vector256.Load(a + i));
            var (b0, b1) = Vector256.Widen(Vector256.Load(b + i));

            // A product of two codes, and the sum of two such, fit into 16 bits.
            var (low, high) = Vector256.Widen((a0 * b0) + (a1 * b1));
            sum += low + high;
        }

        return Vector256.Sum(sum);
    }

    internal static int CodeDotScalar(sbyte* a, sbyte* b, int count)
    {
        var sum = 0;
        for (var i = 0; i < count; i++) sum += a[i] * b[i];
        return sum;
    }

    private static Vector512<int> Products512(sbyte* a, sbyte* b) => Avx512BW.MultiplyAddAdjacent(
        Avx512BW.ConvertToVector512Int16(Vector256.Load(a)), Avx512BW.ConvertToVector512Int16(Vector256.Load(b)));

    private static void Both<T>(ref Vector256<float> low, ref Vector256<float> high, float* a, float* b)
        where T : struct, IPair
    {
        low = T.Add(low, Vector256.Load(a), Vector256.Load(b));
        high = T.Add(high, Vector256.Load(a + 8), Vector256.Load(b + 8));
    }

    private static float Halved(Vector256<float> eight)
    {
        var four = eight.GetLower() + eight.GetUpper();
        var two = four.GetLower() + four.GetUpper();
        return two[0] + two[1];
    }

    [StructLayout(LayoutKind.Sequential, Size = 1)]
    internal readonly struct Product : IPair
    {
        public static Vector512<float> Add(Vector512<float> sum, Vector512<float> a, Vector512<float> b) =>
            Vector512.FusedMultiplyAdd(a, b, sum);

        public static Vector256<float> Add(Vector256<float> sum, Vector256<float> a, Vector256<float> b) =>
            Vector256.FusedMultiplyAdd(a, b, sum);

        public static float Add(float sum, float a, float b) => MathF.FusedMultiplyAdd(a, b, sum);
    }

    [StructLayout(LayoutKind.Sequential, Size = 1)]
    internal readonly struct Difference : IPair
    {
        public static Vector512<float> Add(Vector512<float> sum, Vector512<float> a, Vector512<float> b) =>
            Vector512.FusedMultiplyAdd(a - b, a - b, sum);

        public static Vector256<float> Add(Vector256<float> sum, Vector256<float> a, Vector256<float> b) =>
            Vector256.FusedMultiplyAdd(a - b, a - b, sum);

        public static float Add(float sum, float a, float b) => MathF.FusedMultiplyAdd(a - b, a - b, sum);
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Hedgerow.Leaf.Search.Indexing;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// BM25 of one term or phrase as Lucene computes it: boost * idf * tf / (tf + k1 (1 - b + b length / average)), without
/// the factor k1 + 1 that changes no order; lengths as <see cref="FieldNorm"/> keeps them; all in single precision.
/// </summary>
/// <remarks>
/// Each step of the formula is monotone also as it is rounded, so the score of a pair of frequency and norm bounds,
/// without any margin, the scores of all postings that the pair beats. Vectors round as scalars do: scores are the same
/// bits whichever way they were computed.
/// </remarks>
internal sealed unsafe class Bm25
{
    private const float K1 = 1.2f;
    private const float B = 0.75f;

    /// <summary>Those of the last call: one search after another asks for the same.</summary>
    private static volatile LengthFactors? s_last;

    private readonly float _weight;
    private readonly float[] _inverseByNorm;

    /// <param name="weight">Boost * idf.</param>
    /// <param name="inverseByNorm">From <see cref="Inverses"/>.</param>
    public Bm25(float weight, float[] inverseByNorm)
    {
        _weight = weight;
        _inverseByNorm = inverseByNorm;
    }

    /// <summary>Boost * idf: no score reaches it.</summary>
    public float Weight => _weight;

    /// <summary>How rare a term is: ln(1 + (N - n + 0.5) / (n + 0.5)).</summary>
    /// <param name="documents">N: documents that have the field.</param>
    /// <param name="having">n: those that have the term; more than N counts as N.</param>
    public static float Idf(long documents, long having)
    {
        having = Math.Min(having, documents);
        return (float)Math.Log(1 + ((documents - having + 0.5) / (having + 0.5)));
    }

    /// <summary>1 / (k1 (1 - b + b length / average)) for each norm; never changed.</summary>
    /// <param name="documents">Documents that have the field.</param>
    /// <param name="tokens">Tokens in all of them.</param>
    public static float[] Inverses(long documents, long tokens)
    {
        if (s_last is { } last && last.Documents == documents && last.Tokens == tokens) return last.ByNorm;
        var average = documents == 0 ? 1f : (float)(tokens / (double)documents);
        var inverses = new float[256];
        for (var norm = 0; norm < inverses.Length; norm++)
            inverses[norm] = Inverse(FieldNorm.ByByte[norm], average);
        s_last = new LengthFactors(documents, tokens, inverses);
        return inverses;
    }

    /// <summary>1 / (k1 (1 - b + b length / average)).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Inverse(float length, float average) => 1f / (K1 * (1 - B + (B * length / average)));

    /// <summary>The score.</summary>
    /// <param name="frequency">Occurrences; of a sloppy phrase, a sum of fractions.</param>
    /// <param name="norm">The field's length in the document.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Score(float frequency, byte norm) =>
        _weight - (_weight / (1f + (frequency * _inverseByNorm[norm])));

    /// <summary>The scores of many documents.</summary>
    /// <param name="documents">At most a block.</param>
    /// <param name="frequencies">As many.</param>
    /// <param name="norms">By document.</param>
    /// <param name="scores">Room for as many.</param>
    [SkipLocalsInit]
    public void Score(
        ReadOnlySpan<int> documents, ReadOnlySpan<int> frequencies, ReadOnlySpan<byte> norms, Span<double> scores)
    {
        var inverses = stackalloc float[IntPacking.Count];
        ref var table = ref MemoryMarshal.GetArrayDataReference(_inverseByNorm);
        ref var norm = ref MemoryMarshal.GetReference(norms);
        for (var d = 0; d < documents.Length; d++)
            inverses[d] = Unsafe.Add(ref table, Unsafe.Add(ref norm, documents[d]));
        var weight = Vector256.Create(_weight);
        ref var frequency = ref MemoryMarshal.GetReference(frequencies);
        ref var score = ref MemoryMarshal.GetReference(scores);
        var i = 0;
        for (; i + Vector256<float>.Count <= documents.Length; i += Vector256<float>.Count)
        {
            var times = Vector256.ConvertToSingle(Vector256.LoadUnsafe(ref frequency, (nuint)i));
            var sums = weight - (weight / (Vector256<float>.One + (times * Vector256.Load(inverses + i))));
            var (low, high) = Vector256.Widen(sums);
            low.StoreUnsafe(ref score, (nuint)i);
            high.StoreUnsafe(ref score, (nuint)i + 4);
        }

        for (; i < documents.Length; i++)
            scores[i] = _weight - (_weight / (1f + (frequencies[i] * inverses[i])));
    }

    /// <summary>The highest score that the impacts of each of some blocks allow.</summary>
    /// <param name="impacts">As <see cref="ImpactSet"/> writes them.</param>
    /// <param name="bounds">One per block.</param>
    public void Bounds(byte* impacts, Span<float> bounds)
    {
        for (var i = 0; i < bounds.Length; i++, impacts += ImpactSet.Bytes)
            bounds[i] = Avx2.IsSupported ? Bound256(impacts) : BoundScalar(impacts);
    }

    /// <summary>The highest score that eight pairs allow.</summary>
    public float BoundScalar(byte* impacts)
    {
        float bound = 0;
        for (var i = 0; i < ImpactSet.Bytes; i += 2)
        {
            var times = impacts[i] == ImpactSet.FrequencyMax ? float.MaxValue : impacts[i];
            bound = Math.Max(bound, Score(times, impacts[i + 1]));
        }

        return bound;
    }

    /// <summary>All pairs at a time.</summary>
    public float Bound256(byte* impacts)
    {
        var pairs = Avx2.ConvertToVector256Int32((ushort*)impacts);
        var frequencies = pairs & Vector256.Create(0xFF);
        var unbounded = Vector256.Equals(frequencies, Vector256.Create(ImpactSet.FrequencyMax)).AsSingle();
        var times = Vector256.ConditionalSelect(
            unbounded, Vector256.Create(float.MaxValue), Vector256.ConvertToSingle(frequencies));
        Vector256<float> inverses;
        fixed (float* table = _inverseByNorm) inverses = Avx2.GatherVector256(table, pairs >>> 8, sizeof(float));
        var weight = Vector256.Create(_weight);
        var scores = weight - (weight / (Vector256<float>.One + (times * inverses)));
        var halves = Vector128.Max(scores.GetLower(), scores.GetUpper());
        halves = Vector128.Max(halves, Vector128.Shuffle(halves, Vector128.Create(2, 3, 0, 1)));
        return Math.Max(halves[0], halves[1]);
    }

    private sealed record LengthFactors(long Documents, long Tokens, float[] ByNorm);
}

using Hedgerow.Leaf.Search.Indexing;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// BM25 of one term or phrase as Lucene computes it: boost * idf * tf / (tf + k1 (1 - b + b length / average)), without
/// the factor k1 + 1 that changes no order; lengths as <see cref="FieldNorm"/> keeps them; all in single precision.
/// </summary>
internal sealed class Bm25
{
    private const float K1 = 1.2f;
    private const float B = 0.75f;

    private readonly float _weight;
    private readonly float[] _inverseByNorm;

    /// <param name="weight">Boost * idf.</param>
    /// <param name="inverseByNorm">From <see cref="Inverses"/>.</param>
    public Bm25(float weight, float[] inverseByNorm)
    {
        _weight = weight;
        _inverseByNorm = inverseByNorm;
    }

    /// <summary>How rare a term is: ln(1 + (N - n + 0.5) / (n + 0.5)).</summary>
    /// <param name="documents">N: documents that have the field.</param>
    /// <param name="having">n: those that have the term; more than N counts as N.</param>
    public static float Idf(long documents, long having)
    {
        having = Math.Min(having, documents);
        return (float)Math.Log(1 + ((documents - having + 0.5) / (having + 0.5)));
    }

    /// <summary>1 / (k1 (1 - b + b length / average)) for each norm.</summary>
    /// <param name="documents">Documents that have the field.</param>
    /// <param name="tokens">Tokens in all of them.</param>
    public static float[] Inverses(long documents, long tokens)
    {
        var average = documents == 0 ? 1f : (float)(tokens / (double)documents);
        var inverses = new float[256];
        for (var norm = 0; norm < inverses.Length; norm++)
            inverses[norm] = 1f / (K1 * (1 - B + (B * FieldNorm.ByByte[norm] / average)));
        return inverses;
    }

    /// <summary>The score.</summary>
    /// <param name="frequency">Occurrences; of a sloppy phrase, a sum of fractions.</param>
    /// <param name="norm">The field's length in the document.</param>
    public float Score(float frequency, byte norm) =>
        _weight - (_weight / (1f + (frequency * _inverseByNorm[norm])));
}

using Hedgerow.Protocol;

namespace Hedgerow.Bench.Values;

/// <summary>An index of a <see cref="ValueCorpus"/>; each query gives the total, having found the best ten.</summary>
internal interface IValueEngine : IDisposable
{
    long Within(GeoPoint center, double metres);

    long OneOf(string[] codes);

    /// <summary>Documents with one of two words, their scores multiplied by ln(1 + visits).</summary>
    long Boosted(string first, string second);

    /// <summary>The same ordered by visits, most first.</summary>
    long Sorted(string first, string second);

    /// <summary>The same as they are.</summary>
    long Plain(string first, string second);
}

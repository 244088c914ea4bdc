using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Search.Values;

/// <summary>Formulas that several models need.</summary>
internal static class Formulas
{
    /// <summary>What several values count as.</summary>
    public static double Several(ValueMode mode, IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return mode switch
        {
            ValueMode.Min => sorted[0],
            ValueMode.Max => sorted[^1],
            ValueMode.Average => sorted.Average(),
            ValueMode.Sum => sorted.Sum(),
            _ => (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2,
        };
    }

    /// <summary>By the haversine and the arc of its tangent.</summary>
    public static double Metres(GeoPoint a, GeoPoint b)
    {
        var (p, q) = (a.Latitude * Math.PI / 180, b.Latitude * Math.PI / 180);
        var half = (a.Longitude - b.Longitude) * Math.PI / 360;
        var haversine = Math.Pow(Math.Sin((p - q) / 2), 2) + (Math.Cos(p) * Math.Cos(q) * Math.Pow(Math.Sin(half), 2));
        return 2 * 6_371_008.7714 * Math.Atan2(Math.Sqrt(haversine), Math.Sqrt(Math.Max(0, 1 - haversine)));
    }
}

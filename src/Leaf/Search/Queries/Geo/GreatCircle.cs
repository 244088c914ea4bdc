using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// Distances on a sphere of the earth's mean radius by the haversine formula (Sinnott: Virtues of the haversine, 1984),
/// as Lucene measures them.
/// </summary>
internal static class GreatCircle
{
    /// <summary>Mean radius of the earth (IUGG), in metres.</summary>
    public const double Radius = 6_371_008.7714;

    private const double Radians = Math.PI / 180;

    /// <summary>Metres between two places.</summary>
    public static double Metres(GeoPoint a, GeoPoint b) => MetresOf(Haversine(a, b));

    /// <summary>The square of half the chord: 0 to 1, rises with the distance and is cheaper.</summary>
    public static double Haversine(GeoPoint a, GeoPoint b) => Haversine(
        a.Latitude, b.Latitude, Math.Cos(a.Latitude * Radians) * Math.Cos(b.Latitude * Radians),
        a.Longitude - b.Longitude);

    /// <summary>The distance of such a square.</summary>
    public static double MetresOf(double haversine) => 2 * Radius * Math.Asin(Math.Min(1, Math.Sqrt(haversine)));

    /// <summary>The square of a distance; 1 for all that are half around and more.</summary>
    public static double HaversineOf(double metres)
    {
        if (metres >= Math.PI * Radius) return 1;
        var sine = Math.Sin(metres / (2 * Radius));
        return sine * sine;
    }

    private static double Haversine(double latitudeA, double latitudeB, double cosines, double longitudes)
    {
        var north = Math.Sin((latitudeA - latitudeB) * Radians / 2);
        var east = Math.Sin(longitudes * Radians / 2);
        return (north * north) + (cosines * east * east);
    }
}

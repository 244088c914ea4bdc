using System.Globalization;

namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>Functions on places.</summary>
internal static class PlaceFunctions
{
    /// <summary>The radius of the globe that Redis reckons with, in metres.</summary>
    private const double Radius = 6_372_797.560856;

    /// <summary>
    /// The distance of two places in metres, to a centimetre, by the haversine formula; each is a text
    /// <c>longitude,latitude</c>, or two numbers.
    /// </summary>
    public static Cell Distance(Cell[] values)
    {
        var numbers = new List<double>();
        foreach (var value in values)
        {
            foreach (var part in value.AsText().Split(','))
            {
                var isNumber = double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out var number);
                if (!isNumber || !double.IsFinite(number)) return Cell.None;
                numbers.Add(number);
            }
        }

        if (numbers is not [var longitude, var latitude, var otherLongitude, var otherLatitude]) return Cell.None;
        var rise = Math.Sin(Radians(otherLatitude - latitude) / 2);
        var side = Math.Sin(Radians(otherLongitude - longitude) / 2);
        var half = (rise * rise) + (Math.Cos(Radians(latitude)) * Math.Cos(Radians(otherLatitude)) * side * side);
        return Cell.Of(Math.Round(2 * Radius * Math.Asin(Math.Min(1, Math.Sqrt(half))), 2));
    }

    private static double Radians(double degrees) => degrees * Math.PI / 180;
}

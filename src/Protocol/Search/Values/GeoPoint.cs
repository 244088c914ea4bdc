using System.Globalization;

namespace Hedgerow.Protocol;

/// <summary>A place on the globe, in degrees (WGS 84).</summary>
/// <param name="Latitude">-90 to 90, north is positive.</param>
/// <param name="Longitude">-180 to 180, east is positive.</param>
public readonly record struct GeoPoint(double Latitude, double Longitude)
{
    /// <summary>What a text may look like, for messages.</summary>
    public const string Forms =
        "\"52.52,13.41\" (latitude first), \"POINT (13.41 52.52)\" or a geohash such as \"u33dc1\"";

    /// <summary>Whether both are within their bounds.</summary>
    public bool IsValid => Math.Abs(Latitude) <= 90 && Math.Abs(Longitude) <= 180;

    /// <summary>
    /// Reads <c>lat,lon</c>, <c>POINT (lon lat)</c> in any case, or a geohash, which stands for the south-western
    /// corner of its cell. False for anything else, and for what is not <see cref="IsValid"/>.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<char> text, out GeoPoint point)
    {
        text = text.Trim();
        point = default;
        var comma = text.IndexOf(',');
        if (comma >= 0)
            return TryNumbers(text[..comma], text[(comma + 1)..], out point) && point.IsValid;
        if (text.StartsWith("POINT", StringComparison.OrdinalIgnoreCase))
        {
            var inner = text["POINT".Length..].Trim();
            if (inner.Length < 2 || inner[0] != '(' || inner[^1] != ')') return false;
            inner = inner[1..^1].Trim();
            var space = inner.IndexOf(' ');
            return space > 0 && TryNumbers(inner[(space + 1)..], inner[..space], out point) && point.IsValid;
        }

        if (!Geohash.TryCell(text, out var corner, out _)) return false;
        point = corner;
        return true;
    }

    /// <summary>
    /// The same place with numbers within their bounds: what goes over a pole comes down on the other side, longitudes
    /// go round. Not finite ones stay as they are.
    /// </summary>
    public GeoPoint Coerced()
    {
        if (IsValid || !double.IsFinite(Latitude) || !double.IsFinite(Longitude)) return this;
        var (latitude, longitude) = (Math.IEEERemainder(Latitude, 360), Longitude);
        if (Math.Abs(latitude) > 90)
        {
            latitude = Math.CopySign(180, latitude) - latitude;
            longitude += 180;
        }

        return new GeoPoint(latitude, Math.Abs(longitude) <= 180 ? longitude : Math.IEEERemainder(longitude, 360));
    }

    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Latitude},{Longitude}");

    private static bool TryNumbers(ReadOnlySpan<char> latitude, ReadOnlySpan<char> longitude, out GeoPoint point)
    {
        point = default;
        if (!TryNumber(latitude.Trim(), out var lat) || !TryNumber(longitude.Trim(), out var lon)) return false;
        point = new GeoPoint(lat, lon);
        return true;
    }

    private static bool TryNumber(ReadOnlySpan<char> text, out double number) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number);
}

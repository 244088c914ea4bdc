namespace Hedgerow.Protocol;

/// <summary>
/// Geohashes: the bits of longitude and latitude in turns, five to a letter (G. Niemeyer, 2008; the alphabet has no
/// <c>a i l o</c>).
/// </summary>
public static class Geohash
{
    /// <summary>Letters of the longest: 12, less than 4 cm.</summary>
    public const int LettersMax = 12;

    private const string Alphabet = "0123456789bcdefghjkmnpqrstuvwxyz";

    /// <summary>The cell of a geohash by two of its corners; false when it is none.</summary>
    public static bool TryCell(ReadOnlySpan<char> text, out GeoPoint southWest, out GeoPoint northEast)
    {
        southWest = northEast = default;
        if (text.Length is 0 or > LettersMax) return false;
        double south = -90, north = 90, west = -180, east = 180;
        var isLongitude = true;
        foreach (var letter in text)
        {
            var bits = Alphabet.IndexOf(char.ToLowerInvariant(letter), StringComparison.Ordinal);
            if (bits < 0) return false;
            for (var bit = 16; bit > 0; bit >>= 1, isLongitude = !isLongitude)
            {
                if (isLongitude) Halve(ref west, ref east, (bits & bit) != 0);
                else Halve(ref south, ref north, (bits & bit) != 0);
            }
        }

        southWest = new GeoPoint(south, west);
        northEast = new GeoPoint(north, east);
        return true;
    }

    /// <summary>The letters of a cell.</summary>
    /// <param name="bits">Its bits, those of longitude and latitude in turns, longitude first.</param>
    /// <param name="letters">1 to <see cref="LettersMax"/>: five bits each.</param>
    public static string Text(ulong bits, int letters) => string.Create(letters, bits, static (text, left) =>
    {
        for (var i = text.Length - 1; i >= 0; i--, left >>= 5) text[i] = Alphabet[(int)(left & 31)];
    });

    private static void Halve(ref double low, ref double high, bool isUpper)
    {
        var middle = (low + high) / 2;
        if (isUpper) low = middle;
        else high = middle;
    }
}

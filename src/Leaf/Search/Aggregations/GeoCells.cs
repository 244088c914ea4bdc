using System.Globalization;
using Hedgerow.Leaf.Search.Queries;

namespace Hedgerow.Leaf.Search.Aggregations;

/// <summary>Cells of grids over the globe, of places as columns hold them (<see cref="GeoGrid"/>).</summary>
internal static class GeoCells
{
    private const int BitsPerLetter = 5;
    private const int RowBits = 32;

    /// <summary>The bits of a geohash: those of longitude and latitude in turns, longitude first.</summary>
    /// <param name="place">A place.</param>
    /// <param name="letters">1 to 12.</param>
    public static long Geohash(long place, int letters)
    {
        var (row, column) = GeoGrid.Split(place);
        // Where the longitude takes the latitude's part, its bits come first.
        var bits = (ulong)GeoGrid.Join(column, row) ^ (1UL << 63);
        return (long)(bits >> (64 - (BitsPerLetter * letters)));
    }

    /// <summary>A tile of the web's maps (spherical Mercator): its column, and in the lower half its row.</summary>
    /// <param name="place">A place.</param>
    /// <param name="zoom">0 to 29: the globe is 2^zoom tiles wide.</param>
    public static long Tile(long place, int zoom)
    {
        var point = GeoGrid.Decode(place);
        var tiles = (double)(1L << zoom);
        var sine = Math.Sin(point.Latitude * (Math.PI / 180));
        var east = (point.Longitude + 180) / 360;
        var south = 0.5 - (Math.Log((1 + sine) / (1 - sine)) / (4 * Math.PI));
        return ((long)Step(east * tiles, tiles) << RowBits) | (uint)Step(south * tiles, tiles);
    }

    /// <summary>A tile as zoom/column/row.</summary>
    public static string TileText(long tile, int zoom) =>
        string.Create(CultureInfo.InvariantCulture, $"{zoom}/{tile >> RowBits}/{(uint)tile}");

    /// <summary>Beyond 85 degrees there are no tiles: what lies there is in the last ones.</summary>
    private static double Step(double place, double tiles) => Math.Clamp(Math.Floor(place), 0, tiles - 1);
}

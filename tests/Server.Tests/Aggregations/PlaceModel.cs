using System.Globalization;
using Hedgerow.Protocol;

namespace Hedgerow.Server.Tests.Aggregations;

/// <summary>What aggregations over places should give, by other ways than the server goes.</summary>
internal static class PlaceModel
{
    private const double Steps = 4_294_967_296;

    /// <summary>A place that is stored as it is: both numbers are steps of the grid. Often near others, or at the
    /// ends.</summary>
    public static GeoPoint Random(Random random)
    {
        var (row, column) = random.Next(5) switch
        {
            0 => (random.NextInt64(1L << 32), random.NextInt64(1L << 32)),
            1 => (random.NextInt64(1L << 31, (1L << 31) + 1_000), random.NextInt64(1L << 31, (1L << 31) + 1_000)),
            2 => (random.NextInt64(1L << 30, 3L << 30), random.Next(2) == 0 ? 5 : (1L << 32) - 7),
            3 => (random.Next(2) == 0 ? 0 : (1L << 32) - 1, random.NextInt64(1L << 32)),
            _ => (3_400_000_000 + random.Next(9_000_000), 2_300_000_000 + random.Next(9_000_000)),
        };
        return new GeoPoint((row / Steps * 180) - 90, (column / Steps * 360) - 180);
    }

    /// <summary>Kilometres between two places, by vectors instead of the haversine.</summary>
    public static double Kilometres(GeoPoint a, GeoPoint b)
    {
        var (x, y) = (Vector(a), Vector(b));
        double dot = 0, cross = 0;
        for (var i = 0; i < 3; i++)
        {
            var (j, k) = ((i + 1) % 3, (i + 2) % 3);
            dot += x[i] * y[i];
            cross += Math.Pow((x[j] * y[k]) - (x[k] * y[j]), 2);
        }

        return 6_371.0087714 * Math.Atan2(Math.Sqrt(cross), dot);
    }

    /// <summary>The cell of a place, letter by letter from halves of the globe.</summary>
    public static string Geohash(GeoPoint place, int letters)
    {
        double south = -90, north = 90, west = -180, east = 180;
        var text = "";
        for (var i = 0; i < letters; i++)
        {
            var letter = 0;
            for (var bit = 0; bit < 5; bit++)
            {
                if ((((i * 5) + bit) & 1) == 0) letter = (letter << 1) | Half(place.Longitude, ref west, ref east);
                else letter = (letter << 1) | Half(place.Latitude, ref south, ref north);
            }

            text += "0123456789bcdefghjkmnpqrstuvwxyz"[letter];
        }

        return text;
    }

    /// <summary>The tile of a place: by the projection's inverse, the borders of its rows are searched.</summary>
    public static string Tile(GeoPoint place, int zoom)
    {
        var tiles = 1L << zoom;
        var column = Math.Min(tiles - 1, (long)((place.Longitude + 180) / 360 * tiles));
        long low = 0, high = tiles - 1;
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            var border = Math.Atan(Math.Sinh(Math.PI * (1 - (2.0 * middle / tiles)))) * 180 / Math.PI;
            if (place.Latitude <= border) low = middle;
            else high = middle - 1;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{zoom}/{column}/{low}");
    }

    public static BucketsResult Rings(
        GeoDistanceAggregation it, IReadOnlyList<AggregatedDocument> documents,
        Func<SortValue, List<AggregatedDocument>, AggregationBucket> bucket) => new(it.Name, [.. it.Ranges.Select(
            ring =>
            {
                var name = ring.Key ?? $"{Text(ring.From)}-{Text(ring.To)}";
                return bucket(SortValue.Of(name), [.. documents.Where(d => d.Places.Any(place =>
                    Kilometres(it.Origin, place) is var far && far >= (ring.From ?? 0)
                    && far < (ring.To ?? double.MaxValue)))]);
            })]);

    public static BucketsResult Grid(
        GeoGridAggregation it, IReadOnlyList<AggregatedDocument> documents,
        Func<SortValue, List<AggregatedDocument>, AggregationBucket> bucket)
    {
        var cells = documents.SelectMany(document => document.Places.Select(CellOf).Distinct()
            .Select(cell => (Cell: cell, Document: document)))
            .GroupBy(row => row.Cell)
            .OrderByDescending(group => group.Count()).ThenBy(group => group.Key, StringComparer.Ordinal);
        return new BucketsResult(it.Name, [.. cells.Take(it.Size).Select(group => bucket(
            SortValue.Of(group.Key), [.. group.Select(row => row.Document)]))]);

        string CellOf(GeoPoint place) =>
            it.Grid == GeoGridKind.Geohash ? Geohash(place, it.Precision) : Tile(place, it.Precision);
    }

    /// <summary>Of all boxes that begin at a place, the narrowest that has them all.</summary>
    public static BoundsResult Bounds(GeoBoundsAggregation it, IReadOnlyList<AggregatedDocument> documents)
    {
        GeoPoint[] places = [.. documents.SelectMany(document => document.Places)];
        if (places.Length == 0) return new BoundsResult(it.Name, null, null);
        double[] longitudes = [.. places.Select(place => place.Longitude)];
        var (west, east) = (longitudes.Min(), longitudes.Max());
        double[] left = [.. longitudes.Where(l => l < 0)], right = [.. longitudes.Where(l => l >= 0)];
        if (it.WrapsLongitude && left.Length > 0 && right.Length > 0
            && left.Max() + 360 - right.Min() < east - west)
        {
            (west, east) = (right.Min(), left.Max());
        }

        return new BoundsResult(
            it.Name, new GeoPoint(places.Max(p => p.Latitude), west), new GeoPoint(places.Min(p => p.Latitude), east));
    }

    public static CentroidResult Centroid(GeoCentroidAggregation it, IReadOnlyList<AggregatedDocument> documents)
    {
        GeoPoint[] places = [.. documents.SelectMany(document => document.Places)];
        return places.Length == 0
            ? new CentroidResult(it.Name, null, 0)
            : new CentroidResult(
                it.Name, new GeoPoint(places.Average(p => p.Latitude), places.Average(p => p.Longitude)),
                places.Length);
    }

    private static string Text(double? bound) => bound?.ToString(CultureInfo.InvariantCulture) ?? "*";

    private static double[] Vector(GeoPoint place)
    {
        var (latitude, longitude) = (place.Latitude * Math.PI / 180, place.Longitude * Math.PI / 180);
        return
        [
            Math.Cos(latitude) * Math.Cos(longitude), Math.Cos(latitude) * Math.Sin(longitude), Math.Sin(latitude),
        ];
    }

    private static int Half(double number, ref double low, ref double high)
    {
        var middle = (low + high) / 2;
        if (number >= middle) low = middle;
        else high = middle;
        return number >= middle ? 1 : 0;
    }
}

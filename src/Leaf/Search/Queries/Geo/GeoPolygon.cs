using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// A polygon with edges that are straight in degrees. Corners are unrolled, so that one across the date line goes
/// beyond 180 degrees, and a place is looked for there too. Points are in by the parity of the edges east of them.
/// </summary>
internal sealed class GeoPolygon : GeoArea
{
    private readonly double[] _latitudes;
    private readonly double[] _longitudes;
    private readonly double _south;
    private readonly double _north;
    private readonly double _west;
    private readonly double _east;

    private GeoPolygon(double[] latitudes, double[] longitudes)
    {
        _latitudes = latitudes;
        _longitudes = longitudes;
        (_south, _north) = (latitudes.Min(), latitudes.Max());
        (_west, _east) = (longitudes.Min(), longitudes.Max());
    }

    /// <summary>Makes one; null where the corners make none.</summary>
    public static GeoPolygon? Of(IReadOnlyList<GeoPoint> corners, out string? problem)
    {
        problem = null;
        var count = corners.Count;
        if (count > GeoPolygonQuery.CornersMax)
            problem = $"a polygon has {count} corners; at most {GeoPolygonQuery.CornersMax} are allowed";
        else if (count > 1 && corners[0] == corners[^1]) count--;
        if (problem is null && count < 3) problem = $"a polygon has {count} different corners; at least 3 are needed";
        if (problem is not null) return null;
        var (latitudes, longitudes) = (new double[count], new double[count]);
        var shift = 0.0;
        for (var i = 0; i < count; i++)
        {
            if (i > 0) shift += Turn(corners[i - 1].Longitude, corners[i].Longitude);
            latitudes[i] = corners[i].Latitude;
            longitudes[i] = corners[i].Longitude + shift;
        }

        if (shift + Turn(corners[count - 1].Longitude, corners[0].Longitude) == 0)
            return new GeoPolygon(latitudes, longitudes);
        problem = "a polygon goes around a pole, which is not allowed";
        return null;
    }

    public override bool Has(long value)
    {
        var point = GeoGrid.Decode(value);
        if (point.Latitude < _south || point.Latitude > _north) return false;
        return IsIn(point.Latitude, point.Longitude) || IsIn(point.Latitude, point.Longitude + 360)
            || IsIn(point.Latitude, point.Longitude - 360);
    }

    public override Lies Relate(in GeoCell cell)
    {
        var (low, high) = (cell.SouthWest, cell.NorthEast);
        if (high.Latitude < _south || low.Latitude > _north) return Lies.Outside;
        var lies = Lies.Outside;
        for (var turn = -360; turn <= 360; turn += 360)
        {
            var (west, east) = (low.Longitude + turn, high.Longitude + turn);
            if (east < _west || west > _east) continue;
            for (int i = 0, before = _latitudes.Length - 1; i < _latitudes.Length; before = i++)
                if (MayCross(before, i, low.Latitude, high.Latitude, west, east)) return Lies.Across;
            if (IsIn(low.Latitude, west)) lies = Lies.Inside;
        }

        return lies;
    }

    /// <summary>By how much what follows is turned, so that the edge is the short way.</summary>
    private static double Turn(double from, double to) => to - from > 180 ? -360 : to - from < -180 ? 360 : 0;

    private bool IsIn(double latitude, double longitude)
    {
        if (longitude < _west || longitude > _east) return false;
        var isIn = false;
        for (int i = 0, before = _latitudes.Length - 1; i < _latitudes.Length; before = i++)
        {
            if (_latitudes[i] > latitude == _latitudes[before] > latitude) continue;
            var share = (latitude - _latitudes[i]) / (_latitudes[before] - _latitudes[i]);
            if (longitude < _longitudes[i] + (share * (_longitudes[before] - _longitudes[i]))) isIn = !isIn;
        }

        return isIn;
    }

    /// <summary>
    /// Whether an edge may go through a box: their bounds overlap, and the box's corners are not all clearly on one
    /// side.
    /// </summary>
    private bool MayCross(int from, int to, double south, double north, double west, double east)
    {
        const double Slack = 1e-9;
        var (y, x) = (_latitudes[from], _longitudes[from]);
        var (dy, dx) = (_latitudes[to] - y, _longitudes[to] - x);
        if (Math.Max(y, y + dy) < south - Slack || Math.Min(y, y + dy) > north + Slack) return false;
        if (Math.Max(x, x + dx) < west - Slack || Math.Min(x, x + dx) > east + Slack) return false;
        var (isLeft, isRight) = (true, true);
        Look(south, west);
        Look(south, east);
        Look(north, west);
        Look(north, east);
        return !isLeft && !isRight;

        void Look(double latitude, double longitude)
        {
            var side = (dx * (latitude - y)) - (dy * (longitude - x));
            var margin = Slack * (Math.Abs(dx) + Math.Abs(dy));
            isLeft &= side > margin;
            isRight &= side < -margin;
        }
    }
}

using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>How a cell lies to an area.</summary>
internal enum Lies
{
    /// <summary>No point of the cell is in the area.</summary>
    Outside,

    /// <summary>Some may be.</summary>
    Across,

    /// <summary>All are.</summary>
    Inside,
}

/// <summary>Places that a query asks for. Immutable.</summary>
internal abstract class GeoArea
{
    /// <summary>Whether a place is in it; the place is as <see cref="GeoGrid"/> holds it.</summary>
    public abstract bool Has(long value);

    /// <summary>How a cell lies. Across is never wrong, only dear.</summary>
    public abstract Lies Relate(in GeoCell cell);
}

/// <summary>All places between two rows and two columns, the edges included.</summary>
internal readonly record struct GeoCell(uint South, uint North, uint West, uint East)
{
    /// <summary>The globe.</summary>
    public static GeoCell All => new(0, uint.MaxValue, 0, uint.MaxValue);

    /// <summary>Its south-western corner.</summary>
    public GeoPoint SouthWest => new(GeoGrid.Latitude(South), GeoGrid.Longitude(West));

    /// <summary>Its north-eastern corner.</summary>
    public GeoPoint NorthEast => new(GeoGrid.Latitude(North), GeoGrid.Longitude(East));
}

/// <summary>A box; one whose west is above its east goes across the date line.</summary>
internal sealed class GeoBox(GeoBoxQuery query) : GeoArea
{
    private readonly uint _north = GeoGrid.Row(query.North);
    private readonly uint _south = GeoGrid.Row(query.South);
    private readonly uint _west = GeoGrid.Column(query.West);
    private readonly uint _east = GeoGrid.Column(query.East);
    private readonly bool _isAcross = query.West > query.East;

    public override bool Has(long value)
    {
        var (row, column) = GeoGrid.Split(value);
        return row >= _south && row <= _north
            && (_isAcross ? column >= _west || column <= _east : column >= _west && column <= _east);
    }

    public override Lies Relate(in GeoCell cell)
    {
        if (cell.South > _north || cell.North < _south) return Lies.Outside;
        var isInside = cell.South >= _south && cell.North <= _north;
        if (_isAcross)
        {
            if (cell.West > _east && cell.East < _west) return Lies.Outside;
            return isInside && (cell.West >= _west || cell.East <= _east) ? Lies.Inside : Lies.Across;
        }

        if (cell.West > _east || cell.East < _west) return Lies.Outside;
        return isInside && cell.West >= _west && cell.East <= _east ? Lies.Inside : Lies.Across;
    }
}

/// <summary>All places at most so far from one.</summary>
/// <remarks>
/// The distance to a point at longitude difference d and latitude φ has the cosine A sin φ + B cos φ, which over φ is
/// one wave with its crest at ψ = atan2(A, B), and falls with d. So the nearest point of a cell has the least d, at ψ
/// or at an end; the farthest has the greatest d and, as long as that is a quarter around at most, is at an end too.
/// </remarks>
internal sealed class GeoCircle : GeoArea
{
    /// <summary>Far more than the formula is off.</summary>
    private const double Slack = 1e-9;

    private readonly GeoPoint _center;
    private readonly double _metres;
    private readonly double _low;
    private readonly double _high;

    public GeoCircle(GeoDistanceQuery query)
    {
        _center = query.Center;
        _metres = query.Metres;
        var edge = GreatCircle.HaversineOf(_metres);
        _low = (edge * (1 - Slack)) - double.Epsilon;
        _high = (edge * (1 + Slack)) + 1e-18;
    }

    public override bool Has(long value)
    {
        var haversine = GreatCircle.Haversine(_center, GeoGrid.Decode(value));
        if (haversine < _low) return true;
        return haversine <= _high && GreatCircle.MetresOf(haversine) <= _metres;
    }

    public override Lies Relate(in GeoCell cell)
    {
        var (low, high) = (cell.SouthWest, cell.NorthEast);
        var (least, greatest) = Differences(low.Longitude, high.Longitude);
        if (Nearest(low.Latitude, high.Latitude, least) > _high) return Lies.Outside;
        return greatest <= 90 && At(low.Latitude, greatest) < _low && At(high.Latitude, greatest) < _low
            ? Lies.Inside
            : Lies.Across;
    }

    /// <summary>The least and the greatest difference of longitude between the centre and a cell, in degrees.</summary>
    private (double Least, double Greatest) Differences(double west, double east)
    {
        var (toWest, toEast) = (Difference(west), Difference(east));
        var least = Has(_center.Longitude) ? 0 : Math.Min(toWest, toEast);
        var opposite = _center.Longitude > 0 ? _center.Longitude - 180 : _center.Longitude + 180;
        return (least, Has(opposite) ? 180 : Math.Max(toWest, toEast));

        bool Has(double longitude) => longitude >= west && longitude <= east;
    }

    private double Difference(double longitude)
    {
        var difference = Math.Abs(longitude - _center.Longitude);
        return Math.Min(difference, 360 - difference);
    }

    private double Nearest(double south, double north, double difference)
    {
        var nearest = Math.Min(At(south, difference), At(north, difference));
        var (sine, cosine) = Math.SinCos(_center.Latitude * Math.PI / 180);
        var crest = Math.Atan2(sine, cosine * Math.Cos(difference * Math.PI / 180)) * 180 / Math.PI;
        return crest > south && crest < north ? Math.Min(nearest, At(crest, difference)) : nearest;
    }

    private double At(double latitude, double difference) =>
        GreatCircle.Haversine(_center, new GeoPoint(latitude, _center.Longitude + difference));
}

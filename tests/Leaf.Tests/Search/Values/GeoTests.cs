using CsCheck;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Search.Values;

/// <summary>Areas against a look at every point, by other formulas than the index has.</summary>
public sealed class GeoTests
{
    private const double Radius = 6_371_008.7714;

    [Fact]
    public void Circles_boxes_and_polygons_find_what_a_look_at_every_point_finds() => Gen.Int[0, int.MaxValue].Sample(
        seed =>
        {
            var random = new Random(seed);
            using var shops = new ShopIndexes(random, 400);
            for (var i = 0; i < 60; i++)
            {
                QueryNode query = random.Next(3) switch
                {
                    0 => new GeoDistanceQuery("place", Shop.Place(random), Math.Pow(10, random.NextDouble() * 8) - 1),
                    1 => Box(random),
                    _ => Polygon(random),
                };
                var found = shops.Search(query).Hits.Select(hit => hit.Path).ToHashSet();
                foreach (var shop in shops.Live.Values)
                {
                    var expected = shop.Places.Select(place => IsIn(query, Shop.Stored(place))).ToArray();
                    if (expected.Contains(null)) continue;
                    Assert.True(
                        found.Contains(shop.Path) == expected.Contains(true),
                        $"seed {seed}: {query} and {string.Join("; ", shop.Places)}");
                }
            }
        },
        iter: 8,
        threads: 1);

    [Fact]
    public void What_an_area_says_of_a_cell_is_true_of_the_places_in_it() => Gen.Int[0, int.MaxValue].Sample(
        seed =>
        {
            var random = new Random(seed);
            GeoArea area = random.Next(3) switch
            {
                0 => new GeoCircle(new GeoDistanceQuery(
                    "place", Shop.Place(random), Math.Pow(10, random.NextDouble() * 7.5))),
                1 => new GeoBox(Box(random)),
                _ => GeoPolygon.Of(Polygon(random).Corners, out _)!,
            };
            for (var i = 0; i < 100; i++)
            {
                var cell = Cell(random);
                var lies = area.Relate(cell);
                if (lies == Lies.Across) continue;
                for (var p = 0; p < 20; p++)
                {
                    var place = GeoGrid.Join(Between(cell.South, cell.North), Between(cell.West, cell.East));
                    var isRight = area.Has(place) == (lies == Lies.Inside);
                    Assert.True(isRight, $"seed {seed}: {cell} {GeoGrid.Decode(place)}");
                }
            }

            uint Between(uint low, uint high) => random.Next(4) switch
            {
                0 => low,
                1 => high,
                _ => (uint)(low + random.NextInt64((long)high - low + 1)),
            };
        },
        iter: 300,
        threads: 1);

    [Fact]
    public void Places_come_back_to_a_centimetre_and_stay_what_they_are() => Gen.Int[0, int.MaxValue].Sample(
        seed =>
        {
            var random = new Random(seed);
            for (var i = 0; i < 100; i++)
            {
                var place = Shop.Place(random);
                var value = GeoGrid.Encode(place);
                var stored = GeoGrid.Decode(value);
                Assert.Equal(Shop.Stored(place), stored);
                Assert.Equal(value, GeoGrid.Encode(stored));
                Assert.True(Chord(place, stored) <= 0.011, $"{place} and {stored}");
                var (row, column) = GeoGrid.Split(value);
                var bits = (GeoGrid.Spread(row) << 1) | GeoGrid.Spread(column);
                Assert.Equal(value, (long)(bits ^ (1UL << 63)));
                Assert.Equal((row, column), (GeoGrid.Gather(bits >> 1), GeoGrid.Gather(bits)));
            }
        },
        threads: 1);

    [Fact]
    public void What_is_no_area_is_refused_with_what_is_allowed()
    {
        using var shops = new ShopIndexes(new Random(1), 20);
        Assert.Contains("91,0 is no place", shops.ErrorOf(new GeoDistanceQuery("place", new GeoPoint(91, 0), 1)));
        Assert.Contains("0 or more", shops.ErrorOf(new GeoDistanceQuery("place", default, -1)));
        Assert.Contains("below its south", shops.ErrorOf(new GeoBoxQuery("place", 1, 0, 2, 1)));
        Assert.Contains("at least 3", shops.ErrorOf(new GeoPolygonQuery("place", [default, new(1, 1), default])));
        Assert.Contains("around a pole", shops.ErrorOf(
            new GeoPolygonQuery("place", [new(80, 0), new(80, 120), new(80, -120)])));
        Assert.Contains("which this query cannot search", shops.ErrorOf(new GeoDistanceQuery("stars", default, 1)));
        Assert.Contains("which this query cannot search", shops.ErrorOf(new TermQuery("place", "1,1")));
        Assert.Contains("which this query cannot search", shops.ErrorOf(new RangeQuery("place", "1", "2", true, true)));
    }

    /// <summary>A cell of the globe quartered some times, around a place.</summary>
    private static GeoCell Cell(Random random)
    {
        var (row, column) = GeoGrid.Split(GeoGrid.Encode(Shop.Place(random)));
        var rest = (uint)((1UL << random.Next(33)) - 1);
        return new GeoCell(row & ~rest, row | rest, column & ~rest, column | rest);
    }

    private static GeoBoxQuery Box(Random random)
    {
        var (a, b) = (Shop.Place(random), Shop.Place(random));
        return new GeoBoxQuery(
            "place", Math.Max(a.Latitude, b.Latitude), a.Longitude, Math.Min(a.Latitude, b.Latitude), b.Longitude);
    }

    /// <summary>Around a place, and perhaps across the date line; corners in any order.</summary>
    private static GeoPolygonQuery Polygon(Random random)
    {
        var (center, size) = (Shop.Place(random), Math.Pow(10, random.Next(-4, 2)) * 5);
        var corners = Enumerable.Range(0, random.Next(3, 12)).Select(_ => new GeoPoint(
            Math.Clamp(center.Latitude + ((random.NextDouble() - 0.5) * size), -90, 90),
            center.Longitude + ((random.NextDouble() - 0.5) * size)).Coerced());
        return new GeoPolygonQuery("place", [.. corners]);
    }

    /// <summary>Whether a place is in an area; null where rounding may decide.</summary>
    private static bool? IsIn(QueryNode query, GeoPoint place)
    {
        switch (query)
        {
            case GeoDistanceQuery circle:
                var distance = Chord(circle.Center, place);
                return Math.Abs(distance - circle.Metres) < 1e-3 + (circle.Metres * 1e-6)
                    ? null
                    : distance < circle.Metres;
            case GeoBoxQuery box:
                var (row, column) = (Shop.Steps(place.Latitude, 180), Shop.Steps(place.Longitude, 360));
                var (west, east) = (Shop.Steps(box.West, 360), Shop.Steps(box.East, 360));
                return row <= Shop.Steps(box.North, 180) && row >= Shop.Steps(box.South, 180)
                    && (box.West <= box.East ? column >= west && column <= east : column >= west || column <= east);
            default:
                var corners = ((GeoPolygonQuery)query).Corners;
                var turns = new[] { -360.0, 0, 360 }.Sum(
                    shift => Turns(corners, place.Latitude, place.Longitude + shift));
                return !(Math.Abs(turns - Math.Round(turns)) < 1e-6) ? null : Math.Round(turns) % 2 != 0;
        }
    }

    /// <summary>
    /// How often the corners go around a place, by the angles they are seen under; no number on an edge.
    /// </summary>
    private static double Turns(IReadOnlyList<GeoPoint> corners, double latitude, double longitude)
    {
        double angle = 0, x = corners[0].Longitude;
        for (var i = 0; i < corners.Count; i++)
        {
            var next = corners[(i + 1) % corners.Count];
            var nextX = x + Math.IEEERemainder(next.Longitude - x, 360);
            var (ax, ay) = (x - longitude, corners[i].Latitude - latitude);
            var (bx, by) = (nextX - longitude, next.Latitude - latitude);
            var (cross, dot) = ((ax * by) - (ay * bx), (ax * bx) + (ay * by));
            if (Math.Abs(cross) < 1e-12 && dot <= 0) return double.NaN;
            angle += Math.Atan2(cross, dot);
            x = nextX;
        }

        return angle / (2 * Math.PI);
    }

    /// <summary>The distance by the straight line through the earth.</summary>
    private static double Chord(GeoPoint a, GeoPoint b)
    {
        var (ax, ay, az) = Vector(a);
        var (bx, by, bz) = Vector(b);
        var chord = Math.Sqrt(Math.Pow(ax - bx, 2) + Math.Pow(ay - by, 2) + Math.Pow(az - bz, 2));
        return 2 * Radius * Math.Asin(Math.Min(1, chord / 2));

        static (double X, double Y, double Z) Vector(GeoPoint point)
        {
            var (sine, cosine) = Math.SinCos(point.Latitude * Math.PI / 180);
            var (east, front) = Math.SinCos(point.Longitude * Math.PI / 180);
            return (cosine * front, cosine * east, sine);
        }
    }
}

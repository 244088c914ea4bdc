using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>Plans places. One search.</summary>
internal sealed class GeoPlans(PlanScope scope)
{
    private const double MetresMax = Math.PI * GreatCircle.Radius;

    /// <summary>Plans a query of one of the kinds that ask for an area.</summary>
    public Weight Plan(QueryNode node, double score) => node switch
    {
        GeoDistanceQuery circle => PlanCircle(circle, score),
        GeoBoxQuery box => PlanBox(box, score),
        _ => PlanPolygon((GeoPolygonQuery)node, score),
    };

    /// <summary>What is wrong with a place, or null.</summary>
    public static string? Problem(GeoPoint point) => point.IsValid
        ? null
        : $"{point} is no place; latitudes are -90 to 90, longitudes -180 to 180";

    private Weight PlanCircle(GeoDistanceQuery circle, double score)
    {
        if (Problem(circle.Center) is { } problem) return scope.Failed(problem);
        if (!(circle.Metres >= 0) || !double.IsFinite(circle.Metres))
            return scope.Failed($"a distance of {circle.Metres} metres is not allowed; it has to be 0 or more");
        var area = new GeoCircle(circle with { Metres = Math.Min(circle.Metres, MetresMax * 2) });
        return Area(circle.Field, area, score);
    }

    private Weight PlanBox(GeoBoxQuery box, double score)
    {
        var problem = Problem(new GeoPoint(box.North, box.West)) ?? Problem(new GeoPoint(box.South, box.East));
        if (problem is null && box.North < box.South)
            problem = $"the box's north, {box.North}, is below its south, {box.South}";
        return problem is null ? Area(box.Field, new GeoBox(box), score) : scope.Failed(problem);
    }

    private Weight PlanPolygon(GeoPolygonQuery polygon, double score)
    {
        var problem = polygon.Corners.Select(Problem).FirstOrDefault(found => found is not null);
        var area = problem is null ? GeoPolygon.Of(polygon.Corners, out problem) : null;
        return area is null ? scope.Failed(problem!) : Area(polygon.Field, area, score);
    }

    private Weight Area(string field, GeoArea area, double score) =>
        scope.Field(field, [FieldType.GeoPoint]) is { } found
            ? new GeoWeight(found.Name, area, score)
            : new NothingWeight();
}

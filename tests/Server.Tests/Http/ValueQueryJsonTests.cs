using System.Text.Json;
using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Http;

namespace Hedgerow.Server.Tests.Http;

/// <summary>Queries on values in OpenSearch's spelling.</summary>
public sealed class ValueQueryJsonTests
{
    [Theory]
    [InlineData("""{"lat":1.5,"lon":-2}""")]
    [InlineData("""{"lon":"-2","lat":"1.5"}""")]
    [InlineData("[-2,1.5]")]
    [InlineData("[-2,1.5,300]")]
    [InlineData("\"1.5,-2\"")]
    [InlineData("\" 1.5 , -2 \"")]
    [InlineData("\"POINT (-2 1.5)\"")]
    [InlineData("\"point(-2 1.5)\"")]
    public void A_place_is_the_same_in_each_notation(string place) => Assert.Equal(
        new GeoDistanceQuery("p", new GeoPoint(1.5, -2), 12_000) { Boost = 2 },
        Read($$$"""{"geo_distance":{"distance":"12km","p":{{{place}}},"boost":2}}"""));

    [Theory]
    [InlineData("\"12km\"", "", 12_000)]
    [InlineData("12", ""","unit":"km" """, 12_000)]
    [InlineData("\"12\"", ""","unit":"mi" """, 19_312.128)]
    [InlineData("\"3mi\"", ""","unit":"km" """, 4_828.032)]
    [InlineData("\"2 nmi\"", "", 3_704)]
    [InlineData("250", "", 250)]
    public void A_distance_has_a_unit_or_takes_the_one_beside_it(string distance, string unit, double metres)
    {
        var query = Read($$$"""{"geo_distance":{"distance":{{{distance}}}{{{unit}}},"p":[0,0]}}""");
        Assert.Equal(metres, Assert.IsType<GeoDistanceQuery>(query).Metres, 1e-9);
    }

    [Theory]
    [InlineData("""{"top_left":[-2,4],"bottom_right":[3,-1]}""")]
    [InlineData("""{"top_right":[3,4],"bottom_left":[-2,-1]}""")]
    [InlineData("""{"top":4,"left":-2,"bottom":-1,"right":3}""")]
    [InlineData("""{"wkt":"BBOX (-2, 3, 4, -1)"}""")]
    public void A_box_is_the_same_in_each_notation(string box) => Assert.Equal(
        new GeoBoxQuery("p", 4, -2, -1, 3), Read($$$"""{"geo_bounding_box":{"p":{{{box}}}}}"""));

    [Fact]
    public void A_geohash_is_a_corner_as_a_place_and_the_whole_cell_in_a_box()
    {
        var circle = Assert.IsType<GeoDistanceQuery>(Read("""{"geo_distance":{"distance":1,"p":"u33"}}"""));
        Assert.Equal(new GeoPoint(52.03125, 12.65625), circle.Center);
        var box = Assert.IsType<GeoBoxQuery>(
            Read("""{"geo_bounding_box":{"p":{"top_left":"u33","bottom_right":"u33"}}}"""));
        Assert.Equal((52.03125, 53.4375, 12.65625, 14.0625), (box.South, box.North, box.West, box.East));
    }

    [Fact]
    public void What_is_out_of_bounds_is_an_error_or_brought_back_in()
    {
        Assert.Contains("longitudes -180 to 180", Error("""{"geo_distance":{"distance":1,"p":[190,95]}}"""));
        var coerced = Read("""{"geo_distance":{"distance":1,"p":[190,95],"validation_method":"COERCE"}}""");
        Assert.Equal(new GeoPoint(85, 10), Assert.IsType<GeoDistanceQuery>(coerced).Center);
        Assert.Equal(new GeoPoint(-80, 0), new GeoPoint(-100, 180).Coerced());
        Assert.Equal(new GeoPoint(0, -170), new GeoPoint(360, 190).Coerced());
        Assert.Equal(new GeoPoint(90, 180), new GeoPoint(90, 180).Coerced());
    }

    [Fact]
    public void Functions_become_their_records()
    {
        var query = Assert.IsType<FunctionScoreQuery>(Read("""
            {"function_score":{"query":{"exists":{"field":"a"}},"score_mode":"max","boost_mode":"min","max_boost":3,
              "min_score":0.5,"functions":[
                {"weight":2,"filter":{"term":{"k":"x"}}},
                {"field_value_factor":{"field":"n","factor":1.5,"modifier":"LOG2P","missing":1}},
                {"random_score":{"seed":"-4"},"weight":0},
                {"exp":{"p":{"origin":{"lat":1,"lon":2},"scale":"5km","offset":"1km","decay":0.3},
                        "multi_value_mode":"avg"}}]}}
            """));
        Assert.Equal((FunctionsMode.Max, BoostMode.Min, 3, 0.5), (
            query.ScoreMode, query.BoostMode, query.MaxBoost, query.MinScore));
        Assert.Equal(
            [
                new WeightFunction { Weight = 2, Filter = new TermQuery("k", "x") },
                new FieldValueFunction("n", 1.5, ValueModifier.Log2p, 1),
                new RandomFunction(-4) { Weight = 0 },
                new DecayFunction(DecayShape.Exponential, "p", "1,2", "5km", "1km", 0.3, ValueMode.Average),
            ],
            query.Functions);
        var single = Assert.IsType<FunctionScoreQuery>(Read("""{"function_score":{"random_score":{}}}"""));
        Assert.Equal((new MatchAllQuery(), new RandomFunction(null)), (single.Query, single.Functions.Single()));
    }

    [Theory]
    [InlineData("""{"geo_distance":{"distance":"far","p":[0,0]}}""", "distance is 'far'; expected one such as 12km")]
    [InlineData("""{"geo_distance":{"distance":"-1km","p":[0,0]}}""", "not below 0")]
    [InlineData("""{"geo_distance":{"distance":1}}""", "names no field")]
    [InlineData("""{"geo_distance":{"distance":1,"p":"nowhere at all"}}""", "is no place; expected")]
    [InlineData("""{"geo_distance":{"distance":1,"p":[1]}}""", "is no place; expected")]
    [InlineData("""{"geo_distance":{"distance":1,"p":{"lat":1}}}""", "has no 'lon'")]
    [InlineData("""{"geo_distance":{"distance":1,"p":[0,0],"unit":"miles away"}}""", "there are m, km")]
    [InlineData("""{"geo_distance":{"distance":1,"p":[0,0],"validation_method":"LAX"}}""", "strict and coerce")]
    [InlineData("""{"geo_bounding_box":{"p":{"top":1,"left":1,"bottom":2,"right":2}}}""", "below its bottom")]
    [InlineData("""{"geo_bounding_box":{"p":{"top_left":[1,1]}}}""", "needs top_left and bottom_right")]
    [InlineData("""{"geo_bounding_box":{"p":{"wkt":"BBOX (1,2)"}}}""", "BBOX (west, east, north, south)")]
    [InlineData("""{"geo_polygon":{"p":{"corners":[]}}}""", "known there are points")]
    [InlineData("""{"terms":{"k":"x"}}""", "it must be a list")]
    [InlineData("""{"terms":{"k":{"index":"a","path":"c"}}}""", "has no 'id'")]
    [InlineData("""{"terms":{"k":{"index":"a","id":"b","path":"c","at":1}}}""", "known there are index, id, path")]
    [InlineData("""{"function_score":{"functions":[{}]}}""", "has none of weight, field_value_factor")]
    [InlineData("""{"function_score":{"weight":1,"functions":[]}}""", "one of both is allowed")]
    [InlineData("""{"function_score":{"functions":[{"weight":-1}]}}""", "0 or more")]
    [InlineData("""{"function_score":{"gauss":{"a":{"scale":1}},"exp":{"a":{"scale":1}}}}""", "two functions")]
    [InlineData("""{"function_score":{"random_score":{"seed":1.5}}}""", "whole number")]
    [InlineData("""{"rank_feature":{"field":"a"}}""", "none of saturation, log, sigmoid and linear")]
    [InlineData("""{"rank_feature":{"field":"a","log":{}}}""", "has no 'scaling_factor'")]
    public void What_makes_no_sense_is_told_where_and_what_is_allowed(string json, string told) =>
        Assert.Contains(told, Error(json));

    [Fact]
    public void A_list_of_values_has_its_limit()
    {
        var values = string.Join(',', Enumerable.Range(0, TermsQuery.ValuesMax));
        var most = Assert.IsType<TermsQuery>(Read($$$"""{"terms":{"n":[{{{values}}}]}}"""));
        Assert.Equal(TermsQuery.ValuesMax, most.Values.Count);
        Assert.Contains("at most 65536 are allowed", Error($$$"""{"terms":{"n":[{{{values}}},1]}}"""));
    }

    private static QueryNode Read(string json) => QueryJson.Read(JsonDocument.Parse(json).RootElement);

    private static string Error(string json) => Assert.Throws<ApiException>(() => Read(json)).Message;
}

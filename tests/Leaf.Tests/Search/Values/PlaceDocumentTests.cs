using System.Text;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Leaf.Tests.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Search.Values;

/// <summary>Places in documents: every notation, what is refused, and that they are there after a restart.</summary>
public sealed class PlaceDocumentTests
{
    [Theory]
    [InlineData("""{"lat":1.5,"lon":-2}""", "1.5,-2")]
    [InlineData("""{"lon":"-2","lat":"1.5"}""", "1.5,-2")]
    [InlineData("[-2,1.5]", "1.5,-2")]
    [InlineData("[-2,1.5,300]", "1.5,-2")]
    [InlineData("\"1.5,-2\"", "1.5,-2")]
    [InlineData("\"POINT (-2 1.5)\"", "1.5,-2")]
    [InlineData("\"u33\"", "52.03125,12.65625")]
    [InlineData("""{"type":"Point","coordinates":[-2,1.5]}""", "1.5,-2")]
    [InlineData("""{"coordinates":[-2,1.5,7],"type":"Point"}""", "1.5,-2")]
    [InlineData("[[-2,1.5],\"3,4\",{\"lat\":5,\"lon\":6},null]", "1.5,-2 3,4 5,6")]
    [InlineData("[\"1.5,-2\"]", "1.5,-2")]
    [InlineData("[90,-180,0]", "")]
    [InlineData("null", "none")]
    [InlineData("[]", "none")]
    [InlineData("[null]", "none")]
    public void Each_notation_is_read(string place, string places)
    {
        var parsed = new ParsedDocument();
        var status = parsed.Read(Json(place), Fields(), out var error);
        if (places == "")
        {
            Assert.Equal(StatusCode.BadDocument, status);
            Assert.Contains("-180,90 is none", error);
            return;
        }

        Assert.True(status == StatusCode.Ok, error);
        var expected = places == "none" ? [] : places.Split(' ').Select(text =>
        {
            Assert.True(GeoPoint.TryParse(text, out var point));
            return GeoGrid.Encode(point);
        });
        Assert.Equal(expected, parsed.Values.ToArray().Where(value => value.Field == 0).Select(value => value.Bits));
        Assert.Equal([7], parsed.Values.ToArray().Where(value => value.Field == 1).Select(value => value.Bits));
    }

    [Theory]
    [InlineData("\"-2,1.5\"", "1.5,-2")]
    [InlineData("\"-2 , 1.5\"", "1.5,-2")]
    [InlineData("[\"-2,1.5\",\"4,3\"]", "1.5,-2 3,4")]
    [InlineData("[[-2,1.5],{\"lat\":3,\"lon\":4},\"6,5\"]", "1.5,-2 3,4 5,6")]
    public void Texts_begin_with_the_longitude_where_the_field_says_so_also_in_a_list(string place, string places)
    {
        var fields = Fields(Schema with
        {
            Fields = [Schema.Fields[0] with { LongitudeFirst = true }, Schema.Fields[1]],
        });
        var parsed = new ParsedDocument();
        Assert.Equal(StatusCode.Ok, parsed.Read(Json(place), fields, out _));
        var expected = places.Split(' ').Select(text =>
        {
            Assert.True(GeoPoint.TryParse(text, out var point));
            return GeoGrid.Encode(point);
        });
        Assert.Equal(expected, parsed.Values.ToArray().Where(value => value.Field == 0).Select(value => value.Bits));
    }

    [Theory]
    [InlineData("7")]
    [InlineData("true")]
    [InlineData("[1]")]
    [InlineData("[1,2,3,4]")]
    [InlineData("[1,\"2\"]")]
    [InlineData("[[[1,2]]]")]
    [InlineData("[[1,2],3]")]
    [InlineData("\"north\\u0000\"")]
    [InlineData("\"1,2,3\"")]
    [InlineData("\"1;2\"")]
    [InlineData("\"POINT 1 2\"")]
    [InlineData("\"POINT (1)\"")]
    [InlineData("\"LINESTRING (1 2, 3 4)\"")]
    [InlineData("\"NaN,0\"")]
    [InlineData("\"91,0\"")]
    [InlineData("\"0,-180.1\"")]
    [InlineData("{}")]
    [InlineData("""{"lat":1}""")]
    [InlineData("""{"lat":1,"lon":null}""")]
    [InlineData("""{"lat":1,"lon":2,"alt":3}""")]
    [InlineData("""{"lat":1e400,"lon":2}""")]
    [InlineData("""{"type":"Polygon","coordinates":[1,2]}""")]
    [InlineData("""{"type":7,"coordinates":[1,2]}""")]
    [InlineData("""{"type":"Point","coordinates":[[1,2]]}""")]
    [InlineData("""{"type":"Point","coordinates":"1,2"}""")]
    public void What_is_no_place_is_refused_or_passed_over_whole(string place)
    {
        var parsed = new ParsedDocument();
        Assert.Equal(StatusCode.BadDocument, parsed.Read(Json(place), Fields(), out var error));
        Assert.Contains("'place'", error);
        var lenient = Fields(Schema with { IgnoreMalformed = true });
        Assert.Equal(StatusCode.Ok, parsed.Read(Json(place), lenient, out error));
        Assert.Equal([7], parsed.Values.ToArray().Select(value => value.Bits));
    }

    [Fact]
    public void Places_that_were_flushed_are_found_again_after_a_restart_and_a_merge()
    {
        using var folder = new TemporaryDirectory();
        var random = new Random(9);
        var shops = Enumerable.Range(0, 200).Select(i => Shop.Any(random, $"/shops/{i}")).ToArray();
        var query = new GeoDistanceQuery("place", new GeoPoint(52.5, 13.4), 2_000_000);
        string[] found;
        using (var directory = IndexDirectory.OnDisk(folder.Path))
        using (var index = Open(directory))
        {
            for (var i = 0; i < shops.Length; i++)
            {
                var status = index.Put(shops[i].Utf8Path(), (ulong)i + 1, shops[i].Json(), out _, out var error);
                Assert.True(status == StatusCode.Ok, error);
                if (i % 50 == 49) index.Flush(i + 1);
            }

            found = Found(index, query);
        }

        Assert.NotEmpty(found);
        using (var directory = IndexDirectory.OnDisk(folder.Path))
        using (var index = Open(directory))
        {
            Assert.Equal(found, Found(index, query));
            while (index.MergeOnce(long.MaxValue, CancellationToken.None))
            {
            }

            index.Flush(shops.Length);
            Assert.Equal(found, Found(index, query));
        }

        using (var directory = IndexDirectory.OnDisk(folder.Path))
        using (var index = Open(directory)) Assert.Equal(found, Found(index, query));
    }

    private static CollectionSchema Schema => new()
    {
        Name = "places",
        Fields =
        [
            new FieldSchema { Name = "place", Type = FieldType.GeoPoint },
            new FieldSchema { Name = "count", Type = FieldType.Integer },
        ],
    };

    private static CollectionFields Fields(CollectionSchema? schema = null) =>
        new(schema ?? Schema, _ => WordAnalyzer.Instance);

    private static byte[] Json(string place) => Encoding.UTF8.GetBytes($$"""{"place":{{place}},"count":7}""");

    private static CollectionIndex Open(IndexDirectory directory) => CollectionIndex.Open(
        directory, Shop.Schema, _ => WordAnalyzer.Instance,
        new CollectionIndexOptions { SegmentsPerTier = 2, SegmentFloorBytes = 4096 }, TimeProvider.System);

    private static string[] Found(CollectionIndex index, QueryNode query)
    {
        var request = new SearchRequest { Collection = "shops", Query = query, Size = 1_000, WithSource = false };
        var status = index.Search(request, SearchBudget.Unlimited(), out var reply, out var error);
        Assert.True(status == StatusCode.Ok, error);
        return [.. reply!.Hits.Select(hit => hit.Path)];
    }
}

using Hedgerow.Leaf.Search.Analysis;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Protocol;
using Microsoft.Extensions.Time.Testing;

namespace Hedgerow.Leaf.Tests.Search.Indexing;

/// <summary>What a schema lets into an index, and what a field's options change.</summary>
public sealed class SchemaTests : IDisposable
{
    private readonly IndexDirectory _directory = IndexDirectory.InMemory();
    private CollectionIndex? _index;

    public void Dispose()
    {
        _index?.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public void Unknown_members_are_passed_over_where_they_are_ignored()
    {
        var index = Open(MappingMode.Ignore, Text("title"));
        Put(index, "1", """{"title":"oak","colour":"red","deep":{"er":[1,{"x":2}]}}""");
        Assert.Equal(1, Count(index, new TermQuery("title", "oak")));
        Assert.Equal(["title"], index.Schema.Fields.Select(field => field.Name));
    }

    [Theory]
    [InlineData("""{"colour":"red"}""", "member 'colour' is no field")]
    [InlineData("""{"author":{"age":3}}""", "member 'author.age' is no field")]
    [InlineData("""{"author":"Ada"}""", "member 'author' is this string")]
    [InlineData("""{"author":[{"name":"Ada"},{"nme":"Bob"}]}""", "member 'author.nme' is no field")]
    public void Unknown_members_are_refused_where_the_schema_is_strict(string json, string problem)
    {
        var index = Open(MappingMode.Strict, Text("title"), Text("author.name"));
        Assert.Contains(problem, Refused(index, json));
        Put(index, "1", """{"title":"oak","author":[{"name":"Ada Lovelace"},{"name":null}],"x":null}""", ok: false);
        Put(index, "1", """{"title":"oak","author":[{"name":"Ada Lovelace"},{"name":null}]}""");
        Assert.Equal(1, Count(index, new TermQuery("author.name", "lovelace")));
    }

    [Fact]
    public void Unknown_members_become_fields_where_the_schema_is_dynamic()
    {
        var index = Open(MappingMode.Dynamic);
        Put(index, "1", """{"title":"old oak","price":1.5,"on":true,"at":{"place":{"name":"Kew"}},"none":null}""");
        Put(index, "2", """{"title":["elm",7],"price":[2,"3"],"tags":[{"w":1},{"w":2}]}""");
        Assert.Equal(1, Count(index, new TermQuery("title", "oak")));
        Assert.Equal(1, Count(index, new TermQuery("at.place.name", "kew")));
        Assert.Equal(1, Count(index, new TermQuery("on", "true")));
        Assert.Equal(1, Count(index, new RangeQuery("price", "2.5", null, true, true)));
        Assert.Equal(1, Count(index, new TermQuery("tags.w", "2")));
        Assert.Equal(0, Count(index, new TermQuery("never.seen", "x")));
        Assert.Equal(2, Count(index, new QueryStringQuery("oak OR elm OR never:x", [], false)));
        Assert.Contains("'price' is of type Number", Refused(index, """{"price":"dear"}"""));
        Assert.Contains("array within an array", Refused(index, """{"matrix":[[1]]}"""));
        Assert.Equal(
            ["title", "price", "on", "at.place.name", "tags.w"], index.Schema.Fields.Select(field => field.Name));
    }

    [Fact]
    public void Fields_that_were_found_are_there_after_a_restart_and_bind_what_is_declared_later()
    {
        var index = Open(MappingMode.Dynamic, Text("title"));
        Put(index, "1", """{"title":"oak","count":5}""");
        index.Flush(1);
        index.Dispose();
        index = Open(MappingMode.Dynamic, Text("title"));
        Assert.Equal(1, Count(index, new TermQuery("count", "5")));
        var schema = new CollectionSchema
        {
            Name = "docs",
            Mapping = MappingMode.Dynamic,
            Fields = [Text("title"), new FieldSchema { Name = "count", Type = FieldType.Keyword }],
        };
        Assert.Equal(StatusCode.SchemaConflict, index.AlterSchema(schema, out var error));
        Assert.Contains("field 'count' is declared as Number and cannot become Keyword", error);
        schema = schema with { Fields = [Text("title"), Text("body")] };
        Assert.Equal(StatusCode.Ok, index.AlterSchema(schema, out _));
        Assert.Equal(["title", "body", "count"], index.Schema.Fields.Select(field => field.Name));
    }

    [Fact]
    public void What_a_manifest_does_not_keep_of_a_field_is_no_other_schema_after_a_restart()
    {
        FieldSchema[] fields =
        [
            Of("tags", FieldType.Keyword) with { Separator = ",", FoldCase = true, Alias = "t" },
            Of("place", FieldType.GeoPoint) with { LongitudeFirst = true },
            Text("title") with { Weight = 2, SearchAnalyzer = "english", Sources = ["title", "name"] },
        ];
        var index = Open(MappingMode.Ignore, fields);
        Put(index, "1", """{"tags":"Old, Oak","place":"13.4,52.5","name":"oaks"}""");
        index.Flush(1);
        index.Dispose();
        index = Open(MappingMode.Ignore, fields);
        Assert.Equal(1, Count(index, new TermQuery("tags", "OAK")));
        Assert.Equal(1, Count(index, new GeoDistanceQuery("place", new GeoPoint(52.5, 13.4), 100)));
        Assert.Equal(1, Count(index, new TermQuery("title", "oaks")));
    }

    [Fact]
    public void Fields_and_depth_have_limits_that_errors_name()
    {
        var index = Open(MappingMode.Dynamic);
        var many = string.Join(",", Enumerable.Range(0, 257).Select(i => $"\"f{i}\":1"));
        Assert.Contains("at most 256 are allowed", Refused(index, "{" + many + "}"));
        var deep = string.Concat(Enumerable.Repeat("{\"a\":", 16)) + "1" + new string('}', 16);
        Put(index, "1", deep);
        Assert.Contains("deeper than 16 objects", Refused(index, "{\"b\":" + deep + "}"));
        Assert.Contains("1 to 255 are allowed", Refused(index, $"{{\"{new string('x', 256)}\":1}}"));
    }

    [Theory]
    [InlineData("""{"count":1.5}""", "'count' is of type Integer: it takes a whole number of 64 bits")]
    [InlineData("""{"count":9223372036854775808}""", "'count' is of type Integer")]
    [InlineData("""{"on":1}""", "'on' is of type Boolean: it takes true, false, or an array of them, not this number")]
    [InlineData("""{"on":"yes"}""", "'on' is of type Boolean")]
    public void A_value_that_a_type_does_not_hold_is_refused(string json, string problem) => Assert.Contains(
        problem,
        Refused(Open(MappingMode.Ignore, Of("count", FieldType.Integer), Of("on", FieldType.Boolean)), json));

    [Fact]
    public void Integers_keep_all_their_bits()
    {
        var index = Open(MappingMode.Ignore, Of("count", FieldType.Integer));
        Put(index, "1", """{"count":9007199254740993}""");
        Put(index, "2", """{"count":["-9223372036854775808",9223372036854775807]}""");
        Assert.Equal(1, Count(index, new TermQuery("count", "9007199254740993")));
        Assert.Equal(0, Count(index, new TermQuery("count", "9007199254740992")));
        Assert.Equal(1, Count(index, new RangeQuery("count", "9223372036854775806", null, false, true)));
        Assert.Equal(0, Count(index, new RangeQuery("count", "9223372036854775807", null, false, true)));
        Assert.Equal(1, Count(index, new RangeQuery("count", null, "-9223372036854775808", true, true)));
    }

    [Fact]
    public void A_field_without_positions_finds_words_and_refuses_phrases()
    {
        var index = Open(MappingMode.Ignore, Text("title") with { Positions = false }, Text("body"));
        for (var i = 0; i < 300; i++) Put(index, $"{i}", """{"title":"old old oak","body":"old old oak"}""");
        index.Flush(1);
        Put(index, "x", """{"title":"oak","body":"oak"}""");
        index.Flush(2);
        while (index.MergeOnce(long.MaxValue, CancellationToken.None))
        {
        }

        Assert.Equal(300, Count(index, new TermQuery("title", "old")));
        Assert.Equal(
            Search(index, new TermQuery("body", "old"))!.Hits[0].Score,
            Search(index, new TermQuery("title", "old"))!.Hits[0].Score);
        var request = new SearchRequest { Collection = "docs", Query = new PhraseQuery("title", "old oak", 0) };
        Assert.Equal(
            StatusCode.BadQuery, index.Search(request, SearchBudget.Unlimited(), out _, out var error));
        Assert.Contains("'title' is indexed without positions", error);
    }

    [Fact]
    public void Without_norms_a_score_does_not_fall_with_the_length()
    {
        var index = Open(MappingMode.Ignore, Text("title") with { Norms = false }, Text("body"));
        Put(index, "short", """{"title":"oak","body":"oak"}""");
        Put(index, "long", """{"title":"oak and elm and ash","body":"oak and elm and ash"}""");
        Put(index, "none", """{"title":"","body":""}""");
        var hits = Search(index, new TermQuery("title", "oak"))!.Hits;
        Assert.Equal(hits[0].Score, hits[1].Score);
        hits = Search(index, new TermQuery("body", "oak"))!.Hits;
        Assert.True(hits[0].Score > hits[1].Score);
        Assert.Equal(2, Count(index, new ExistsQuery("title")));
    }

    [Fact]
    public void Fields_within_objects_are_found_and_highlighted()
    {
        var index = Open(MappingMode.Ignore, Text("author.name"), Of("author.born", FieldType.Integer));
        Put(index, "1", """{"author":[{"name":"Ada Lovelace","born":1815},{"name":"Grace Hopper","born":1906}]}""");
        Assert.Equal(1, Count(index, new TermQuery("author.born", "1906")));
        var request = new SearchRequest
        {
            Collection = "docs", Query = new TermQuery("author.name", "grace"), HighlightFields = ["author.name"],
        };
        index.Search(request, SearchBudget.Unlimited(), out var reply, out _);
        Assert.Contains("<em>Grace</em>", reply!.Hits[0].Highlights[0].Snippet);
        Assert.Contains("is of type Text", Refused(index, """{"author":{"name":{"first":"Ada"}}}"""));
    }

    private static FieldSchema Text(string name) => Of(name, FieldType.Text);

    private static FieldSchema Of(string name, FieldType type) => new() { Name = name, Type = type };

    private static void Put(CollectionIndex index, string name, string json, bool ok = true)
    {
        var status = index.Put(Corpus.Utf8("/docs/" + name), 0, Corpus.Utf8(json), out _, out var error);
        Assert.True(ok == (status == StatusCode.Ok), error ?? json);
    }

    private static string Refused(CollectionIndex index, string json)
    {
        var validated = index.Validate("/docs/refused"u8, Corpus.Utf8(json), out var error);
        Assert.Equal(StatusCode.BadDocument, validated);
        Assert.Equal(StatusCode.BadDocument, index.Put("/docs/refused"u8, 0, Corpus.Utf8(json), out _, out _));
        return error!;
    }

    private static long Count(CollectionIndex index, QueryNode query) => Search(index, query)!.Total;

    private static SearchReply? Search(CollectionIndex index, QueryNode query)
    {
        index.Refresh();
        var request = new SearchRequest { Collection = "docs", Query = query };
        var status = index.Search(request, SearchBudget.Unlimited(), out var reply, out var error);
        Assert.True(status == StatusCode.Ok, error);
        return reply;
    }

    private CollectionIndex Open(MappingMode mapping, params FieldSchema[] fields)
    {
        var schema = new CollectionSchema { Name = "docs", Fields = fields, Mapping = mapping };
        _index = CollectionIndex.Open(
            _directory, schema, Analyzers.Get, new CollectionIndexOptions(), new FakeTimeProvider());
        return _index;
    }
}

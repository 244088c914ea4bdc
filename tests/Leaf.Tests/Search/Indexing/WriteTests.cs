using System.Buffers;
using System.Text;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;
using Microsoft.Extensions.Time.Testing;

namespace Hedgerow.Leaf.Tests.Search.Indexing;

/// <summary>Writes: versions, tombstones, what is refused and why.</summary>
public sealed class WriteTests : IDisposable
{
    private readonly IndexDirectory _directory = IndexDirectory.InMemory();
    private readonly CollectionIndex _index;

    public WriteTests() => _index = CollectionIndex.Open(
        _directory, Corpus.Schema, _ => WordAnalyzer.Instance, new CollectionIndexOptions(), new FakeTimeProvider());

    public static TheoryData<string, string> Bad => new()
    {
        { "", "not valid JSON" },
        { "{", "not valid JSON" },
        { "[]", "JSON object; this one begins with an array" },
        { "{} {}", "JSON" },
        { """{"title": {"a": 1}}""", "'title' is of type Text" },
        { """{"tags": [["a"]]}""", "'tags' is of type Keyword" },
        { """{"price": "dear"}""", "'price' is of type Number: it takes a finite number" },
        { """{"price": 1e999}""", "'price' is of type Number" },
        { """{"day": "yesterday"}""", "'day' is of type Date: it takes a date" },
        { """{"day": 1.5}""", "'day' is of type Date" },
        { """{"title": "\ud800"}""", "not valid JSON" },
        { """{"tags": "KEYWORD"}""", "a keyword of 9000 bytes; at most 8192 are allowed" },
    };

    public void Dispose()
    {
        _index.Dispose();
        _directory.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_highest_version_wins_in_whatever_order_writes_come(bool refresh)
    {
        Assert.Equal(StatusCode.Ok, Put("/docs/a", 5, """{"title":"five"}""", out _));
        if (refresh) _index.Refresh();
        Assert.Equal(StatusCode.VersionTooOld, Put("/docs/a", 5, "{}", out var stored));
        Assert.Equal(5UL, stored);
        Assert.Equal(StatusCode.VersionTooOld, Put("/docs/a", 4, "{}", out _));
        Assert.Equal(StatusCode.VersionTooOld, _index.Delete("/docs/a"u8, 3, out stored, out _));
        Assert.Equal(5UL, stored);
        Assert.Equal("""{"title":"five"}""", Get("/docs/a"));
        Assert.Equal(StatusCode.Ok, _index.Delete("/docs/a"u8, 8, out _, out _));
        if (refresh) _index.Refresh();
        Assert.Null(Get("/docs/a"));
        Assert.Equal(StatusCode.VersionTooOld, Put("/docs/a", 7, "{}", out stored));
        Assert.Equal(8UL, stored);
        Assert.Equal(8UL, _index.StoredVersion("/docs/a"u8));
        Assert.Equal(StatusCode.Ok, Put("/docs/a", 9, "{}", out _));
        Assert.Equal("{}", Get("/docs/a"));
    }

    [Fact]
    public void Version_zero_takes_the_next_one()
    {
        Put("/docs/a", 0, "{}", out var stored);
        Assert.Equal(1UL, stored);
        _index.Refresh();
        Put("/docs/a", 0, "{}", out stored);
        Assert.Equal(2UL, stored);
        _index.Delete("/docs/a"u8, 0, out stored, out _);
        Assert.Equal(3UL, stored);
    }

    [Fact]
    public void A_delete_of_what_is_not_there_is_remembered()
    {
        Assert.Equal(StatusCode.NotFound, _index.Delete("/docs/a"u8, 8, out _, out _));
        _index.Refresh();
        Assert.Equal(StatusCode.VersionTooOld, Put("/docs/a", 7, "{}", out _));
        Assert.Equal(0, _index.Documents);
    }

    [Fact]
    public void A_document_is_read_at_once_and_searched_after_a_refresh()
    {
        Put("/docs/a", 1, "{}", out _);
        Assert.Equal("{}", Get("/docs/a"));
        Assert.Equal((1L, 0L), (_index.Documents, _index.SearchableDocuments));
        Assert.True(_index.Refresh());
        Assert.False(_index.Refresh());
        Assert.Equal((1L, 1L), (_index.Documents, _index.SearchableDocuments));
    }

    [Theory]
    [MemberData(nameof(Bad))]
    public void A_document_that_does_not_fit_is_refused_with_the_reason(string json, string reason)
    {
        json = json.Replace("KEYWORD", new string('k', 9_000), StringComparison.Ordinal);
        Assert.Equal(StatusCode.BadDocument, _index.Validate("/docs/a"u8, Encoding.UTF8.GetBytes(json), out var error));
        Assert.Contains(reason, error, StringComparison.Ordinal);
        Assert.Equal(
            StatusCode.BadDocument, _index.Put("/docs/a"u8, 1, Encoding.UTF8.GetBytes(json), out _, out error));
        Assert.Contains(reason, error, StringComparison.Ordinal);
        Assert.Equal(0, _index.Documents);
    }

    [Fact]
    public void Text_that_is_not_utf8_is_refused()
    {
        byte[] json = [.. "{\"title\":\""u8, 0xFF, .. "\"}"u8];
        Assert.Equal(StatusCode.BadDocument, _index.Validate("/docs/a"u8, json, out var error));
        Assert.Contains("UTF-8", error, StringComparison.Ordinal);
        Assert.Equal(StatusCode.BadRequest, _index.Validate([.. "/docs/"u8, 0xFF], "{}"u8, out error));
        Assert.Contains("UTF-8", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_document_cut_off_at_any_byte_is_refused()
    {
        var json = """{"title":"é\n","tags":["a",true],"price":-1.5e3,"day":"2024-05-31","x":{"y":[null]}}"""u8;
        Assert.Equal(StatusCode.Ok, _index.Validate("/docs/a"u8, json, out _));
        for (var length = 0; length < json.Length; length++)
            Assert.Equal(StatusCode.BadDocument, _index.Validate("/docs/a"u8, json[..length], out _));
    }

    [Theory]
    [InlineData("/other/a", StatusCode.BadRequest, "'/docs/'")]
    [InlineData("/docs/", StatusCode.BadRequest, "'/docs/'")]
    [InlineData("LONG", StatusCode.TooLarge, "at most 8192")]
    public void A_path_that_does_not_belong_here_is_refused(string path, StatusCode status, string reason)
    {
        if (path == "LONG") path = "/docs/" + new string('a', 9_000);
        Assert.Equal(status, Put(path, 1, "{}", out _, out var error));
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_document_over_the_limit_is_too_large()
    {
        using var directory = IndexDirectory.InMemory();
        using var index = CollectionIndex.Open(
            directory,
            Corpus.Schema,
            _ => WordAnalyzer.Instance,
            new CollectionIndexOptions { DocumentBytesMax = 100 },
            new FakeTimeProvider());
        var json = Encoding.UTF8.GetBytes("{\"body\":\"" + new string('a', 100) + "\"}");
        Assert.Equal(StatusCode.TooLarge, index.Validate("/docs/a"u8, json, out var error));
        Assert.Contains("at most 100", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_buffer_refreshes_by_itself()
    {
        using var directory = IndexDirectory.InMemory();
        using var harness = new IndexHarness(directory, new CollectionIndexOptions { BufferBytesMax = 50_000 });
        for (var i = 0; i < 200; i++) harness.Put(new Random(i), $"/docs/{i}");
        Assert.InRange(harness.Index.SearchableDocuments, 50, 199);
        Assert.Equal(200, harness.Index.Documents);
    }

    [Fact]
    public void Fields_can_be_added_but_not_changed()
    {
        Put("/docs/a", 1, """{"title":"old","colour":"red"}""", out _);
        var colour = new FieldSchema { Name = "colour", Type = FieldType.Keyword };
        var more = Corpus.Schema with { Fields = [.. Corpus.Schema.Fields, colour] };
        Assert.Equal(StatusCode.Ok, _index.AlterSchema(more, out _));
        Put("/docs/b", 1, """{"title":"new","colour":"red"}""", out _);
        _index.Flush(1);
        Assert.Equal(StatusCode.SchemaConflict, _index.AlterSchema(Corpus.Schema, out var error));
        Assert.Contains("'colour'", error, StringComparison.Ordinal);
        var text = more with { Fields = [.. Corpus.Schema.Fields, colour with { Type = FieldType.Text }] };
        Assert.Equal(StatusCode.SchemaConflict, _index.AlterSchema(text, out error));
        Assert.Contains("Keyword", error, StringComparison.Ordinal);
        var request = new SearchRequest { Collection = "docs", Query = new TermQuery("colour", "red") };
        _index.Search(request, Leaf.Search.Queries.SearchBudget.Unlimited(), out var reply, out _);
        Assert.Equal(["/docs/b"], reply!.Hits.Select(hit => hit.Path));
    }

    private StatusCode Put(string path, ulong version, string json, out ulong stored) =>
        Put(path, version, json, out stored, out _);

    private StatusCode Put(string path, ulong version, string json, out ulong stored, out string? error) =>
        _index.Put(Encoding.UTF8.GetBytes(path), version, Encoding.UTF8.GetBytes(json), out stored, out error);

    private string? Get(string path)
    {
        var json = new ArrayBufferWriter<byte>();
        var found = _index.TryGet(Encoding.UTF8.GetBytes(path), json, out _);
        return found ? Encoding.UTF8.GetString(json.WrittenSpan) : null;
    }
}

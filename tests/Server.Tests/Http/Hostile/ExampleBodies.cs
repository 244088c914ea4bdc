using System.Buffers;
using System.Text;
using System.Text.Json.Serialization.Metadata;
using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Http;
using Hedgerow.Server.Tests.Hosting;

namespace Hedgerow.Server.Tests.Http.Hostile;

/// <summary>A body that is right, where it is sent, and the server's reader of such bodies.</summary>
internal sealed record Example(HttpMethod Method, string Target, byte[] Body, Action<byte[]> Read);

/// <summary>A node with the collections of all pages, the examples of these, and some of every other body.</summary>
public sealed class ExampleBodies : IAsyncLifetime
{
    private readonly List<Example> _all = [];
    private readonly List<(string Collection, byte[] Document)> _documents = [];
    private RunningNode? _node;

    internal IReadOnlyList<Example> All => _all;

    internal IReadOnlyList<(string Collection, byte[] Document)> Documents => _documents;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _node = await RunningNode.ServeAsync("--limits.value=1MiB", "--shards=2", "--router.searchTimeout=1m");
        _node.Http.Timeout = TimeSpan.FromMinutes(5);
        foreach (var page in SearchPages.All) await AddAsync(page);
        AddOthers();
    }

    public ValueTask DisposeAsync() => _node!.DisposeAsync();

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string target, byte[] body)
    {
        using var request = new HttpRequestMessage(method, target) { Content = new ByteArrayContent(body) };
        return await _node!.Http.SendAsync(request, Cancel);
    }

    private async Task AddAsync(string page)
    {
        var blocks = SearchPages.Blocks(page);
        var isOwn = blocks.Any(block => block.Kind == "json schema");
        var name = SearchPages.CollectionOf(isOwn ? page : SearchPages.First);
        foreach (var (kind, text, expected) in blocks)
        {
            var body = Encoding.UTF8.GetBytes(text);
            switch (kind)
            {
                case "json schema":
                    using (await SendAsync(HttpMethod.Put, $"/v1/collections/{name}", body))
                        _all.Add(new Example(HttpMethod.Put, "/v1/collections/spoiled", body, Schema));
                    break;
                case "json documents":
                    using (await SendAsync(HttpMethod.Post, $"/v1/collections/{name}/bulk", body)) AddLines(name, text);
                    using (await SendAsync(HttpMethod.Post, $"/v1/collections/{name}/refresh", [])) break;
                case "json" when !expected.StartsWith("error", StringComparison.Ordinal):
                    _all.Add(new Example(HttpMethod.Post, $"/v1/collections/{name}/search", body, Search));
                    break;
                case "json instant":
                    _all.Add(new Example(HttpMethod.Post, $"/v1/collections/{name}/instant", body, Instant));
                    break;
                case "json suggest":
                    _all.Add(new Example(HttpMethod.Post, $"/v1/collections/{name}/suggest", body, Suggest));
                    break;
                default:
                    break;
            }
        }
    }

    private void AddLines(string name, string lines)
    {
        foreach (var line in lines.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            _documents.Add((name, Encoding.UTF8.GetBytes(line)));
    }

    private void AddOthers()
    {
        Add(HttpMethod.Post, "/v1/collections/books/search", Search, """
            {"q": "fast cache", "fields": ["title"], "sort": ["_score", {"id": {"order": "desc", "missing": "_last"}}],
             "search_after": [1.5, "a", "/books/1"], "track_total_hits": 3, "_source": {"includes": ["a*"]},
             "collapse": {"field": "id", "inner_hits": [{"name": "x", "size": 2, "sort": ["id"]}]},
             "highlight": {"fields": {"title": {"fragment_size": 20}}, "pre_tags": ["<b>"]}, "explain": true,
             "profile": true, "pit": {"id": "AAAA", "keep_alive": "1m"}, "min_score": 0.5,
             "suggest": {"s": {"text": "fats", "term": {"field": "title"}}}}
            """);
        Add(HttpMethod.Post, "/v1/collections/books/suggest", Suggest, """
            {"text": "fats", "a": {"term": {"field": "title", "size": 2, "max_edits": 1}},
             "b": {"phrase": {"field": "title", "collate": true}},
             "c": {"prefix": "f", "completion": {"field": "title", "fuzzy": {"fuzziness": "auto"}}}}
            """);
        Add(HttpMethod.Delete, "/v1/collections/books/pit", Body(ApiJson.Wire.PitBody), """{"id": "AAAA"}""");
        Add(HttpMethod.Put, "/v1/aliases/spoiled", Body(ApiJson.Wire.AliasBody), """{"collection": "nowhere"}""");
        Add(
            HttpMethod.Put, "/v1/collections/books/synonyms/none", Body(ApiJson.Wire.SynonymsBody),
            """{"format": "solr", "rules": ["fast, quick", "a b => c"]}""");
        Add(
            HttpMethod.Post, "/v1/analyze", Analyze,
            """
            {"text": "Fast caches", "tokenizer": "standard",
             "filter": ["lowercase", {"type": "edge_ngram", "min_gram": 1}]}
            """);
        Add(
            HttpMethod.Post, "/v1/collections/books/analyze", Analyze,
            """{"text": "Fast", "field": "title", "asQuery": true, "explain": true}""");
    }

    private void Add(HttpMethod method, string target, Action<byte[]> read, string body) =>
        _all.Add(new Example(method, target, Encoding.UTF8.GetBytes(body), read));

    private static void Search(byte[] body)
    {
        var read = Answers.Read(body, ApiJson.Wire.SearchBody);
        SearchCodec.Write(new ArrayBufferWriter<byte>(), SearchJson.Request("books", read));
        if (read.Suggest is { } suggest) SuggestJson.Request("books", suggest);
    }

    private static void Instant(byte[] body) => InstantCodec.Write(
        new ArrayBufferWriter<byte>(), InstantJson.Request("books", Answers.Read(body, ApiJson.Wire.InstantBody)));

    private static void Suggest(byte[] body) => SuggestCodec.Write(
        new ArrayBufferWriter<byte>(), SuggestJson.Request("books", Answers.Read(body, ApiJson.Wire.JsonElement)));

    private static void Schema(byte[] body) => CollectionCodec.Write(
        new ArrayBufferWriter<byte>(), SchemaJson.ToSchema("books", Answers.Read(body, ApiJson.Wire.CollectionBody)));

    private static void Analyze(byte[] body) => AnalysisCodec.Write(
        new ArrayBufferWriter<byte>(),
        AnalysisEndpoints.ToRequest("books", Answers.Read(body, ApiJson.Wire.AnalyzeBody)));

    private static Action<byte[]> Body<T>(JsonTypeInfo<T> type) => body => Answers.Read(body, type);
}

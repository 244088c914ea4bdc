namespace Hedgerow.Server.Tests.Resp.Search;

/// <summary>The search commands over a socket, in the forms of RESP2 and RESP3.</summary>
public sealed class SearchCommandTests
{
    private const string Create = "ft.create myIdx ON HASH PREFIX 1 doc: SCHEMA title TEXT WEIGHT 5.0 body TEXT "
        + "price NUMERIC SORTABLE tags TAG SEPARATOR ; code AS sku TAG CASESENSITIVE";

    [Theory, BeforeLeafAndCluster]
    public async Task What_was_written_is_found_at_once(string kind)
    {
        await using var node = await RespNode.StartAsync(kind);
        using var client = Filled(node);
        Assert.Equal("[0]", client.Do("ft.search myIdx nothing"));
        Assert.Equal("[1, \"doc:1\"]", client.Do("ft.search myIdx hedgerow NOCONTENT"));
        client.Do("hset doc:9 title zebra");
        Assert.Equal("[1, \"doc:9\", [\"title\", \"zebra\"]]", client.Do("ft.search myIdx zebra"));
        client.Do("hset doc:9 title lion");
        Assert.Equal("[0]", client.Do("ft.search myIdx zebra"));
        Assert.Equal("[1, \"doc:9\"]", client.Do("ft.search myIdx lions NOCONTENT"));
        client.Do("del doc:9");
        Assert.Equal("[0]", client.Do("ft.search myIdx lion"));
    }

    [Theory, BeforeLeafAndCluster]
    public async Task The_language_of_queries_means_what_RediSearch_means(string kind)
    {
        await using var node = await RespNode.StartAsync(kind);
        using var client = Filled(node);
        var wrong = new List<string>();
        foreach (var (query, keys) in Cases)
        {
            var answer = client.Ask("ft.search", "myIdx", query, "NOCONTENT", "LIMIT", "0", "100");
            var found = answer is object?[] many ? string.Join(' ', many.Skip(1).OfType<string>().Order()) : "";
            if (answer is RespFault fault) found = fault.Text;
            if (found != keys) wrong.Add($"{query} finds {found}, not {keys}");
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Theory, BeforeLeafAndCluster]
    public async Task Words_with_many_synonyms_in_many_fields_are_counted_in_the_error(string kind)
    {
        await using var node = await RespNode.StartAsync(kind);
        using var client = node.Connect();
        Assert.Equal("\"OK\"", client.Do("ft.create wide ON HASH PREFIX 1 w: SCHEMA a TEXT b TEXT c TEXT d TEXT"));
        for (var i = 0; i < 8; i++)
        {
            var same = string.Join(' ', Enumerable.Range(0, 40).Select(j => $"s{i}x{j}"));
            Assert.Equal("\"OK\"", client.Do($"ft.synupdate wide g{i} w{i} {same}"));
        }

        // Each word: one node, one for each of 4 fields, and 41 words there; and one around all.
        Assert.Equal("[0]", client.Do("ft.search wide w0"));
        var words = string.Join(' ', Enumerable.Range(0, 8).Select(i => $"w{i}"));
        var fault = Assert.IsType<RespFault>(client.Ask("ft.search", "wide", words));
        Assert.Contains("more than 1024 nodes", fault.Text, StringComparison.Ordinal);
        Assert.Contains($"there are {(8 * (1 + (4 * 42))) + 1}, where each word", fault.Text, StringComparison.Ordinal);
    }

    [Theory, BeforeLeafAndCluster]
    public async Task A_document_with_half_of_a_surrogate_pair_is_refused(string kind)
    {
        await using var node = await RespNode.StartAsync(kind);
        using var client = node.Connect();
        Assert.Equal("\"OK\"", client.Do("ft.create j ON JSON PREFIX 1 j: SCHEMA $.title AS title TEXT"));
        foreach (var half in new[] { "{\"title\":\"\\ud800\"}", "{\"title\":\"a\",\"x\":[{\"\\udc00\":1}]}" })
        {
            Assert.IsType<RespFault>(client.Ask("set", "j:1", half));
            Assert.Equal("nil", client.Do("get j:1"));
        }

        Assert.Equal("OK", client.Ask("set", "j:1", "{\"title\":\"a\",\"x\":\"\\ud83d\\ude00\"}"));
    }

    [Theory, BeforeLeafAndCluster]
    public async Task A_query_that_is_no_text_is_refused(string kind)
    {
        await using var node = await RespNode.StartAsync(kind);
        using var client = Filled(node);
        // U+D800 as three bytes, which are none of UTF-8's.
        foreach (var word in new[] { "FT.SEARCH", "FT.EXPLAIN", "FT.AGGREGATE" })
        {
            var refused = Assert.IsType<RespFault>(client.Ask(word, "myIdx", "\u00ED\u00A0\u0080"));
            Assert.Contains("UTF-8", refused.Text, StringComparison.Ordinal);
        }
    }

    [Theory, BeforeLeafAndCluster]
    public async Task Options_shape_the_answer(string kind)
    {
        await using var node = await RespNode.StartAsync(kind);
        using var client = Filled(node);
        Assert.Equal(
            "[4, \"doc:2\", [\"price\", \"20\"], \"doc:3\", [\"price\", \"30.5\"]]",
            client.Do("ft.search myIdx * SORTBY price ASC LIMIT 1 2 RETURN 1 price"));
        Assert.Equal(
            "[4, \"doc:4\", \"#40\", \"doc:3\", \"#30.5\"]",
            client.Do("ft.search myIdx * SORTBY price DESC LIMIT 0 2 NOCONTENT WITHSORTKEYS"));
        Assert.Equal(
            "[1, \"doc:1\", [\"name\", \"Hedgerow gardens\", \"sku\", \"Ab\"]]",
            client.Do("ft.search myIdx @title:garden RETURN 4 title AS name sku"));
        Assert.Equal("[4]", client.Do("ft.search myIdx * LIMIT 0 0"));
        Assert.Equal("[1, \"doc:2\"]", client.Do("ft.search myIdx * INKEYS 2 doc:2 doc:nope NOCONTENT"));
        Assert.Equal("[2, \"doc:2\", \"doc:3\"]", client.Do("ft.search myIdx * FILTER price 15 (40 NOCONTENT"));
        Assert.Equal("[0]", client.Do("ft.search myIdx hedgerow INFIELDS 1 body NOCONTENT"));
        Assert.Equal(
            "[1, \"doc:3\"]",
            client.Do("ft.search myIdx @price:[$low,+inf]|@tags:{$tag} PARAMS 4 low 1000 tag blue NOCONTENT"));
        var scored = Assert.IsType<object?[]>(client.Ask("ft.search", "myIdx", "hedgerow", "WITHSCORES", "NOCONTENT"));
        Assert.True(double.Parse((string)scored[2]!, System.Globalization.CultureInfo.InvariantCulture) > 0);
    }

    [Theory, BeforeLeafAndCluster]
    public async Task Matches_are_marked_and_texts_cut(string kind)
    {
        await using var node = await RespNode.StartAsync(kind);
        using var client = Filled(node);
        Assert.Equal(
            "[1, \"doc:2\", [\"body\", \"<b>cold</b> <b>water</b> for the garden\"]]",
            client.Do("ft.search myIdx @body:cold@body:water RETURN 1 body HIGHLIGHT"));
        Assert.Equal(
            "[1, \"doc:2\", [\"body\", \"cold [water] for the garden\"]]",
            client.Do("ft.search myIdx water RETURN 1 body HIGHLIGHT FIELDS 1 body TAGS [ ]"));
        var both = client.Do(
            "ft.search myIdx garden RETURN 2 title body HIGHLIGHT FIELDS 1 title SUMMARIZE FIELDS 1 body LEN 3");
        Assert.Contains("\"title\", \"Hedgerow <b>gardens</b>\"", both, StringComparison.Ordinal);
        Assert.Contains("garden... \"", both, StringComparison.Ordinal);
        var filler = string.Join(" ", Enumerable.Range(0, 300).Select(i => $"filler{i}."));
        client.Ask("hset", "doc:7", "body", filler + " zebra.");
        var cut = client.Do("ft.search myIdx zebra RETURN 1 body SUMMARIZE FRAGS 1 LEN 4 SEPARATOR ###");
        Assert.Contains("zebra.###", cut, StringComparison.Ordinal);
        Assert.True(cut.Length < 200, cut);
    }

    [Theory, BeforeLeafAndCluster]
    public async Task Resp3_has_maps(string kind)
    {
        await using var node = await RespNode.StartAsync(kind);
        using var client = Filled(node);
        client.Do("hello 3");
        Assert.Equal(
            "[\"attributes\", [], \"format\", \"STRING\", \"results\", "
            + "[[\"id\", \"doc:4\", \"extra_attributes\", [\"price\", \"40\"], \"values\", []]], "
            + "\"total_results\", 1, \"warning\", []]",
            client.Do("ft.search myIdx @price:[40,40] RETURN 1 price"));
        const string Renamed = "\"identifier\", \"code\", \"attribute\", \"sku\"";
        Assert.Contains(Renamed, client.Do("ft.info myIdx"), StringComparison.Ordinal);
    }

    [Theory, BeforeLeafAndCluster]
    public async Task Indexes_are_listed_described_and_altered(string kind)
    {
        await using var node = await RespNode.StartAsync(kind);
        using var client = Filled(node);
        Assert.Equal("[\"myIdx\"]", client.Do("ft._list"));
        Assert.Equal("!Index already exists", client.Do(Create));
        Assert.Contains("\"num_docs\", 4", client.Do("ft.info myIdx"), StringComparison.Ordinal);
        Assert.Equal("!Unknown index name", client.Do("ft.info nope"));
        Assert.Equal("!nope: no such index", client.Do("ft.search nope *"));
        Assert.Equal("\"OK\"", client.Do("ft.alter myIdx SCHEMA ADD year NUMERIC"));
        client.Do("hset doc:8 year 1999");
        Assert.Equal("[1, \"doc:8\"]", client.Do("ft.search myIdx @year:[1999,1999] NOCONTENT"));
        Assert.Equal("!Duplicate field in schema - year", client.Do("ft.alter myIdx SCHEMA ADD year NUMERIC"));
    }

    [Fact]
    public async Task Json_documents_are_found_by_paths()
    {
        await using var node = await RespNode.LeafAsync();
        using var client = node.Connect();
        Assert.Equal(
            "\"OK\"",
            client.Do("ft.create j ON JSON PREFIX 1 j: SCHEMA $.name AS name TEXT $.a.n AS n NUMERIC "
                + "$.tags[*] AS t TAG"));
        const string Json = "{\"name\":\"red-fox\",\"a\":{\"n\":7},\"tags\":[\"X\",\"y\"]}";
        Assert.Equal("\"OK\"", client.Do($"set j:1 {Json}"));
        Assert.Equal($"[1, \"j:1\", [\"$\", \"{Json}\"]]", client.Do("ft.search j @name:fox"));
        Assert.Equal("[1, \"j:1\", [\"n\", \"7\"]]", client.Do("ft.search j @t:{x}@n:[7,7] RETURN 1 n"));
        foreach (var array in new[] { "[]", "[null]" })
        {
            client.Do($"json.set j:2 $ {{\"name\":\"owl\",\"tags\":{array}}}");
            Assert.Equal(
                $"[1, \"j:2\", [\"$.tags\", \"{array}\"]]", client.Do("ft.search j @name:owl RETURN 1 $.tags"));
            Assert.Equal(
                $"[1, \"j:2\", [\"t\", \"{array}\", \"$\", \"{{\"name\":\"owl\",\"tags\":{array}}}\"]]",
                client.Do("ft.search j @name:owl SORTBY t"));
            Assert.Equal(
                $"[1, [\"$.tags\", \"{array}\"]]", client.Do("ft.aggregate j @name:owl LOAD 1 $.tags"));
        }
    }

    [Fact]
    public async Task Json_values_are_set_read_and_deleted()
    {
        await using var node = await RespNode.LeafAsync();
        using var client = node.Connect();
        Assert.Equal("nil", client.Do("json.get k"));
        Assert.Equal("nil", client.Do("json.set k $ {} XX"));
        Assert.Equal("\"OK\"", client.Do("json.set k $ {\"a\":{\"b\":[1,\"x\"]},\"c\":null} NX"));
        Assert.Equal("nil", client.Do("json.set k . 1 NX"));
        Assert.Equal("\"{\"a\":{\"b\":[1,\"x\"]},\"c\":null}\"", client.Do("json.get k"));
        Assert.Equal("\"[[1,\"x\"]]\"", client.Do("json.get k $.a.b"));
        Assert.Equal("\"[]\"", client.Do("json.get k $.z"));
        Assert.Equal("\"[1]\"", client.Do("json.get k $.a.b[0]"));
        Assert.Equal("\"[[1,\"x\"]]\"", client.Do("json.get k $..b"));
        Assert.Equal("\"[null]\"", client.Do("json.get k $['c']"));
        Assert.StartsWith("!ERR Invalid JSONPath '$.a[?(1)]'", client.Do("json.get k $.a[?(1)]"),
            StringComparison.Ordinal);
        Assert.Equal("\"{\"$.c\":[null],\".a.b\":[1,\"x\"]}\"", client.Do("json.get k $.c .a.b"));
        Assert.StartsWith("!ERR Path", client.Do("json.get k .z"), StringComparison.Ordinal);
        Assert.StartsWith("!ERR the value is not", client.Do("json.set k $ {"), StringComparison.Ordinal);
        client.Do("hset h f v");
        Assert.StartsWith("!WRONGTYPE", client.Do("json.get h"), StringComparison.Ordinal);
        Assert.Equal("1", client.Do("json.del k"));
        Assert.Equal("0", client.Do("json.del k $"));
    }

    [Theory]
    [InlineData("ft.create x SCHEMA f TEXT", "Exactly one PREFIX")]
    [InlineData("ft.create x PREFIX 1 a: SCHEMA", "Fields arguments are missing")]
    [InlineData("ft.create x PREFIX 1 a: SCHEMA f WHAT", "Invalid field type for field `f`")]
    [InlineData("ft.create x PREFIX 1 a: SCHEMA f TEXT f TEXT", "Duplicate field in schema - f")]
    [InlineData("ft.create x FILTER a SCHEMA f TEXT", "FILTER is not supported here")]
    [InlineData("ft.create x NONSENSE SCHEMA f TEXT", "Unknown argument `NONSENSE` at position 2 for FT.CREATE")]
    [InlineData("ft.create x PREFIX 1 a: SCHEMA f TAG SEPARATOR ab", "Tag separator must be a single character")]
    [InlineData("ft.create x PREFIX 1 a: LANGUAGE klingon SCHEMA f TEXT", "ERR ")]
    [InlineData("ft.search myIdx @title:(", "Syntax error at offset")]
    [InlineData("ft.search myIdx @nope:x", "Unknown field at offset 0 near nope")]
    [InlineData("ft.search myIdx x LIMIT 0 10001", "LIMIT exceeds maximum of 10000")]
    [InlineData("ft.search myIdx x LIMIT a b", "Bad arguments for LIMIT")]
    [InlineData("ft.search myIdx x SORTBY title", "SORTBY")]
    [InlineData("ft.search myIdx x VERBATIM", "VERBATIM")]
    [InlineData("ft.search myIdx x GEOFILTER price 1 2 3 parsec", "Invalid GeoFilter unit parsec")]
    [InlineData("ft.search myIdx x GEOFILTER price 1 2 -3 km", "Invalid GeoFilter radius -3")]
    [InlineData("ft.create x ON JSON PREFIX 1 a: SCHEMA $..a AS a TEXT", "Invalid JSONPath '$..a' in attribute: $.n")]
    [InlineData("ft.create x ON JSON PREFIX 1 a: SCHEMA $.a[0] AS a TEXT", "Invalid JSONPath '$.a[0]' in attribute")]
    [InlineData("ft.search myIdx x HIGHLIGHT FIELDS 1 price", "No such property `price`")]
    [InlineData("ft.search myIdx x SUMMARIZE FIELDS 1 nope", "No such property `nope`")]
    [InlineData("ft.search myIdx x DIALECT 1", "Bad arguments for DIALECT")]
    [InlineData("ft.search myIdx $p", "No such parameter `p`")]
    public async Task What_is_wrong_is_said(string line, string error)
    {
        await using var node = await RespNode.LeafAsync();
        using var client = Filled(node);
        Assert.StartsWith("!" + error, client.Do(line), StringComparison.Ordinal);
    }

    private static readonly (string Query, string Keys)[] Cases =
    [
        ("*", "doc:1 doc:2 doc:3 doc:4"),
        ("hedgerow", "doc:1"),
        ("gardening", "doc:1 doc:2"),
        ("the garden", "doc:1 doc:2"),
        ("garden water", "doc:2"),
        ("hedgerow | water", "doc:1 doc:2"),
        ("garden -water", "doc:1"),
        ("garden ~water", "doc:1 doc:2"),
        ("-garden", "doc:3 doc:4"),
        ("\"cold water\"", "doc:2"),
        ("\"water cold\"", ""),
        ("hedge*", "doc:1"),
        ("*erow", "doc:1"),
        ("*edgero*", "doc:1"),
        ("%hedgeros%", "doc:1"),
        ("w'he?gero*'", "doc:1"),
        ("@title:garden", "doc:1"),
        ("@title|body:garden", "doc:1 doc:2"),
        ("@body:(cold | nothing)", "doc:2"),
        ("@price:[20 30.5]", "doc:2 doc:3"),
        ("@price:[(20 +inf]", "doc:3 doc:4"),
        ("@price:[-inf (20]", "doc:1"),
        ("@price>20", "doc:3 doc:4"),
        ("@price==20", "doc:2"),
        ("@tags:{red}", "doc:1 doc:2"),
        ("@tags:{Red | blue}", "doc:1 doc:2 doc:3"),
        ("@tags:{deep green}", "doc:2"),
        ("@tags:{gr*}", "doc:1"),
        ("@sku:{ab}", ""),
        ("@sku:{Ab}", "doc:1"),
        ("@tags:{red} @price:[20 20]", "doc:2"),
        ("(garden @price:[0 10]) | @tags:{blue}", "doc:1 doc:3"),
        ("ismissing(@tags)", "doc:4"),
        ("(garden) => { $weight: 2.0; }", "doc:1 doc:2"),
        ("(cold garden)=>{$slop: 3; $inorder: true}", "doc:2"),
        ("the", ""),
    ];

    private static RespTestClient Filled(RespNode node)
    {
        var client = node.Connect();
        Assert.Equal("\"OK\"", client.Do(Create));
        client.Ask("hset", "doc:1", "title", "Hedgerow gardens", "price", "10", "tags", "red; Green", "code", "Ab");
        client.Ask("hset", "doc:2", "body", "cold water for the garden", "price", "20", "tags", "RED;deep green");
        client.Ask("hset", "doc:3", "title", "fox", "price", "30.5", "tags", "blue");
        client.Ask("hset", "doc:4", "title", "42 is a number", "price", "40", "other", "no attribute");
        return client;
    }
}

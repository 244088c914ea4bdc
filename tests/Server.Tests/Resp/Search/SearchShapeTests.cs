namespace Hedgerow.Server.Tests.Resp.Search;

/// <summary>The answers of the search commands in the shapes of RESP3: maps in braces, sets behind a wave.</summary>
public sealed class SearchShapeTests
{
    private const string Head = "{\"attributes\": [], \"format\": \"STRING\", \"results\": ";

    private static readonly (string Command, string Answer)[] Cases =
    [
        ("ft.create i PREFIX 1 i: SCHEMA t TEXT NOSTEM g TAG n NUMERIC SORTABLE", "\"OK\""),
        ("ft.synupdate i s1 one uno", "\"OK\""),
        ("hset i:1 t one g a n 1", "3"),
        ("hset i:2 t two g b n 2", "3"),
        ("ft._list", "~[\"i\"]"),
        ("ft.search i uno RETURN 1 n",
            Head + "[{\"id\": \"i:1\", \"extra_attributes\": {\"n\": \"1\"}, \"values\": []}], "
            + "\"total_results\": 1, \"warning\": []}"),
        ("ft.search i * NOCONTENT SORTBY n DESC LIMIT 0 1 WITHSORTKEYS",
            Head + "[{\"id\": \"i:2\", \"sortkey\": \"#2\", \"values\": []}], \"total_results\": 2, \"warning\": []}"),
        ("ft.aggregate i * GROUPBY 0 REDUCE SUM 1 @n AS sum",
            Head + "[{\"extra_attributes\": {\"sum\": \"3\"}, \"values\": []}], \"total_results\": 1, "
            + "\"warning\": []}"),
        ("ft.aggregate i * LOAD 1 n WITHCURSOR COUNT 10",
            "[" + Head + "[{\"extra_attributes\": {\"n\": \"1\"}, \"values\": []}, "
            + "{\"extra_attributes\": {\"n\": \"2\"}, \"values\": []}], \"total_results\": 2, \"warning\": []}, 0]"),
        ("ft.tagvals i g", "~[\"a\", \"b\"]"),
        ("ft.explain i one", "=\"txt:one\n\""),
        ("ft.explaincli i one", "[\"one\", \"\"]"),
        ("ft.aliasadd other i", "\"OK\""),
        ("ft.aliasdel other", "\"OK\""),
        ("ft.dictadd d tow", "1"),
        ("ft.dictdump d", "~[\"tow\"]"),
        ("ft.syndump i", "{\"one\": [\"s1\"], \"uno\": [\"s1\"]}"),
        ("ft.spellcheck i tvo", "{\"results\": {\"tvo\": [{\"two\": ,0.5}]}}"),
        ("ft.sugadd k hello 1", "1"),
        ("ft.sugget k he WITHSCORES", "[\"hello\", ,1]"),
        ("ft.sugget k xx", "[]"),
        ("ft.suglen k", "1"),
        ("ft.sugdel k hello", "1"),
        ("ft.info nope", "!Unknown index name"),
        ("ft.cursor del i 7", "!Cursor does not exist"),
    ];

    [Theory, BeforeLeafAndCluster]
    public async Task Answers_have_the_shapes_of_resp3(string kind)
    {
        await using var node = await RespNode.StartAsync(kind);
        using var client = node.Connect();
        client.Do("hello 3");
        client.MarksKinds = true;
        var wrong = new List<string>();
        foreach (var (command, expected) in Cases)
            if (client.Do(command) is var answer && answer != expected) wrong.Add($"{command}\n{answer}\n{expected}");
        Assert.True(wrong.Count == 0, string.Join("\n\n", wrong));
        Assert.StartsWith(
            "{\"index_name\": \"i\", \"index_options\": [], \"index_definition\": {\"key_type\": \"HASH\"",
            client.Do("ft.info i"), StringComparison.Ordinal);
        Assert.StartsWith(
            "{\"Results\": " + Head, client.Do("ft.profile i SEARCH QUERY one"), StringComparison.Ordinal);
        Assert.Contains(
            "\"Profile\": {\"Total profile time\": ", client.Do("ft.profile i AGGREGATE QUERY one LOAD 1 n"),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ft.search", "ERR wrong number of arguments for 'ft.search' command")]
    [InlineData("ft.search i", "ERR wrong number of arguments for 'ft.search' command")]
    [InlineData("ft.create i", "ERR wrong number of arguments for 'ft.create' command")]
    [InlineData("ft.nosuch i", "ERR unknown command 'ft.nosuch', with args beginning with: 'i' ")]
    [InlineData("ft.cursor nosuch i 1", "ERR unknown subcommand 'nosuch'. Try FT.CURSOR HELP.")]
    [InlineData("ft.search nope x", "nope: no such index")]
    [InlineData("ft.aggregate nope x", "nope: no such index")]
    [InlineData("ft.explain nope x", "nope: no such index")]
    [InlineData("ft.tagvals nope x", "nope: no such index")]
    [InlineData("ft.alter nope SCHEMA ADD a TEXT", "Unknown index name")]
    [InlineData("ft.dropindex nope", "Unknown index name")]
    [InlineData("ft.aliasadd a nope", "Unknown index name (or name is an alias itself)")]
    [InlineData("ft.aliasdel a", "Alias does not exist")]
    [InlineData("ft.search i x WHAT", "Unknown argument `WHAT` at position 3 for FT.SEARCH")]
    [InlineData("ft.search i x LIMIT 1", "Bad arguments for LIMIT: Expected an argument, but none provided")]
    [InlineData("ft.search i x RETURN 3 a", "Bad arguments for RETURN: Expected an argument, but none provided")]
    [InlineData("ft.search i x SORTBY nope", "Property `nope` not loaded nor in schema")]
    [InlineData("ft.aggregate i * GROUPBY", "Bad arguments for GROUPBY: Expected an argument, but none provided")]
    [InlineData("ft.aggregate i * APPLY nosuch(1) AS x", "Unknown function name 'nosuch'")]
    [InlineData("ft.aggregate i * LOAD 1 $.a", "OK")]
    [InlineData("ft.alter i SCHEMA ADD t TEXT", "Duplicate field in schema - t")]
    public async Task A_new_user_is_told_what_is_wrong(string command, string error)
    {
        await using var node = await RespNode.LeafAsync();
        using var client = node.Connect();
        client.Do("ft.create i PREFIX 1 i: SCHEMA t TEXT");
        var answer = client.Do(command);
        if (error == "OK") Assert.Equal("[0]", answer);
        else Assert.Equal("!" + error, answer);
    }
}

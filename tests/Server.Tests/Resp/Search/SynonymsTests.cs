using Hedgerow.Server.FrontEnds.Resp.Search;

namespace Hedgerow.Server.Tests.Resp.Search;

/// <summary>Groups of synonyms and what they may come to.</summary>
public sealed class SynonymsTests
{
    [Fact]
    public void A_word_in_many_groups_has_a_bounded_number_of_synonyms()
    {
        var lists = new WordLists();
        for (var group = 0; group < 700; group++)
        {
            lists.Of($"g{group:d3}").Add("a");
            for (var i = 0; i < 63; i++) lists.Of($"g{group:d3}").Add($"w{group}-{i}");
        }

        var synonyms = new Synonyms(lists, 1);
        var words = synonyms.Of("A");
        Assert.Equal(Synonyms.WordsMax, words.Count);
        Assert.Contains("a", words);
        Assert.Equal(["other"], synonyms.Of("other"));
        Assert.Equal(
            "ERR `a` would be in 700 groups; at most 16 are allowed", Synonyms.Problem(lists, "g000", textFields: 1));
    }

    [Fact]
    public void The_words_of_all_groups_of_a_word_are_counted_together()
    {
        var lists = new WordLists();
        foreach (var group in new[] { "g", "h" })
        {
            lists.Of(group).Add("a");
            for (var i = 0; i < 31; i++) lists.Of(group).Add(group + i);
        }

        Assert.Null(Synonyms.Problem(lists, "g", textFields: 1));
        lists.Of("h").Add("h31");
        Assert.Null(Synonyms.Problem(lists, "g", textFields: 8));
        lists.Of("h").Add("h32");
        Assert.StartsWith(
            "ERR there would be 65 words or more looked for with `a`, over its groups; at most 64 are allowed",
            Synonyms.Problem(lists, "g", textFields: 8), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_group_that_is_taken_can_be_searched_in_every_attribute()
    {
        await using var node = await RespNode.LeafAsync();
        using var client = node.Connect();
        client.Do("ft.create s PREFIX 1 s: SCHEMA a TEXT b TEXT c TEXT d TEXT e TEXT");
        client.Ask("hset", "s:1", "e", "w63");
        var words = Enumerable.Range(0, 64).Select(i => $"w{i}").ToArray();
        Assert.Equal("OK", client.Ask(["ft.synupdate", "s", "g", .. words]));
        Assert.Equal("[1, \"s:1\"]", client.Do("ft.search s w0 NOCONTENT"));
        Assert.StartsWith(
            "!ERR there would be 65 words or more in the group; at most 64 are allowed",
            client.Do("ft.synupdate s g w64"), StringComparison.Ordinal);
        Assert.Equal("[1, \"s:1\"]", client.Do("ft.search s w0 NOCONTENT"));
    }

    [Fact]
    public async Task A_search_goes_on_while_synonyms_cannot_be_read()
    {
        RefusingExecutor? between = null;
        await using var node = await RespNode.LeafAsync(over: inner => between = new RefusingExecutor(inner));
        using var client = node.Connect();
        client.Do("ft.create s PREFIX 1 s: SCHEMA t TEXT");
        client.Ask("hset", "s:1", "t", "child");
        client.Do("ft.synupdate s g kid child");
        Assert.Equal("[1, \"s:1\"]", client.Do("ft.search s kid NOCONTENT"));
        between!.Refused = Hedgerow.Protocol.Opcode.Get;
        between.Part = "/ft-words/synonyms";
        node.Server.Indexes.ForgetAll();
        Assert.Equal("[1, \"s:1\"]", client.Do("ft.search s kid NOCONTENT"));
        node.Server.Indexes.ForgetSynonyms("s");
        node.Server.Indexes.ForgetAll();
        Assert.Equal("[0]", client.Do("ft.search s kid NOCONTENT"));
        Assert.Equal("[1, \"s:1\"]", client.Do("ft.search s child NOCONTENT"));
    }

    [Fact]
    public async Task An_index_that_is_not_dropped_keeps_its_synonyms()
    {
        RefusingExecutor? between = null;
        await using var node = await RespNode.LeafAsync(over: inner => between = new RefusingExecutor(inner));
        using var client = node.Connect();
        client.Do("ft.create s PREFIX 1 s: SCHEMA t TEXT");
        client.Do("ft.synupdate s g kid child");
        between!.Refused = Hedgerow.Protocol.Opcode.CollectionChange;
        Assert.StartsWith("!", client.Do("ft.dropindex s"), StringComparison.Ordinal);
        Assert.Equal("[\"child\", [\"g\"], \"kid\", [\"g\"]]", client.Do("ft.syndump s"));
        between.Refused = null;
        Assert.Equal("\"OK\"", client.Do("ft.dropindex s"));
        client.Do("ft.create s PREFIX 1 s: SCHEMA t TEXT");
        Assert.Equal("[]", client.Do("ft.syndump s"));
    }

    [Fact]
    public void Attributes_that_are_added_later_leave_synonyms_out_and_never_the_word()
    {
        var lists = new WordLists();
        for (var i = 0; i < 64; i++) lists.Of("g").Add($"w{i:d2}");
        var words = new Synonyms(lists, 1).Of("w63", Synonyms.MostFor(128));
        Assert.Equal(["w00", "w01", "w02", "w63"], words);
    }
}

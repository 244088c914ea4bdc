using Hedgerow.Protocol;

namespace Hedgerow.Router.Tests;

/// <summary>What corrections say of shards that did not count.</summary>
public sealed class SuggestGatherTests
{
    private static readonly SuggestRequest Request = new()
    {
        Collection = "docs",
        Phrases = [new PhraseCorrection("p", "text", "hegde tail") { LengthMin = 2, Collate = true }],
    };

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_shard_that_misses_any_round_of_a_correction_is_missing_in_its_coverage(int rounds)
    {
        var cluster = new Cluster(shards: 3, replicas: 1, leaves: 3);
        foreach (var id in new[] { "leaf-1", "leaf-2", "leaf-3" }) cluster[id].Documents.Spelling = Count;
        var seen = 0;
        cluster["leaf-3"].Documents.Spelling = request => ++seen <= rounds ? Count(request) : null;
        var reply = await cluster.Finish(cluster.Client.SuggestAsync(Request));
        Assert.Equal("hedge tail", Assert.Single(Assert.Single(reply.Phrases).Options).Text);
        Assert.Equal(rounds < 3 ? 2 : 3, reply.Coverage.ShardsAnswered);
        Assert.Equal(3, reply.Coverage.ShardsTotal);
    }

    [Fact]
    public async Task What_may_have_been_meant_and_is_not_known_leaves_the_coverage_of_the_hits()
    {
        var cluster = new Cluster(shards: 3, replicas: 1, leaves: 3);
        var nothing = new InstantReply { Words = 2, Counts = [4, 0], Hits = [], Coverage = new Coverage(1, 1, 5, 5) };
        foreach (var id in new[] { "leaf-1", "leaf-2", "leaf-3" }) cluster[id].Documents.Instant = nothing;
        var request = new InstantRequest { Collection = "docs", Text = "hegde tail", Fields = ["text"] };
        var reply = await cluster.Finish(cluster.Client.InstantAsync(request with { DidYouMean = true }));
        Assert.Empty(reply.DidYouMean);
        Assert.Equal(new Coverage(3, 3, 15, 15), reply.Coverage);
    }

    private static SpellingReply Count(SpellingRequest request) => new(
        20,
        request.Text.Length == 0
            ? []
            :
            [
                new SpellingWord(0, 5, "hegde", 0, [new NearTerm("hedge", 1, 9)]),
                new SpellingWord(6, 4, "tail", 8, []),
            ],
        [.. request.Sets.Select(set => set[0] == "hedge" ? 5L : 0L)]);
}

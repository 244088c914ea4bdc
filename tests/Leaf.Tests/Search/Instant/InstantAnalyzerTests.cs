using System.Text;
using Hedgerow.Leaf.Search.Analysis;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Instant;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Leaf.Tests.Search.Analysis;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Search.Instant;

/// <summary>Instant searches of fields whose analyzers are a collection's own.</summary>
public sealed class InstantAnalyzerTests
{
    private static readonly string Long = new('a', 200);

    [Theory]
    [InlineData("hedgehog ")]
    [InlineData("hedgehog")]
    [InlineData("hedgehog oak")]
    public void A_word_whose_term_is_longer_than_may_be_misspelt_is_sought_as_it_is(string text)
    {
        using var directory = IndexDirectory.InMemory();
        using var index = Open(directory);
        var reply = Search(index, new InstantRequest { Collection = "own", Text = text, Fields = ["text"] });
        Assert.Single(reply.Hits);
    }

    [Fact]
    public void A_field_with_an_analyzer_of_the_collections_own_is_shown_though_another_is_searched()
    {
        using var directory = IndexDirectory.InMemory();
        using var index = Open(directory);
        var reply = Search(
            index,
            new InstantRequest
            {
                Collection = "own", Text = "oak", Fields = ["title"], HighlightFields = ["title", "text"],
            });
        var hit = Assert.Single(reply.Hits);
        Assert.Equal(["<em>oak</em>", Long[..160] + "…"], hit.Highlights.Select(one => one.Snippet));
    }

    private static CollectionIndex Open(IndexDirectory directory)
    {
        var synonyms = new SynonymSet { Name = "s", Rules = [$"hedgehog => {Long}"] };
        var schema = new CollectionSchema
        {
            Name = "own",
            Fields =
            [
                new FieldSchema { Name = "title", Type = FieldType.Text },
                new FieldSchema { Name = "text", Type = FieldType.Text, Analyzer = "own" },
            ],
            Analysis = new AnalysisSchema
            {
                Analyzers = [Parts.Chain("whitespace", Parts.Part("synonym_graph", "synonyms_set=s"))],
                Synonyms = [synonyms],
            },
        };
        var index = CollectionIndex.Open(
            directory, schema, Analyzers.Get, new CollectionIndexOptions(), TimeProvider.System);
        var json = Encoding.UTF8.GetBytes($$"""{"title": "oak", "text": "{{Long}}"}""");
        Assert.Equal(StatusCode.Ok, index.Put("/own/1"u8, 1, json, out _, out _));
        index.Refresh();
        return index;
    }

    private static InstantReply Search(CollectionIndex index, InstantRequest request)
    {
        var (status, reply, error) = index.Read((fields, snapshot) =>
            (new InstantRun(fields, snapshot, SearchBudget.Unlimited()).Search(request, out var found, out var wrong),
                found, wrong));
        Assert.True(status == StatusCode.Ok, error);
        return reply!;
    }
}

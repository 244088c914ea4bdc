using System.Text;
using Hedgerow.Leaf.Tests.Service;
using Hedgerow.Protocol;
using static Hedgerow.Leaf.Tests.Service.LeafUnderTest;

namespace Hedgerow.Leaf.Tests.Durability;

/// <summary>Analyzers of a collection's own and its synonyms, as the catalogue gives them back.</summary>
public sealed class AnalysisRestartTests : IDisposable
{
    private static readonly CollectionSchema Chained = Wiki with
    {
        Fields =
        [
            new FieldSchema { Name = "title", Type = FieldType.Text, Analyzer = "folded", SearchAnalyzer = "meant" },
        ],
        Analysis = new AnalysisSchema
        {
            Analyzers =
            [
                new AnalyzerSchema
                {
                    Name = "folded",
                    CharFilters =
                    [
                        new AnalysisPart("mapping", [new AnalysisSetting("mappings", ["& => and", "+ => plus"])]),
                    ],
                    Tokenizer = new AnalysisPart("whitespace"),
                    Filters = [new AnalysisPart("lowercase"), new AnalysisPart("asciifolding")],
                },
                new AnalyzerSchema
                {
                    Name = "meant",
                    Tokenizer = new AnalysisPart("whitespace"),
                    Filters =
                    [
                        new AnalysisPart("lowercase"), new AnalysisPart("asciifolding"),
                        new AnalysisPart("synonym_graph", [new AnalysisSetting("synonyms_set", "plants")]),
                    ],
                },
            ],
            Synonyms = [Set("box, buxus sempervirens")],
        },
    };

    private readonly string _root = Directory.CreateTempSubdirectory("hedgerow-analysis-").FullName;

    private LeafOptions OnDisk => SmallOptions with { DataDirectory = _root };

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Chains_and_synonyms_are_after_a_restart_what_they_were(bool drained)
    {
        string before;
        await using (var leaf = await LeafUnderTest.Open(OnDisk))
        {
            var declared = await leaf.Declare(Chained);
            Assert.True(declared.Status == StatusCode.Ok, declared.Text);
            await leaf.Set("/wiki/1", """{"title":"Böx & Buxus+"}""", 1);
            await leaf.Set("/wiki/2", """{"title":"buxus sempervirens"}""", 1);
            before = await AnalysedAsync(leaf);
            Assert.Contains("sempervirens", before);
            Assert.Equal(2, await FoundAsync(leaf, "BOX"));
            Assert.Equal(1, await FoundAsync(leaf, "buxusplus"));
            if (drained) await leaf.Service.DrainAsync(default);
        }

        await using (var leaf = await LeafUnderTest.Open(OnDisk))
        {
            Assert.Equal(before, await AnalysedAsync(leaf));
            Assert.Equal(2, await FoundAsync(leaf, "BOX"));
            Assert.Equal(1, await FoundAsync(leaf, "buxusplus"));

            // What is written now is indexed by the chain that was read back; then the synonyms are replaced.
            await leaf.Set("/wiki/3", """{"title":"Hęx"}""", 1);
            Assert.Equal(1, await FoundAsync(leaf, "hex"));
            var replaced = await leaf.Declare(Wiki with
            {
                Fields = [], Analysis = new AnalysisSchema { Synonyms = [Set("hex, box")] },
            });
            Assert.True(replaced.Status == StatusCode.Ok, replaced.Text);
            Assert.Equal(2, await FoundAsync(leaf, "hex"));
        }

        await using var again = await LeafUnderTest.Open(OnDisk);
        Assert.NotEqual(before, await AnalysedAsync(again));
        Assert.Equal(2, await FoundAsync(again, "hex"));
        Assert.Equal(1, await FoundAsync(again, "sempervirens"));
    }

    private static SynonymSet Set(string rule) => new() { Name = "plants", Rules = [rule] };

    private static async Task<long> FoundAsync(LeafUnderTest leaf, string words)
    {
        await leaf.Refresh();
        var answer = await leaf.Call(Opcode.Search, Encode(output => SearchCodec.Write(output, new SearchRequest
        {
            Collection = "wiki", Query = new MatchQuery("title", words, false),
        })));
        Assert.True(answer.Status == StatusCode.Ok, answer.Text);
        return SearchCodec.TryRead(answer.Body, out SearchReply? reply, out _) ? reply.Total : -1;
    }

    private static async Task<string> AnalysedAsync(LeafUnderTest leaf)
    {
        var answer = await leaf.Call(Opcode.Analyze, Encode(output => AnalysisCodec.Write(output, new AnalyzeRequest
        {
            Collection = "wiki", Field = "title", Text = "Box & box", AsQuery = true, Explain = true,
        })));
        Assert.True(answer.Status == StatusCode.Ok, answer.Text);
        return Encoding.UTF8.GetString(answer.Body);
    }
}

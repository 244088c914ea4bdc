using System.Text;
using CsCheck;
using Hedgerow.Leaf.Search.Analysis;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Leaf.Tests.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Search.Queries;

/// <summary>Synonyms of one and of several words, beside a model that reads every document.</summary>
public sealed class SynonymSearchTests
{
    private static readonly string[] Texts = ["a", "b", "c", "a b", "b c", "d", "c d e"];

    private static readonly Gen<string> Words =
        Gen.Char["abcdef"].Array[1, 7].Select(words => string.Join(' ', words));

    private static readonly Gen<string> Rule = Gen.Select(
        Gen.Int[0, Texts.Length - 1].Array[1, 3], Gen.Int[0, Texts.Length - 1].Array[0, 2]).Select((left, right) =>
        string.Join(", ", left.Select(i => Texts[i]))
        + (right.Length == 0 ? "" : " => " + string.Join(", ", right.Select(i => Texts[i]))));

    private enum Kind
    {
        Any,
        All,
        Phrase,
    }

    [Fact]
    public void Searches_find_what_a_model_that_reads_every_document_finds_on_one_shard_and_on_three() =>
        Gen.Select(
            Rule.Array[1, 4], Words.Array[1, 12], Words, Gen.Enum<Kind>()).Sample((rules, documents, text, kind) =>
        {
            var model = new Model(rules);
            if (kind == Kind.Phrase && model.Readings(text) > WordPlans.ReadingsMax)
            {
                AssertRefused(rules, text);
                return;
            }

            var expected = documents.Select((words, i) => (Words: $" {words} ", Path: $"/s/{i:D2}"))
                .Where(document => model.Matches(document.Words, text, kind)).Select(document => document.Path);
            var one = Search([documents], rules, text, kind);
            Assert.Equal(expected.Order(), one.Select(hit => hit.Path).Order());
            Assert.All(one, hit => Assert.True(hit.Score > 0));
            // Scores are of the same bits wherever the documents are.
            var shards = Enumerable.Range(0, 3)
                .Select(shard => documents.Select((words, i) => i % 3 == shard ? words : null).ToArray()).ToArray();
            var three = Search(shards, rules, text, kind);
            Assert.Equal(
                one.OrderBy(hit => hit.Path).Select(hit => (hit.Path, hit.Score)),
                three.OrderBy(hit => hit.Path).Select(hit => (hit.Path, hit.Score)));
        });

    [Fact]
    public void Words_that_mean_the_same_score_as_one_word_as_rare_as_the_most_frequent()
    {
        string?[] documents = ["car x", "auto car", "auto", "auto x", "x"];
        var hits = Search([documents], ["car, auto"], "car", Kind.Any).ToDictionary(hit => hit.Path, hit => hit.Score);
        // Both words stand in one document, so it scores as one word that is there twice.
        Assert.Equal(4, hits.Count);
        Assert.Equal(hits["/s/00"], hits["/s/03"]);
        Assert.True(hits["/s/01"] > hits["/s/00"]);
    }

    [Fact]
    public void Phrase_that_may_be_read_in_too_many_ways_is_refused_with_the_limit()
    {
        var rule = string.Join(", ", Enumerable.Range(0, 9).Select(i => $"w{i}"));
        AssertRefused([rule], "w1 w2 w3");
    }

    [Fact]
    public void Analyzer_that_a_query_names_reads_it_and_one_that_is_not_known_is_refused()
    {
        using var shard = new Shard(["runs", "running"], ["a, b"]);
        var named = Request("RUNS", Kind.Any) with
        {
            Query = new MatchQuery("text", "RUNS", false) { Rules = new MatchRules { Analyzer = "standard" } },
        };
        Assert.Equal(StatusCode.Ok, shard.Index.Search(named, SearchBudget.Unlimited(), out var reply, out _));
        Assert.Equal("/s/00", Assert.Single(reply!.Hits).Path);
        var unknown = named with { Query = new PhraseQuery("text", "x y", 0) { Analyzer = "klingon" } };
        Assert.Equal(StatusCode.BadQuery, shard.Index.Search(unknown, SearchBudget.Unlimited(), out _, out var error));
        Assert.Contains("unknown analyzer 'klingon'; known are own", error, StringComparison.Ordinal);
        var typed = named with { Query = new QueryStringQuery("text:RUNS", [], false) { Analyzer = "standard" } };
        Assert.Equal(StatusCode.Ok, shard.Index.Search(typed, SearchBudget.Unlimited(), out reply, out _));
        Assert.Single(reply!.Hits);
    }

    private static void AssertRefused(string[] rules, string text)
    {
        using var shard = new Shard(["x"], rules);
        var request = Request(text, Kind.Phrase);
        var status = shard.Index.Search(request, SearchBudget.Unlimited(), out _, out var error);
        Assert.Equal(StatusCode.BadQuery, status);
        Assert.Contains("more than 64 ways", error, StringComparison.Ordinal);
    }

    private static List<SearchHit> Search(string?[][] shards, string[] rules, string text, Kind kind)
    {
        var opened = shards.Select(documents => new Shard(documents, rules)).ToArray();
        var request = Request(text, kind);
        var parts = opened.Select(shard =>
        {
            Assert.Equal(
                StatusCode.Ok, shard.Index.Statistics(request, SearchBudget.Unlimited(), out var part, out var error));
            Assert.Null(error);
            return part!;
        }).ToArray();
        var hits = new List<SearchHit>();
        foreach (var shard in opened)
        {
            var bound = request with { Statistics = StatisticsSum.Of(parts) };
            Assert.Equal(
                StatusCode.Ok, shard.Index.Search(bound, SearchBudget.Unlimited(), out var reply, out _));
            hits.AddRange(reply!.Hits);
            shard.Dispose();
        }

        return hits;
    }

    private static SearchRequest Request(string text, Kind kind) => new()
    {
        Collection = "s",
        Query = kind == Kind.Phrase
            ? new PhraseQuery("text", text, 0)
            : new MatchQuery("text", text, kind == Kind.All),
        Size = 100,
    };

    /// <summary>An index of some documents; those that are null are elsewhere.</summary>
    private sealed class Shard : IDisposable
    {
        private readonly IndexDirectory _directory = IndexDirectory.InMemory();

        public Shard(string?[] documents, string[] rules)
        {
            var synonyms = new AnalysisPart("synonym_graph", [new AnalysisSetting("synonyms", rules)]);
            var schema = new CollectionSchema
            {
                Name = "s",
                Fields = [new FieldSchema { Name = "text", Type = FieldType.Text, Analyzer = "own" }],
                Analysis = new AnalysisSchema
                {
                    Analyzers =
                    [
                        new AnalyzerSchema
                        {
                            Name = "own", Tokenizer = new AnalysisPart("whitespace"), Filters = [synonyms],
                        },
                    ],
                },
            };
            Index = CollectionIndex.Open(
                _directory, schema, Analyzers.Get, new CollectionIndexOptions(), TimeProvider.System);
            for (var i = 0; i < documents.Length; i++)
            {
                if (documents[i] is not { } words) continue;
                var json = Encoding.UTF8.GetBytes($$"""{"text":"{{words}}"}""");
                var path = Encoding.UTF8.GetBytes($"/s/{i:D2}");
                Assert.Equal(StatusCode.Ok, Index.Put(path, 1, json, out _, out _));
            }

            Index.Refresh();
        }

        public CollectionIndex Index { get; }

        public void Dispose()
        {
            Index.Dispose();
            _directory.Dispose();
        }
    }

    /// <summary>Rules as a table, read from left to right over the words, the longest first.</summary>
    private sealed class Model
    {
        private readonly Dictionary<string, HashSet<string>> _meanings = [];

        public Model(string[] rules)
        {
            foreach (var rule in rules)
            {
                var sides = rule.Split(" => ");
                var left = sides[0].Split(", ");
                foreach (var text in left)
                {
                    if (!_meanings.TryGetValue(text, out var means)) _meanings.Add(text, means = []);
                    means.UnionWith(sides.Length == 1 ? left : sides[1].Split(", "));
                }
            }
        }

        public bool Matches(string document, string text, Kind kind)
        {
            var spots = Spots(text.Split(' '));
            return kind switch
            {
                Kind.Any => spots.Exists(ways => ways.Any(Has)),
                Kind.All => spots.TrueForAll(ways => ways.Any(Has)),
                _ => Readings(spots).Any(Has),
            };

            bool Has(string words) => document.Contains($" {words} ", StringComparison.Ordinal);
        }

        public int Readings(string text) => Spots(text.Split(' ')).Aggregate(1, (count, ways) => count * ways.Count);

        private List<HashSet<string>> Spots(string[] words)
        {
            var spots = new List<HashSet<string>>();
            for (var at = 0; at < words.Length;)
            {
                var length = words.Length - at;
                while (length > 0 && !_meanings.ContainsKey(string.Join(' ', words[at..(at + length)]))) length--;
                spots.Add(length == 0 ? [words[at]] : _meanings[string.Join(' ', words[at..(at + length)])]);
                at += Math.Max(1, length);
            }

            return spots;
        }

        private static IEnumerable<string> Readings(List<HashSet<string>> spots) => spots.Aggregate(
            (IEnumerable<string>)[""],
            (readings, ways) => readings.SelectMany(
                reading => ways.Select(way => reading.Length == 0 ? way : $"{reading} {way}")).ToArray());
    }
}

using System.Globalization;
using System.Text;
using System.Text.Json;
using Hedgerow.Leaf.Search.Analysis;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Protocol;

namespace Hedgerow.Bench.Words;

/// <summary>Our index of the articles.</summary>
internal sealed class HedgerowWords : IDisposable
{
    private const string Prefix = "/words/";
    private static readonly string[] Fields = ["title", "text"];

    private static readonly AnalysisSetting[] Grams =
    [
        new("min_gram", "1"), new("max_gram", WordsRun.GramCharsMax.ToString(CultureInfo.InvariantCulture)),
    ];

    private readonly IndexDirectory _directory = IndexDirectory.InMemory();
    private readonly CollectionIndex _index;

    /// <param name="articles">What is indexed.</param>
    /// <param name="rules">Synonyms, Solr's rules.</param>
    public HedgerowWords(Article[] articles, IReadOnlyList<string> rules)
    {
        var schema = Schema(rules);
        var options = new CollectionIndexOptions { BufferBytesMax = 1L << 30 };
        _index = CollectionIndex.Open(_directory, schema, Analyzers.Get, options, TimeProvider.System);
        for (var i = 0; i < articles.Length; i++)
        {
            var json = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string>
            {
                ["title"] = articles[i].Title, ["text"] = articles[i].Text,
            });
            var path = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Prefix}{i:D6}"));
            var status = _index.Put(path, 1, json, out _, out var error);
            if (status != StatusCode.Ok) throw new InvalidOperationException($"{status}: {error}");
        }

        _index.Refresh();
    }

    /// <summary>Numbers of the ten best.</summary>
    public IReadOnlyList<int> Search(WordKind kind, string text)
    {
        var request = new SearchRequest
        {
            Collection = "words", Query = Query(kind, text), Size = 10, WithSource = false, ExactTotal = false,
        };
        var status = _index.Search(request, SearchBudget.Unlimited(), out var reply, out var error);
        if (status != StatusCode.Ok) throw new InvalidOperationException($"'{text}': {status}, {error}");
        return
        [
            .. reply!.Hits.Select(hit =>
                int.Parse(hit.Path.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture)),
        ];
    }

    public void Dispose()
    {
        _index.Dispose();
        _directory.Dispose();
    }

    private static CollectionSchema Schema(IReadOnlyList<string> rules) => new()
    {
        Name = "words",
        Fields =
        [
            .. Fields.Select(name => new FieldSchema
            {
                Name = name, Type = FieldType.Text, Analyzer = "whitespace",
            }),
            new FieldSchema
            {
                Name = "beginnings",
                Type = FieldType.Text,
                Analyzer = "grams",
                SearchAnalyzer = "whitespace",
                Sources = FieldNames.Of(["title"]),
            },
        ],
        Analysis = new AnalysisSchema
        {
            Synonyms = [new SynonymSet { Name = "rules", Rules = rules }],
            Analyzers =
            [
                Chain("same", new AnalysisPart("synonym_graph", [new AnalysisSetting("synonyms_set", "rules")])),
                Chain("grams", new AnalysisPart("edge_ngram", [.. Grams])),
            ],
        },
    };

    private static AnalyzerSchema Chain(string name, AnalysisPart filter) => new()
    {
        Name = name, Tokenizer = new AnalysisPart("whitespace"), Filters = [filter],
    };

    private static QueryNode Query(WordKind kind, string text) => kind switch
    {
        WordKind.Fuzzy => new MatchQuery("text", text, AllWords: false)
        {
            Rules = new MatchRules { Fuzziness = new Fuzziness(1), PrefixLength = 1 },
        },
        WordKind.DisMax => new MultiMatchQuery(Fields, text, MultiMatchType.BestFields) { TieBreaker = 0.3f },
        WordKind.PhrasePrefix => new PhrasePrefixQuery("text", text, 0, MatchRules.ExpansionsStandard),
        WordKind.Synonyms => new MatchQuery("text", text, AllWords: false)
        {
            Rules = new MatchRules { Analyzer = "same" },
        },
        WordKind.EdgeGrams => new MatchQuery("beginnings", text, AllWords: true),
        _ => new MoreLikeThisQuery(["text"])
        {
            Like = new MoreLikeThisExamples { Texts = [text] }, MinTermFrequency = 1,
        },
    };
}

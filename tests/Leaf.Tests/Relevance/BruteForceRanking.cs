using Hedgerow.Leaf.Search.Analysis;

namespace Hedgerow.Leaf.Tests.Relevance;

/// <summary>
/// The naive model: BM25 (k1 1.2, b 0.75, Lucene's idf, exact lengths) over a list of documents, nothing skipped.
/// </summary>
internal sealed class BruteForceRanking
{
    private const double K1 = 1.2;
    private const double B = 0.75;

    private readonly IAnalyzer _analyzer;
    private readonly List<(int Id, int Length, Dictionary<string, int> Terms)> _documents = [];
    private readonly Dictionary<string, int> _documentsOf = [];
    private readonly double _averageLength;

    public BruteForceRanking(IAnalyzer analyzer, IReadOnlyDictionary<int, string> documents)
    {
        _analyzer = analyzer;
        foreach (var (id, text) in documents.OrderBy(pair => pair.Key))
        {
            var terms = TermsOf(text);
            _documents.Add((id, terms.Values.Sum(), terms));
            foreach (var term in terms.Keys) _documentsOf[term] = _documentsOf.GetValueOrDefault(term) + 1;
        }

        _averageLength = _documents.Average(document => document.Length);
    }

    /// <summary>The best documents, ties by number.</summary>
    public IReadOnlyList<int> Search(string question, int size)
    {
        var query = TermsOf(question).Where(term => _documentsOf.ContainsKey(term.Key)).ToList();
        return
        [
            .. _documents.Select(document => (document.Id, Score: Score(document.Terms, document.Length, query)))
                .Where(hit => hit.Score > 0)
                .OrderByDescending(hit => hit.Score).ThenBy(hit => hit.Id)
                .Take(size).Select(hit => hit.Id),
        ];
    }

    private double Score(Dictionary<string, int> terms, int length, List<KeyValuePair<string, int>> query)
    {
        var score = 0.0;
        foreach (var (term, times) in query)
        {
            if (!terms.TryGetValue(term, out var frequency)) continue;
            var n = _documentsOf[term];
            var idf = Math.Log(1 + ((_documents.Count - n + 0.5) / (n + 0.5)));
            score += times * idf * frequency / (frequency + (K1 * (1 - B + (B * length / _averageLength))));
        }

        return score;
    }

    private Dictionary<string, int> TermsOf(string text)
    {
        var sink = new Counting();
        _analyzer.Analyze(text, sink);
        return sink.Terms;
    }

    private sealed class Counting : ITokenSink
    {
        public Dictionary<string, int> Terms { get; } = [];

        public void Add(ReadOnlySpan<char> term, int position, int start, int end)
        {
            var text = term.ToString();
            Terms[text] = Terms.GetValueOrDefault(text) + 1;
        }
    }
}

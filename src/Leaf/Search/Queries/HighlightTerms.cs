using System.Text;
using Hedgerow.Leaf.Search.Analysis;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>What to mark in a field's text. Thread-safe to read.</summary>
internal interface IHighlightTerms
{
    /// <summary>Nothing at all to mark.</summary>
    bool IsEmpty { get; }

    /// <summary>Phrases, whose words are marked only where they stand together.</summary>
    IReadOnlyList<HighlightPhrase> Phrases { get; }

    /// <summary>With how many things a term is compared that is not simply looked up.</summary>
    int Cost { get; }

    /// <summary>Whether a term is marked wherever it stands.</summary>
    bool Matches(ReadOnlySpan<char> term);
}

/// <summary>What reads a query on a field.</summary>
/// <param name="name">The analyzer that the query names; null for the field's own.</param>
/// <param name="withSynonyms">Whether its synonyms count.</param>
internal delegate IAnalyzer ReadBy(string? name, bool withSynonyms);

/// <summary>Terms of a phrase with their places from its first, and how many moves apart they may be.</summary>
internal sealed record HighlightPhrase(IReadOnlyList<(string Term, int Offset)> Terms, int Slop);

/// <summary>
/// The terms of a query on one field: of what must or should match, not of exclusions and filters. A query text in the
/// tree has to be parsed before; as it stands it marks nothing.
/// </summary>
internal sealed class HighlightTerms : IHighlightTerms
{
    private readonly HashSet<string> _terms = new(StringComparer.Ordinal);
    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly List<string> _prefixes = [];
    private readonly List<HighlightPhrase> _phrases = [];
    private readonly List<TermAutomaton> _patterns = [];
    private readonly List<(MoreLikeThisWeight Words, string Field)> _chosen = [];
    private readonly HighlightScope _scope;
    private readonly ReadBy? _readBy;
    private byte[] _utf8 = [];

    private HighlightTerms(HighlightScope? scope, ReadBy? readBy = null)
    {
        _lookup = _terms.GetAlternateLookup<ReadOnlySpan<char>>();
        _scope = scope ?? HighlightScope.Unlimited();
        _readBy = readBy;
    }

    /// <inheritdoc/>
    public bool IsEmpty
    {
        get
        {
            TakeChosen();
            return _terms.Count + _prefixes.Count + _phrases.Count + _patterns.Count == 0;
        }
    }

    /// <inheritdoc/>
    public int Cost => _prefixes.Count + _patterns.Count;

    /// <inheritdoc/>
    public IReadOnlyList<HighlightPhrase> Phrases => _phrases;

    /// <summary>Collects them.</summary>
    public static HighlightTerms Of(QueryNode query, FieldSchema field) => Of(query, field, Analyzers.Get(field));

    /// <summary>Collects them by what queries on the field are read by.</summary>
    /// <param name="query">The query.</param>
    /// <param name="field">The field.</param>
    /// <param name="analyzer">What reads a query that names no analyzer.</param>
    /// <param name="readBy">What reads one that does, or that synonyms mean nothing to; null for the same.</param>
    /// <param name="scope">What the search shares; null for nothing.</param>
    public static HighlightTerms Of(
        QueryNode query, FieldSchema field, IAnalyzer analyzer, ReadBy? readBy = null, HighlightScope? scope = null)
    {
        var terms = new HighlightTerms(scope, readBy);
        terms.Collect(query, field.Name, analyzer);
        return terms;
    }

    /// <summary>Collects those of queries on any of some fields, to mark them in one of them.</summary>
    public static HighlightTerms Of(
        QueryNode query, IEnumerable<string> fields, IAnalyzer analyzer, ReadBy? readBy = null,
        HighlightScope? scope = null)
    {
        var terms = new HighlightTerms(scope, readBy);
        foreach (var field in fields) terms.Collect(query, field, analyzer);
        return terms;
    }

    /// <inheritdoc/>
    public bool Matches(ReadOnlySpan<char> term)
    {
        TakeChosen();
        if (_lookup.Contains(term)) return true;
        foreach (var prefix in _prefixes)
        {
            if (term.StartsWith(prefix, StringComparison.Ordinal)) return true;
        }

        return _patterns.Count > 0 && MatchesPattern(term);
    }

    /// <summary>Takes the words that were chosen, which is after the query was bound.</summary>
    private void TakeChosen()
    {
        if (_chosen.Count == 0) return;
        foreach (var (words, field) in _chosen)
            _terms.UnionWith(words.Chosen.Where(word => word.Field == field).Select(word => word.Term));
        _chosen.Clear();
    }

    private bool MatchesPattern(ReadOnlySpan<char> term)
    {
        var bound = Encoding.UTF8.GetMaxByteCount(term.Length);
        if (_utf8.Length < bound) _utf8 = new byte[bound];
        var utf8 = _utf8.AsSpan(0, Encoding.UTF8.GetBytes(term, _utf8));
        foreach (var pattern in _patterns)
            if (pattern.Matches(utf8)) return true;
        return false;
    }

    private void Collect(QueryNode query, string field, IAnalyzer analyzer)
    {
        switch (query)
        {
            case BooleanQuery group:
                foreach (var child in group.Must) Collect(child, field, analyzer);
                foreach (var child in group.Should) Collect(child, field, analyzer);
                break;
            case DisMaxQuery best:
                foreach (var child in best.Queries) Collect(child, field, analyzer);
                break;
            case BoostingQuery lowered:
                Collect(lowered.Positive, field, analyzer);
                break;
            case TermQuery term when term.Field == field:
                _terms.Add(term.Value);
                break;
            case PrefixQuery { Prefix.Length: > 0 } prefix when prefix.Field == field:
                _prefixes.Add(analyzer.Normalize(prefix.Prefix));
                break;
            case PhraseQuery phrase when phrase.Field == field:
                AddReadings(QuerySpot.Read(Reader(phrase.Analyzer, analyzer), phrase.Text), phrase.Slop);
                break;
            case ConstantScoreQuery constant:
                Collect(constant.Query, field, analyzer);
                break;
            case FunctionScoreQuery functions:
                Collect(functions.Query, field, analyzer);
                break;
            case TermsQuery terms when terms.Field == field:
                _terms.UnionWith(terms.Values);
                break;
            default:
                if (TryCollectWords(query, field, analyzer)) break;
                if (FieldOf(query) == field && _scope.PatternOf(query, analyzer.Normalize) is { } pattern)
                    _patterns.Add(pattern);
                foreach (var child in query.Children()) Collect(child, field, analyzer);
                break;
        }
    }

    private bool TryCollectWords(QueryNode query, string field, IAnalyzer analyzer)
    {
        switch (query)
        {
            case MatchQuery match when match.Field == field:
                foreach (var spot in QuerySpot.Read(Reader(match.Rules.Analyzer, analyzer), match.Text))
                    AddSpot(spot, match.Rules, 0);
                return true;
            case CombinedFieldsQuery combined when FieldChoice.Includes(combined.Fields, field):
                var named = combined.Rules.Analyzer;
                foreach (var (term, _) in TermsOf(named, analyzer, combined.Text)) AddWord(term, combined.Rules);
                return true;
            case BoolPrefixQuery words when words.Field == field:
                var all = TermsOf(words.Rules.Analyzer, analyzer, words.Text);
                foreach (var (term, _) in all.SkipLast(1)) AddWord(term, words.Rules);
                if (all.Count > 0) _prefixes.Add(all[^1].Term);
                return true;
            case PhrasePrefixQuery phrase when phrase.Field == field:
                // The unfinished word is marked wherever it stands, the others where they stand together.
                var together = TermsOf(phrase.Analyzer, analyzer, phrase.Text);
                if (together.Count > 0) _prefixes.Add(together[^1].Term);
                AddPhrase([.. together.SkipLast(1)], phrase.Slop);
                return true;
            case MoreLikeThisQuery like:
                if (_scope.WordsOf(like) is { } chosen) _chosen.Add((chosen, field));
                return true;
            default:
                return false;
        }
    }

    private static string? FieldOf(QueryNode query) => query switch
    {
        WildcardQuery wildcard => wildcard.Field,
        RegexpQuery regexp => regexp.Field,
        FuzzyQuery fuzzy => fuzzy.Field,
        _ => null,
    };

    private IAnalyzer Reader(string? name, IAnalyzer analyzer) =>
        name is null ? analyzer : _readBy?.Invoke(name, withSynonyms: true) ?? analyzer;

    private void AddSpot(QuerySpot spot, MatchRules rules, int slop)
    {
        foreach (var word in spot.Words) AddWord(word, rules);
        foreach (var way in spot.Phrases) AddPhrase([.. way.Terms.Select(term => (term.Term, term.Step))], slop);
    }

    /// <summary>A phrase with synonyms in it, as each of the phrases that it may be read as.</summary>
    private void AddReadings(List<QuerySpot> spots, int slop)
    {
        if (spots.Count == 1) AddSpot(spots[0], MatchRules.Plain, slop);
        if (spots.Count < 2 || QuerySpot.Phrasings(spots, WordPlans.ReadingsMax) is not { } phrases) return;
        foreach (var phrase in phrases) AddPhrase([.. phrase], slop);
    }

    private void AddWord(string term, MatchRules rules)
    {
        _terms.Add(term);
        if (rules.Fuzziness is not { } fuzziness) return;
        var edits = fuzziness.EditsOf(term.EnumerateRunes().Count());
        if (edits > 0 && _scope.Near(term, edits, rules.PrefixLength) is { } pattern) _patterns.Add(pattern);
    }

    private void AddPhrase(List<(string Term, int Offset)> terms, int slop)
    {
        if (terms.Count == 0) return;
        if (terms.Count == 1)
        {
            _terms.Add(terms[0].Term);
            return;
        }

        var first = terms[0].Offset;
        _phrases.Add(new HighlightPhrase([.. terms.Select(term => (term.Term, term.Offset - first))], slop));
    }

    /// <summary>The words of a text that is read without synonyms.</summary>
    private List<(string Term, int Offset)> TermsOf(string? name, IAnalyzer analyzer, string text)
    {
        var terms = new TermSink();
        (_readBy?.Invoke(name, withSynonyms: false) ?? analyzer).Analyze(text, terms);
        return terms.Terms;
    }

    private sealed class TermSink : ITokenSink
    {
        public List<(string Term, int Offset)> Terms { get; } = [];

        public void Add(ReadOnlySpan<char> term, int position, int start, int end) =>
            Terms.Add((term.ToString(), position));
    }
}

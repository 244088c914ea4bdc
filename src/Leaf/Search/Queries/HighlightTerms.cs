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

    /// <summary>Whether a term is marked wherever it stands.</summary>
    bool Matches(ReadOnlySpan<char> term);
}

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
    private byte[] _utf8 = [];
    private Func<string, IAnalyzer>? _named;

    private HighlightTerms()
    {
        _lookup = _terms.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <inheritdoc/>
    public bool IsEmpty => _terms.Count + _prefixes.Count + _phrases.Count + _patterns.Count == 0;

    /// <inheritdoc/>
    public IReadOnlyList<HighlightPhrase> Phrases => _phrases;

    /// <summary>Collects them.</summary>
    public static HighlightTerms Of(QueryNode query, FieldSchema field) => Of(query, field, Analyzers.Get(field));

    /// <summary>Collects them by what queries on the field are read by.</summary>
    /// <param name="query">The query.</param>
    /// <param name="field">The field.</param>
    /// <param name="analyzer">What reads a query that names no analyzer.</param>
    /// <param name="named">What reads one that does.</param>
    public static HighlightTerms Of(
        QueryNode query, FieldSchema field, IAnalyzer analyzer, Func<string, IAnalyzer>? named = null)
    {
        var terms = new HighlightTerms { _named = named };
        terms.Collect(query, field.Name, analyzer);
        return terms;
    }

    /// <summary>Collects those of queries on any of some fields, to mark them in one of them.</summary>
    public static HighlightTerms Of(QueryNode query, IEnumerable<string> fields, IAnalyzer analyzer)
    {
        var terms = new HighlightTerms();
        foreach (var field in fields) terms.Collect(query, field, analyzer);
        return terms;
    }

    /// <inheritdoc/>
    public bool Matches(ReadOnlySpan<char> term)
    {
        if (_lookup.Contains(term)) return true;
        foreach (var prefix in _prefixes)
        {
            if (term.StartsWith(prefix, StringComparison.Ordinal)) return true;
        }

        return _patterns.Count > 0 && MatchesPattern(term);
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
                AddPattern(PatternOf(query, field, analyzer));
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
                foreach (var (term, _) in TermsOf(analyzer, combined.Text)) AddWord(term, combined.Rules);
                return true;
            case BoolPrefixQuery words when words.Field == field:
                var all = TermsOf(analyzer, words.Text);
                foreach (var (term, _) in all.SkipLast(1)) AddWord(term, words.Rules);
                if (all.Count > 0) _prefixes.Add(all[^1].Term);
                return true;
            case PhrasePrefixQuery phrase when phrase.Field == field:
                // The unfinished word is marked wherever it stands, the others where they stand together.
                var together = TermsOf(analyzer, phrase.Text);
                if (together.Count > 0) _prefixes.Add(together[^1].Term);
                AddPhrase([.. together.SkipLast(1)], phrase.Slop);
                return true;
            default:
                return false;
        }
    }

    private IAnalyzer Reader(string? name, IAnalyzer analyzer) =>
        name is not null && _named is not null ? _named(name) : analyzer;

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
        Rune[] characters = [.. term.EnumerateRunes()];
        var edits = fuzziness.EditsOf(characters.Length);
        if (edits > 0 && characters.Length <= EditDistance.WordCharactersMax)
            _patterns.Add(EditDistance.Automaton(characters, edits, rules.PrefixLength));
    }

    private void AddPattern(TermAutomaton? pattern)
    {
        if (pattern is not null) _patterns.Add(pattern);
    }

    /// <summary>The pattern of a query on the field; null for others, and for those that its plan refuses.</summary>
    private static TermAutomaton? PatternOf(QueryNode query, string field, IAnalyzer analyzer)
    {
        switch (query)
        {
            case WildcardQuery wildcard when wildcard.Field == field:
                var parts = WildcardPattern.Normalized(WildcardPattern.Parts(wildcard.Pattern), analyzer.Normalize);
                var automaton = WildcardPattern.Automaton(parts, wildcard.Edits, out var problem);
                return problem is null ? automaton : null;
            case RegexpQuery regexp when regexp.Field == field:
                return RegexpPattern.Automaton(regexp.Pattern, out _);
            case FuzzyQuery fuzzy when fuzzy.Field == field:
                return EditDistance.Automaton(fuzzy, analyzer.Normalize);
            default:
                return null;
        }
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

    private static List<(string Term, int Offset)> TermsOf(IAnalyzer analyzer, string text)
    {
        var terms = new TermSink();
        analyzer.Analyze(text, terms);
        return terms.Terms;
    }

    private sealed class TermSink : ITokenSink
    {
        public List<(string Term, int Offset)> Terms { get; } = [];

        public void Add(ReadOnlySpan<char> term, int position, int start, int end) =>
            Terms.Add((term.ToString(), position));
    }
}

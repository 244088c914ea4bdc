using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Search.Indexing;

/// <summary>One match of the model.</summary>
internal sealed record ModelHit(string Path, double Score);

/// <summary>
/// What an index should answer, by reading every document for every query: Lucene's BM25 written down once more in
/// double precision, with the quantised lengths of Lucene's published scheme.
/// </summary>
internal sealed class ModelIndex(IReadOnlyCollection<ModelDocument> documents)
{
    private const double K1 = 1.2;
    private const double B = 0.75;

    private readonly Dictionary<(ModelDocument Document, string Field), string[]> _terms = [];
    private readonly Dictionary<(string Field, string Term), double> _idf = [];
    private readonly Dictionary<string, double> _averages = [];
    private readonly Dictionary<(string Field, string Term), int> _having = [];
    private TextQueryModel? _words;

    public List<ModelHit> Search(QueryNode query) =>
    [
        .. documents
            .Select(document => (document.Path, Score: Score(document, query, 1)))
            .Where(hit => hit.Score is not null)
            .Select(hit => new ModelHit(hit.Path, hit.Score!.Value))
            .OrderByDescending(hit => hit.Score)
            .ThenBy(hit => hit.Path, StringComparer.Ordinal),
    ];

    /// <summary>Exact up to 40, then 8 steps an octave from 24 on.</summary>
    public static int Quantised(int length)
    {
        if (length <= 40) return length;
        var rest = length - 24;
        var step = 1;
        while (rest / step >= 16) step *= 2;
        return 24 + (rest / step * step);
    }

    public double? Score(ModelDocument document, QueryNode query, double boost)
    {
        boost *= query.Boost;
        switch (query)
        {
            case DisMaxQuery or BoostingQuery or MultiMatchQuery or CombinedFieldsQuery or PhrasePrefixQuery
                or BoolPrefixQuery or MoreLikeThisQuery:
            case MatchQuery { Field: "title" or "body" } ruled when ruled.Rules != MatchRules.Plain:
                return (_words ??= new TextQueryModel(this, documents)).Score(document, query, boost);
            case MatchAllQuery:
                return boost;
            case TermQuery term:
                return Term(document, term, boost);
            case MatchQuery match:
                var words = WordAnalyzer.Words(match.Text)
                    .Select(QueryNode (word) => new TermQuery(match.Field, word)).ToList();
                if (words.Count == 0) return null;
                var joined = match.AllWords ? new BooleanQuery(words, [], [], []) : new BooleanQuery([], words, [], []);
                return Score(document, joined, boost);
            case PhraseQuery phrase:
                return Phrase(document, phrase, boost);
            case PrefixQuery prefix:
                return Terms(document, prefix.Field).Any(t => t.StartsWith(prefix.Prefix, StringComparison.Ordinal))
                    ? boost
                    : null;
            case RangeQuery range:
                return InRange(document, range) ? boost : null;
            case BooleanQuery group:
                return Boolean(document, group, boost);
            case ConstantScoreQuery constant:
                return Score(document, constant.Query, 1) is null ? null : boost;
            case PathsQuery paths:
                return paths.Paths.Contains(document.Path) ? boost : null;
            case ExistsQuery exists:
                return Exists(document, exists.Field) ? boost : null;
            default:
                return Pattern(document, query, boost);
        }
    }

    private double? Pattern(ModelDocument document, QueryNode query, double boost)
    {
        switch (query)
        {
            case WildcardQuery wildcard:
                var pattern = wildcard.Field == "tags" ? wildcard.Pattern : wildcard.Pattern.ToLowerInvariant();
                return Terms(document, wildcard.Field).Any(t => PatternModel.Wildcard(pattern, t)) ? boost : null;
            case RegexpQuery regexp:
                return Terms(document, regexp.Field).Any(t => PatternModel.Regexp(regexp.Pattern, t)) ? boost : null;
            case FuzzyQuery fuzzy:
                var word = fuzzy.Field == "tags" ? fuzzy.Text : fuzzy.Text.ToLowerInvariant();
                var nearest = Terms(document, fuzzy.Field)
                    .Select(term => PatternModel.Distance(word, term, fuzzy))
                    .Where(distance => distance is not null).Min();
                return nearest is null ? null : boost / (1 + nearest);
            default:
                throw new InvalidOperationException(query.ToString());
        }
    }

    private bool Exists(ModelDocument document, string field) => field switch
    {
        "price" => document.Price is not null,
        "day" => document.Day is not null,
        "counts" => document.Counts.Length > 0,
        "draft" => document.Draft is not null,
        _ => Terms(document, field).Length > 0,
    };

    private double? Boolean(ModelDocument document, BooleanQuery group, double boost)
    {
        if (group.MustNot.Any(clause => Score(document, clause, 1) is not null)) return null;
        if (group.Filter.Any(clause => Score(document, clause, 1) is null)) return null;
        double sum = 0;
        foreach (var clause in group.Must)
        {
            if (Score(document, clause, boost) is not { } score) return null;
            sum += score;
        }

        var matched = 0;
        foreach (var clause in group.Should)
        {
            if (Score(document, clause, boost) is not { } score) continue;
            matched++;
            sum += score;
        }

        var minimum = group.MinimumShouldMatch ?? (group.Must.Count + group.Filter.Count > 0 ? 0 : 1);
        return matched >= minimum ? sum : null;
    }

    private double? Term(ModelDocument document, TermQuery term, double boost)
    {
        if (term.Field is not ("title" or "body"))
        {
            var range = new RangeQuery(term.Field, term.Value, term.Value, true, true);
            return InRange(document, range) ? boost : null;
        }

        var frequency = Terms(document, term.Field).Count(t => t == term.Value);
        return frequency == 0 ? null : boost * Idf(term.Field, term.Value) * Saturated(document, term.Field, frequency);
    }

    private double? Phrase(ModelDocument document, PhraseQuery phrase, double boost)
    {
        var words = WordAnalyzer.Words(phrase.Text);
        if (words.Length == 0) return null;
        var frequency = PhraseModel.Frequency(Terms(document, phrase.Field), words, phrase.Slop);
        if (frequency == 0) return null;
        return boost * words.Sum(w => Idf(phrase.Field, w)) * Saturated(document, phrase.Field, frequency);
    }

    public double Idf(string field, string term) => _idf.TryGetValue((field, term), out var idf)
        ? idf
        : _idf[(field, term)] = IdfOf(field, Having(field, term));

    /// <summary>Idf of a term that so many documents have.</summary>
    public double IdfOf(string field, double n) => Math.Log(1 + ((Filled(field) - n + 0.5) / (n + 0.5)));

    /// <summary>Documents that have a term.</summary>
    public int Having(string field, string term) => _having.TryGetValue((field, term), out var count)
        ? count
        : _having[(field, term)] = documents.Count(d => Terms(d, field).Contains(term));

    /// <summary>Documents that have any term.</summary>
    public int Filled(string field) => documents.Count(d => Terms(d, field).Length > 0);

    public double Saturated(ModelDocument document, string field, double frequency)
    {
        if (!_averages.TryGetValue(field, out var average))
            _averages[field] = average = documents.Select(d => Terms(d, field).Length).Where(n => n > 0).Average();
        var length = Quantised(Terms(document, field).Length);
        return frequency / (frequency + (K1 * (1 - B + (B * length / average))));
    }

    private static bool InRange(ModelDocument document, RangeQuery range)
    {
        switch (range.Field)
        {
            case "tags":
                return document.Tags.Any(tag => Between(
                    range.From is null ? 1 : Compare(tag, range.From), range.To is null ? -1 : Compare(tag, range.To)));
            case "price":
                return document.Price is { } price && Between(
                    range.From is null ? 1 : price.CompareTo(double.Parse(range.From)),
                    range.To is null ? -1 : price.CompareTo(double.Parse(range.To)));
            case "counts":
                return document.Counts.Any(count => Between(
                    range.From is null ? 1 : count.CompareTo(long.Parse(range.From)),
                    range.To is null ? -1 : count.CompareTo(long.Parse(range.To))));
            case "draft":
                return document.Draft is { } draft && Between(
                    range.From is null ? 1 : draft.CompareTo(bool.Parse(range.From)),
                    range.To is null ? -1 : draft.CompareTo(bool.Parse(range.To)));
            default:
                return document.Day is { } day && Between(
                    range.From is null ? 1 : day.CompareTo(long.Parse(range.From)),
                    range.To is null ? -1 : day.CompareTo(long.Parse(range.To)));
        }

        bool Between(int low, int high) =>
            (range.IncludeFrom ? low >= 0 : low > 0) && (range.IncludeTo ? high <= 0 : high < 0);

        static int Compare(string a, string b) => Corpus.Utf8(a).AsSpan().SequenceCompareTo(Corpus.Utf8(b));
    }

    public string[] Terms(ModelDocument document, string field)
    {
        if (field == "tags") return document.Tags;
        if (!_terms.TryGetValue((document, field), out var terms))
            _terms[(document, field)] = terms = WordAnalyzer.Words(document.TextOf(field) ?? "");
        return terms;
    }
}

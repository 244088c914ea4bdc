using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Search.Indexing;

/// <summary>
/// Queries about words by reading every document: each rule of the documentation written down once more, in the
/// plainest way and in double precision.
/// </summary>
internal sealed class TextQueryModel(ModelIndex index, IReadOnlyCollection<ModelDocument> documents)
{
    private readonly Dictionary<(string, string, string), (string Term, double Share)[]> _expanded = [];

    public double? Score(ModelDocument document, QueryNode query, double boost)
    {
        switch (query)
        {
            case MatchQuery match:
                return Match(document, match.Field, WordAnalyzer.Words(match.Text), match.AllWords, match.Rules, boost);
            case DisMaxQuery best:
                return Best([.. best.Queries.Select(q => index.Score(document, q, boost))], best.TieBreaker);
            case BoostingQuery lowered:
                var isLowered = index.Score(document, lowered.Negative, 1) is not null;
                return index.Score(document, lowered.Positive, boost) * (isLowered ? lowered.NegativeBoost : 1);
            case MultiMatchQuery multi:
                return Multi(document, multi, boost);
            case CombinedFieldsQuery combined:
                var words = WordAnalyzer.Words(combined.Text);
                var fields = Fields(combined.Fields);
                return Joined(
                    [.. words.Select(word => Combined(document, fields, word, boost))], combined.AllWords,
                    combined.Rules, boost);
            case PhrasePrefixQuery phrase:
                return PhrasePrefix(document, phrase, boost);
            case BoolPrefixQuery prefix:
                return BoolPrefix(document, prefix, boost);
            case MoreLikeThisQuery like:
                return MoreLikeThis(document, like, boost);
            default:
                throw new InvalidOperationException(query.ToString());
        }
    }

    private static double? Joined(double?[] scores, bool allWords, MatchRules rules, double boost)
    {
        if (scores.Length == 0) return rules.ZeroTermsAll ? boost : null;
        var minimum = allWords ? scores.Length : 1;
        if (!allWords && scores.Length > 1 && rules.MinimumShouldMatch is { } notation)
        {
            Assert.True(ClauseMinimum.TryCount(notation, scores.Length, out minimum));
            minimum = Math.Max(1, minimum);
        }

        var matched = scores.Where(score => score is not null).ToArray();
        return matched.Length >= minimum ? matched.Sum() : null;
    }

    private static double? Best(double?[] scores, double tie)
    {
        var matched = scores.OfType<double>().ToArray();
        return matched.Length == 0 ? null : matched.Max() + (tie * (matched.Sum() - matched.Max()));
    }

    private double? Match(
        ModelDocument document, string field, string[] words, bool allWords, MatchRules rules, double boost) =>
        Joined([.. words.Select(word => Word(document, field, word, rules, boost))], allWords, rules, boost);

    private double? Word(ModelDocument document, string field, string word, MatchRules rules, double boost)
    {
        var characters = word.EnumerateRunes().Count();
        var edits = rules.Fuzziness?.EditsOf(characters) ?? 0;
        if (edits == 0) return index.Score(document, new TermQuery(field, word), boost);
        var fuzzy = new FuzzyQuery(field, word, edits, rules.PrefixLength);
        var key = (field, word, $"{edits} {rules.PrefixLength} {rules.MaxExpansions}");
        if (!_expanded.TryGetValue(key, out var terms))
        {
            _expanded[key] = terms = [.. Vocabulary(field)
                .Select(term => (Term: term, Distance: PatternModel.Distance(word, term, fuzzy)))
                .Where(row => row.Distance is not null)
                .Select(row => (row.Term, Share: 1 - ((double)row.Distance! / Shorter(word, row.Term))))
                .Where(row => row.Share > 0)
                .OrderByDescending(row => row.Share).ThenBy(row => row.Term, Comparer<string>.Create(InBytes))
                .Take(rules.MaxExpansions)];
        }

        return Expanded(document, field, terms, boost);
    }

    private static int Shorter(string one, string other) =>
        Math.Min(one.EnumerateRunes().Count(), other.EnumerateRunes().Count());

    private double? Expanded(ModelDocument document, string field, (string Term, double Share)[] terms, double boost)
    {
        if (terms.Length == 0) return null;
        var idf = index.IdfOf(field, terms.Max(row => index.Having(field, row.Term)));
        double? sum = null;
        foreach (var (term, share) in terms)
        {
            var frequency = index.Terms(document, field).Count(t => t == term);
            if (frequency > 0) sum = (sum ?? 0) + (boost * share * idf * index.Saturated(document, field, frequency));
        }

        return sum;
    }

    private double? Multi(ModelDocument document, MultiMatchQuery multi, double boost)
    {
        if (multi.Type == MultiMatchType.CrossFields)
        {
            var combined = new CombinedFieldsQuery(multi.Fields, multi.Text, multi.AllWords) { Rules = multi.Rules };
            return Score(document, combined, boost);
        }

        var scores = new List<double?>();
        foreach (var (field, weight) in Fields(multi.Fields))
        {
            QueryNode node = multi.Type switch
            {
                MultiMatchType.Phrase => new PhraseQuery(field, multi.Text, multi.Slop),
                MultiMatchType.PhrasePrefix =>
                    new PhrasePrefixQuery(field, multi.Text, multi.Slop, multi.Rules.MaxExpansions),
                MultiMatchType.BoolPrefix =>
                    new BoolPrefixQuery(field, multi.Text, multi.AllWords) { Rules = multi.Rules },
                _ => new MatchQuery(field, multi.Text, multi.AllWords) { Rules = multi.Rules },
            };
            scores.Add(index.Score(document, node, boost * weight));
        }

        var tie = multi.TieBreaker
            ?? (multi.Type is MultiMatchType.MostFields or MultiMatchType.BoolPrefix ? 1 : 0);
        return Best([.. scores], tie);
    }

    private double? Combined(
        ModelDocument document, List<(string Field, double Weight)> fields, string word, double boost)
    {
        var frequency = fields.Sum(f => f.Weight * index.Terms(document, f.Field).Count(t => t == word));
        if (frequency == 0) return null;
        double all = fields.Max(f => index.Filled(f.Field));
        double having = fields.Max(f => index.Having(f.Field, word));
        var idf = Math.Log(1 + ((all - having + 0.5) / (having + 0.5)));
        var length = fields.Sum(f => f.Weight * ModelIndex.Quantised(index.Terms(document, f.Field).Length));
        var average = fields.Sum(f => f.Weight * documents.Sum(d => (double)index.Terms(d, f.Field).Length)) / all;
        return boost * idf * frequency / (frequency + (1.2 * (0.25 + (0.75 * length / average))));
    }

    private double? PhrasePrefix(ModelDocument document, PhrasePrefixQuery phrase, double boost)
    {
        var words = WordAnalyzer.Words(phrase.Text);
        if (words.Length == 0) return null;
        var endings = Vocabulary(phrase.Field)
            .Where(term => Corpus.Utf8(term).AsSpan().StartsWith(Corpus.Utf8(words[^1])))
            .Order(Comparer<string>.Create(InBytes)).Take(phrase.MaxExpansions).ToArray();
        if (words.Length == 1)
            return Expanded(document, phrase.Field, [.. endings.Select(term => (term, 1.0))], boost);
        if (endings.Length == 0) return null;
        // The unfinished word is one that no other word of the phrase is.
        var terms = index.Terms(document, phrase.Field);
        var frequency = PhraseModel.Frequency(
            terms.Length, words.Length, phrase.Slop,
            (at, word) => word < words.Length - 1 ? terms[at] == words[word] : endings.Contains(terms[at]),
            (one, other) => other == words.Length - 1 || words[one] != words[other]);
        if (frequency == 0) return null;
        var idf = words.SkipLast(1).Sum(word => index.Idf(phrase.Field, word))
            + index.IdfOf(phrase.Field, endings.Max(term => index.Having(phrase.Field, term)));
        return boost * idf * index.Saturated(document, phrase.Field, frequency);
    }

    private double? BoolPrefix(ModelDocument document, BoolPrefixQuery prefix, double boost)
    {
        var words = WordAnalyzer.Words(prefix.Text);
        var scores = words.SkipLast(1).Select(word => Word(document, prefix.Field, word, prefix.Rules, boost)).ToList();
        if (words.Length > 0)
        {
            var begins = index.Terms(document, prefix.Field)
                .Any(term => term.StartsWith(words[^1], StringComparison.Ordinal));
            scores.Add(begins ? boost : null);
        }

        return Joined([.. scores], prefix.AllWords, prefix.Rules, boost);
    }

    private double? MoreLikeThis(ModelDocument document, MoreLikeThisQuery query, double boost)
    {
        var fields = Fields(query.Fields).ConvertAll(row => row.Field);
        if (query.Like.Paths.Contains(document.Path) && !query.Include) return null;
        var unlike = Examples(query.Unlike, fields).ToHashSet();
        var chosen = Examples(query.Like, fields).GroupBy(word => word)
            .Select(group => (group.Key.Field, group.Key.Term, Count: group.Count()))
            .Where(row => !unlike.Contains((row.Field, row.Term)) && row.Count >= query.MinTermFrequency)
            .Where(row => row.Term.Length >= query.MinWordLength)
            .Where(row => query.MaxWordLength == 0 || row.Term.Length <= query.MaxWordLength)
            .Select(row => (row.Field, row.Term, row.Count, Having: index.Having(row.Field, row.Term)))
            .Where(row => row.Having >= Math.Max(1, query.MinDocumentFrequency))
            .Where(row => row.Having <= (query.MaxDocumentFrequency ?? int.MaxValue))
            .Select(row => (row.Field, row.Term, Telling: row.Count * (1 + Math.Log(
                (Math.Max(row.Having, index.Filled(row.Field)) + 1.0) / (row.Having + 1.0)))))
            .OrderByDescending(row => row.Telling)
            .ThenBy(row => row.Field, StringComparer.Ordinal).ThenBy(row => row.Term, StringComparer.Ordinal)
            .Take(query.MaxQueryTerms).ToArray();
        if (chosen.Length == 0) return null;
        Assert.True(ClauseMinimum.TryCount(query.MinimumShouldMatch, chosen.Length, out var minimum));
        var scores = chosen.Select(row => index.Score(
            document, new TermQuery(row.Field, row.Term),
            boost * (query.BoostTerms > 0 ? query.BoostTerms * row.Telling / chosen[0].Telling : 1)));
        var matched = scores.OfType<double>().ToArray();
        return matched.Length >= Math.Clamp(minimum, 1, chosen.Length) ? matched.Sum() : null;
    }

    private static IEnumerable<(string Field, string Term)> Examples(MoreLikeThisExamples examples, List<string> fields)
    {
        var documents = examples.Documents.Where(json => json.Length > 0)
            .Select(json => System.Text.Json.JsonDocument.Parse(json).RootElement).ToArray();
        foreach (var field in fields)
        {
            var texts = examples.Texts.Concat(documents
                .Select(json => json.TryGetProperty(field, out var value) ? value.GetString()! : ""));
            foreach (var word in texts.SelectMany(WordAnalyzer.Words)) yield return (field, word);
        }
    }

    /// <summary>title, body, title^2, t* … of the schema's text fields.</summary>
    private static List<(string Field, double Weight)> Fields(IReadOnlyList<string> names)
    {
        if (names.Count == 0) return [("title", 1), ("body", 1)];
        var fields = new List<(string Field, double Weight)>();
        foreach (var field in new[] { "title", "body" })
        {
            double? weight = null;
            foreach (var name in names)
            {
                var parts = name.Split('^');
                var fits = parts[0] == field || (parts[0].EndsWith('*') && field.StartsWith(parts[0][..^1]));
                if (fits) weight = (weight ?? 1) * (parts.Length > 1 ? float.Parse(parts[1]) : 1);
            }

            if (weight is { } product) fields.Add((field, product));
        }

        return fields;
    }

    private IEnumerable<string> Vocabulary(string field) =>
        documents.SelectMany(document => index.Terms(document, field)).Distinct(StringComparer.Ordinal);

    private static int InBytes(string one, string other) =>
        Encoding.UTF8.GetBytes(one).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(other));
}

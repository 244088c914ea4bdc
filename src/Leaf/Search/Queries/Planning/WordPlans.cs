using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>Plans words and phrases of one field. One search.</summary>
internal sealed class WordPlans(PlanScope scope, ValuePlans values)
{
    /// <summary>Phrases that one phrase may be read as.</summary>
    public const int ReadingsMax = 64;

    public Weight PlanTerm(TermQuery term, float boost, bool isScoring)
    {
        if (scope.Field(term.Field, PlanScope.ExactTypes) is not { } field)
            return new NothingWeight();
        return scope.TextFits(term.Value) ? values.Value(field, term.Value, boost, isScoring) : new NothingWeight();
    }

    public Weight PlanMatch(MatchQuery match, float boost, bool isScoring)
    {
        if (scope.Field(match.Field, PlanScope.ExactTypes) is not { } field)
            return new NothingWeight();
        if (!scope.TextFits(match.Text)) return new NothingWeight();
        if (match.Rules.Lenient && FieldValue.Problem(field, match.Text) is not null) return new NothingWeight();
        if (field.Type != FieldType.Text) return Word(field, match.Text, match.Rules, boost, isScoring);
        var words = scope.Read(field, match.Text, match.Rules.Analyzer)
            .ConvertAll(spot => Spot(field, spot, match.Rules, boost, isScoring));
        return Joined(words, match.AllWords, match.Rules, isScoring ? boost : 0);
    }

    /// <summary>One analysed word, or a whole value, perhaps misspelt.</summary>
    public Weight Word(FieldSchema field, string word, MatchRules rules, float boost, bool isScoring)
    {
        if (rules.Fuzziness is not { } fuzziness || !PlanScope.TermTypes.Contains(field.Type))
            return values.Value(field, word, boost, isScoring);
        if (!fuzziness.IsValid)
            return scope.Failed($"a fuzziness of {fuzziness} is not allowed; {Fuzziness.Allowed} are");
        if (rules.PrefixLength < 0)
            return scope.Failed($"a prefix_length of {rules.PrefixLength} is not allowed; it has to be 0 or more");
        if (field.Type == FieldType.Keyword) word = scope.Normalizer(field)(word);
        Rune[] characters = [.. word.EnumerateRunes()];
        var edits = fuzziness.EditsOf(characters.Length);
        // Nobody misspells a word so long in so few places.
        if (edits == 0 || characters.Length > EditDistance.WordCharactersMax)
            return values.Value(field, word, boost, isScoring);
        if (!scope.MayMisspell(characters.Length)) return new NothingWeight();
        if (field.Type == FieldType.Keyword)
        {
            var score = isScoring ? boost : 0.0;
            return new FuzzyWeight(field.Name, field.Type, characters, edits, rules.PrefixLength, score);
        }

        if (!scope.MayExpand(rules.MaxExpansions)) return new NothingWeight();
        var expansion = TermExpansion.Near(characters, edits, rules.PrefixLength, rules.MaxExpansions);
        return scope.Keep(new ExpandedWeight(field.Name, expansion, boost, isScoring));
    }

    /// <summary>What is wrong with a notation that <see cref="ClauseMinimum"/> does not understand.</summary>
    public static string NotUnderstood(string notation) =>
        $"a minimum_should_match of '{notation}' is not understood; allowed are {ClauseMinimum.Allowed}";

    /// <summary>The words of one text, as many of which have to match as it says.</summary>
    /// <param name="words">None where the analyzer left none.</param>
    /// <param name="allWords">Whether all have to.</param>
    /// <param name="rules">How many else.</param>
    /// <param name="score">Of documents that match for there being no words.</param>
    public Weight Joined(List<Weight> words, bool allWords, MatchRules rules, double score)
    {
        var minimum = 1;
        if (rules.MinimumShouldMatch is { } notation
            && !ClauseMinimum.TryCount(notation, words.Count, out minimum))
            return scope.Failed(NotUnderstood(notation));

        if (words.Count == 0) return rules.ZeroTermsAll ? new AllWeight(score) : new NothingWeight();
        if (words.Count == 1) return words[0];
        if (allWords) return new BooleanWeight(words, [], [], []);
        return minimum > words.Count ? new NothingWeight() : BooleanWeight.Of(words, Math.Max(1, minimum), []);
    }

    public Weight PlanPhrase(PhraseQuery phrase, float boost, bool isScoring)
    {
        if (scope.Field(phrase.Field, [FieldType.Text]) is not { } field || !scope.TextFits(phrase.Text))
            return new NothingWeight();
        if (!field.Positions)
            return scope.Failed($"field '{field.Name}' is indexed without positions, which phrases need");
        if (phrase.Slop < 0) return scope.Failed($"a slop of {phrase.Slop} is not allowed; it has to be 0 or more");
        var spots = scope.Read(field, phrase.Text, phrase.Analyzer);
        if (spots.Count == 0) return new NothingWeight();
        if (spots.Count == 1) return Spot(field, spots[0], MatchRules.Plain, boost, isScoring, phrase.Slop);
        return QuerySpot.Phrasings(spots, ReadingsMax) is { } phrases
            ? Any(phrases.ConvertAll(words => Phrase(field, words, phrase.Slop, boost, isScoring)), isScoring)
            : scope.Failed(
                $"the phrase may be read in more than {ReadingsMax} ways, synonyms and pieces of words counted; that "
                + "is the limit");
    }

    /// <summary>What one spot of a text means: any of its ways; of those that match the best counts.</summary>
    private Weight Spot(
        FieldSchema field, QuerySpot spot, MatchRules rules, float boost, bool isScoring, int slop = 0)
    {
        var ways = new List<Weight>();
        if (spot.Words.Count == 1) ways.Add(Word(field, spot.Words[0], rules, boost, isScoring));
        else if (spot.Words.Count > 1) ways.Add(Same(field, spot.Words, boost, isScoring));
        foreach (var way in spot.Phrases)
        {
            // Without positions, words that are all there have to do.
            ways.Add(field.Positions
                ? Phrase(field, [.. way.Terms], slop, boost, isScoring)
                : new BooleanWeight(
                    [.. way.Terms.Select(term => values.Value(field, term.Term, boost, isScoring))], [], [], []));
        }

        return Any(ways, isScoring);
    }

    private Weight Same(FieldSchema field, List<string> terms, float boost, bool isScoring)
    {
        if (isScoring) return scope.Keep(new AlternativesWeight(field.Name, terms, boost));
        var each = terms.Select(Weight (term) => new ConstantTermWeight(
            field.Name, field.Type, Encoding.UTF8.GetBytes(term), 0));
        return new BooleanWeight([], [.. each], [], []);
    }

    private Weight Phrase(
        FieldSchema field, (string Term, int Offset)[] words, int slop, float boost, bool isScoring)
    {
        if (words.Length == 1) return values.Value(field, words[0].Term, boost, isScoring);
        int[] offsets = [.. words.Select(word => word.Offset - words[0].Offset)];
        var weight = new PhraseWeight(
            field.Name, [.. words.Select(word => word.Term)], offsets, slop, boost, isScoring);
        return isScoring ? scope.Keep(weight) : weight;
    }

    private static Weight Any(List<Weight> ways, bool isScoring)
    {
        if (ways.Count == 0) return new NothingWeight();
        if (ways.Count == 1) return ways[0];
        return isScoring ? new DisMaxWeight(ways, 0) : new BooleanWeight([], ways, [], []);
    }
}

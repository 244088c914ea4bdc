using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>Plans words and phrases of one field. One search.</summary>
internal sealed class WordPlans(PlanScope scope, ValuePlans values)
{
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
        var words = scope.Analyze(field, match.Text)
            .ConvertAll(word => Word(field, word.Term, match.Rules, boost, isScoring));
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
        var words = scope.Analyze(field, phrase.Text);
        if (words.Count == 0) return new NothingWeight();
        if (words.Count == 1) return values.Value(field, words[0].Term, boost, isScoring);
        var terms = words.ConvertAll(word => word.Term);
        int[] offsets = [.. words.Select(word => word.Position - words[0].Position)];
        var weight = new PhraseWeight(field.Name, terms, offsets, phrase.Slop, boost, isScoring);
        return isScoring ? scope.Keep(weight) : weight;
    }
}

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
        if (field.Type != FieldType.Text) return values.Value(field, match.Text, boost, isScoring);
        var words = scope.Analyze(field, match.Text)
            .ConvertAll(word => values.Value(field, word.Term, boost, isScoring));
        if (words.Count == 0) return new NothingWeight();
        if (words.Count == 1) return words[0];
        return match.AllWords ? new BooleanWeight(words, [], [], []) : new BooleanWeight([], words, [], []);
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

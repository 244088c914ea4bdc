using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>Plans patterns that terms are held against. One search.</summary>
internal sealed class PatternPlans(PlanScope scope)
{
    /// <summary>Steps that preparing all patterns of a query may take: some 250 ms.</summary>
    public const long StepsMax = 8L * TermAutomaton.StepsMax;

    private long _steps;

    public Weight PlanPrefix(PrefixQuery prefix, double score)
    {
        if (scope.Field(prefix.Field, PlanScope.TermTypes) is not { } field || !scope.TextFits(prefix.Prefix))
            return new NothingWeight();
        var term = Encoding.UTF8.GetBytes(scope.Normalizer(field)(prefix.Prefix));
        return new TermRangeWeight(field.Name, field.Type, TermRange.Of(term), score);
    }

    public Weight PlanWildcard(WildcardQuery wildcard, double score)
    {
        if (scope.Field(wildcard.Field, PlanScope.TermTypes) is not { } field || !scope.TextFits(wildcard.Pattern))
            return new NothingWeight();
        if (wildcard.Edits is < 0 or > FuzzyQuery.EditsMax)
            return scope.Failed($"{wildcard.Edits} edits are not allowed; 0 to {FuzzyQuery.EditsMax} are");
        var parts = WildcardPattern.Normalized(WildcardPattern.Parts(wildcard.Pattern), scope.Normalizer(field));
        var automaton = WildcardPattern.Automaton(parts, wildcard.Edits, out var problem);
        return problem is null
            ? Pattern(field, automaton, score)
            : scope.Failed($"the wildcard pattern '{wildcard.Pattern}' {problem}");
    }

    public Weight PlanRegexp(RegexpQuery regexp, double score)
    {
        if (scope.Field(regexp.Field, PlanScope.TermTypes) is not { } field) return new NothingWeight();
        var automaton = RegexpPattern.Automaton(regexp.Pattern, out var problem);
        return automaton is not null
            ? Pattern(field, automaton, score)
            : scope.Failed($"the regular expression '{regexp.Pattern}' {problem}");
    }

    private Weight Pattern(FieldSchema field, TermAutomaton automaton, double score)
    {
        _steps += automaton.Steps;
        return _steps <= StepsMax
            ? new PatternWeight(field.Name, field.Type, automaton, score)
            : scope.Failed($"the query's patterns need more than {StepsMax} steps to prepare; make them simpler");
    }

    public Weight PlanFuzzy(FuzzyQuery fuzzy, double score)
    {
        if (scope.Field(fuzzy.Field, PlanScope.TermTypes) is not { } field) return new NothingWeight();
        if (fuzzy.Edits is < FuzzyQuery.AutoEdits or > FuzzyQuery.EditsMax)
            return scope.Failed($"{fuzzy.Edits} edits are not allowed; 0 to {FuzzyQuery.EditsMax} are");
        if (fuzzy.PrefixLength < 0)
            return scope.Failed($"a prefix length of {fuzzy.PrefixLength} is not allowed; it has to be 0 or more");
        Rune[] word = [.. scope.Normalizer(field)(fuzzy.Text).EnumerateRunes()];
        if (word.Length > EditDistance.WordCharactersMax)
        {
            return scope.Failed($"the fuzzy word has {word.Length} characters; at most " +
                $"{EditDistance.WordCharactersMax} are allowed");
        }

        if (!scope.MayMisspell(word.Length)) return new NothingWeight();
        var edits = EditDistance.Edits(fuzzy, word.Length);
        return new FuzzyWeight(field.Name, field.Type, word, edits, fuzzy.PrefixLength, score);
    }
}

using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// Plans what is joined of words: in several fields, unfinished, the best of several queries. One search.
/// </summary>
internal sealed class MatchPlans(PlanScope scope, WordPlans words)
{
    /// <summary>What a text in several fields means, on the fields of this schema; null after an error.</summary>
    public QueryNode? Meaning(MultiMatchQuery query)
    {
        if (query.Type == MultiMatchType.CrossFields)
        {
            return new CombinedFieldsQuery(query.Fields, query.Text, query.AllWords)
            {
                Rules = query.Rules, Boost = query.Boost,
            };
        }

        FieldType[] types = query.Type is MultiMatchType.Phrase or MultiMatchType.PhrasePrefix
            ? [FieldType.Text]
            : PlanScope.TermTypes;
        if (scope.Choose(query.Fields, PlanScope.AllTypes, types) is not { } fields) return null;
        QueryNode[] each = [.. fields.Select(choice => OnField(query, choice))];
        var isSum = query.Type is MultiMatchType.MostFields or MultiMatchType.BoolPrefix;
        QueryNode joined = isSum && query.TieBreaker is null
            ? new BooleanQuery([], each, [], [])
            : new DisMaxQuery(each, query.TieBreaker ?? 0);
        return joined with { Boost = query.Boost };
    }

    public Weight PlanDisMax(DisMaxQuery query, float boost, bool isScoring, Func<QueryNode, float, bool, Weight> plan)
    {
        if (!(query.TieBreaker >= 0 && query.TieBreaker <= 1))
            return scope.Failed($"a tie_breaker of {query.TieBreaker} is not allowed; 0 to 1 are");
        scope.Down();
        var all = query.Queries.Select(node => plan(node, boost, isScoring)).ToList();
        scope.Up();
        return Best(all, query.TieBreaker, isScoring);
    }

    public Weight PlanBoosting(
        BoostingQuery query, float boost, bool isScoring, Func<QueryNode, float, bool, Weight> plan)
    {
        if (!(query.NegativeBoost >= 0 && query.NegativeBoost <= 1))
            return scope.Failed($"a negative_boost of {query.NegativeBoost} is not allowed; 0 to 1 are");
        scope.Down();
        var positive = plan(query.Positive, boost, isScoring);
        // Planned in any case: it may be wrong.
        var negative = plan(query.Negative, 1, false);
        scope.Up();
        return isScoring ? new BoostingWeight(positive, negative, query.NegativeBoost) : positive;
    }

    public Weight PlanCombined(CombinedFieldsQuery query, float boost, bool isScoring)
    {
        if (query.Rules.Fuzziness is not null)
            return scope.Failed("fuzziness is not allowed where fields are combined; use best_fields or most_fields");
        if (!scope.TextFits(query.Text)) return new NothingWeight();
        if (scope.Choose(query.Fields, [FieldType.Text], [FieldType.Text]) is not { } fields)
            return new NothingWeight();
        // Fields whose analyzers make the same terms of the text are one; of others the best counts.
        var groups = new Dictionary<string, (List<string> Terms, List<FieldChoice> Fields)>(StringComparer.Ordinal);
        foreach (var choice in fields)
        {
            var terms = scope.Analyze(choice.Field, query.Text, query.Rules.Analyzer).ConvertAll(word => word.Term);
            if (scope.IsOver) return new NothingWeight();
            var key = string.Join('\0', terms);
            if (!groups.TryGetValue(key, out var group)) groups.Add(key, group = (terms, []));
            group.Fields.Add(choice);
        }

        var each = new List<Weight>(groups.Count);
        foreach (var (terms, group) in groups.Values)
        {
            var combined = new CombinedFields(
                [.. group.Select(choice => choice.Field.Name)], [.. group.Select(choice => choice.Boost)]);
            var all = terms.ConvertAll(term => Combined(combined, term, boost, isScoring));
            each.Add(words.Joined(all, query.AllWords, query.Rules, isScoring ? boost : 0));
        }

        return Best(each, 0, isScoring);
    }

    public Weight PlanPhrasePrefix(PhrasePrefixQuery query, float boost, bool isScoring)
    {
        if (scope.Field(query.Field, [FieldType.Text]) is not { } field || !scope.TextFits(query.Text)
            || !scope.MayExpand(query.MaxExpansions)) return new NothingWeight();
        if (query.Slop < 0) return scope.Failed($"a slop of {query.Slop} is not allowed; it has to be 0 or more");
        var analyzed = scope.Analyze(field, query.Text, query.Analyzer);
        if (analyzed.Count == 0 || scope.IsOver) return new NothingWeight();
        if (analyzed.Count == 1)
        {
            var ending = TermExpansion.Behind(Encoding.UTF8.GetBytes(analyzed[0].Term), query.MaxExpansions);
            return scope.Keep(new ExpandedWeight(field.Name, ending, boost, isScoring));
        }

        if (!field.Positions)
            return scope.Failed($"field '{field.Name}' is indexed without positions, which phrases need");
        int[] offsets = [.. analyzed.Select(word => word.Position - analyzed[0].Position)];
        return scope.Keep(new PhrasePrefixWeight(
            field.Name, analyzed.ConvertAll(word => word.Term), offsets, query.Slop, query.MaxExpansions, boost,
            isScoring));
    }

    public Weight PlanBoolPrefix(BoolPrefixQuery query, float boost, bool isScoring)
    {
        if (scope.Field(query.Field, [FieldType.Text]) is not { } field || !scope.TextFits(query.Text))
            return new NothingWeight();
        var analyzed = scope.Analyze(field, query.Text, query.Rules.Analyzer);
        if (scope.IsOver) return new NothingWeight();
        var all = new List<Weight>(analyzed.Count);
        foreach (var (term, _) in analyzed.SkipLast(1)) all.Add(words.Word(field, term, query.Rules, boost, isScoring));
        if (analyzed.Count > 0)
        {
            var beginning = TermRange.Of(Encoding.UTF8.GetBytes(analyzed[^1].Term));
            all.Add(new TermRangeWeight(field.Name, field.Type, beginning, isScoring ? boost : 0));
        }

        return words.Joined(all, query.AllWords, query.Rules, isScoring ? boost : 0);
    }

    private static Weight Best(List<Weight> all, float tie, bool isScoring)
    {
        if (all.Count == 0) return new NothingWeight();
        if (all.Count == 1) return all[0];
        return isScoring ? new DisMaxWeight(all, tie) : new BooleanWeight([], all, [], []);
    }

    private Weight Combined(CombinedFields fields, string term, float boost, bool isScoring)
    {
        if (isScoring) return scope.Keep(new CombinedTermWeight(fields, term, boost));
        var utf8 = Encoding.UTF8.GetBytes(term);
        var each = fields.Names.Select(Weight (name) => new ConstantTermWeight(name, FieldType.Text, utf8, 0));
        return new BooleanWeight([], [.. each], [], []);
    }

    private static QueryNode OnField(MultiMatchQuery query, FieldChoice choice)
    {
        var (field, isText) = (choice.Field.Name, choice.Field.Type == FieldType.Text);
        QueryNode node = query.Type switch
        {
            MultiMatchType.Phrase when isText => new PhraseQuery(field, query.Text, query.Slop)
            {
                Analyzer = query.Rules.Analyzer,
            },
            MultiMatchType.PhrasePrefix when isText =>
                new PhrasePrefixQuery(field, query.Text, query.Slop, query.Rules.MaxExpansions)
                {
                    Analyzer = query.Rules.Analyzer,
                },
            MultiMatchType.BoolPrefix when isText =>
                new BoolPrefixQuery(field, query.Text, query.AllWords) { Rules = query.Rules },
            MultiMatchType.PhrasePrefix or MultiMatchType.BoolPrefix when choice.Field.Type == FieldType.Keyword =>
                new PrefixQuery(field, query.Text),
            _ => new MatchQuery(field, query.Text, query.AllWords) { Rules = query.Rules },
        };
        return node with { Boost = choice.Boost };
    }
}

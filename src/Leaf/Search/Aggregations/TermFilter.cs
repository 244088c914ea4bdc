using System.Text;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Aggregations;

/// <summary>Which terms count. One search.</summary>
internal sealed class TermFilter
{
    private readonly Choice? _include;
    private readonly Choice? _exclude;

    private TermFilter(Choice? include, Choice? exclude)
    {
        _include = include;
        _exclude = exclude;
    }

    /// <summary>A filter of keywords; null where a pattern is none, or a list too long.</summary>
    public static TermFilter? Of(TermChoice? include, TermChoice? exclude, out string? problem)
    {
        var included = Read(include, out problem);
        var excluded = problem is null ? Read(exclude, out problem) : null;
        return problem is null ? new TermFilter(included, excluded) : null;
    }

    /// <summary>Whether every term counts.</summary>
    public bool CountsAll => _include is null && _exclude is null;

    /// <summary>Whether a term counts.</summary>
    public bool Counts(ReadOnlySpan<byte> term) =>
        (_include is null || _include.Has(term)) && (_exclude is null || !_exclude.Has(term));

    private static Choice? Read(TermChoice? choice, out string? problem)
    {
        problem = null;
        if (choice is null) return null;
        if (choice.Values.Count > AggregationLimits.ListedTermsMax)
        {
            problem = $"{choice.Values.Count} terms are listed; at most {AggregationLimits.ListedTermsMax} are allowed";
            return null;
        }

        if (choice.Pattern is not { } pattern) return new Choice(null, choice.Values);
        var automaton = RegexpPattern.Automaton(pattern, out problem);
        if (problem is not null) problem = $"the regular expression '{pattern}' {problem}";
        return automaton is null ? null : new Choice(automaton, []);
    }

    private sealed class Choice(TermAutomaton? automaton, IReadOnlyList<string> values)
    {
        private readonly HashSet<string> _values = new(values, StringComparer.Ordinal);

        public bool Has(ReadOnlySpan<byte> term) =>
            automaton?.Matches(term) ?? _values.Contains(Encoding.UTF8.GetString(term));
    }
}

using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// What the marking of one search shares: its time, the words that were chosen for it, and its patterns, each prepared
/// once however many fields it is for. One search, one thread.
/// </summary>
/// <param name="budget">What marking spends.</param>
/// <param name="likeness">The planned form of a query whose words are chosen when it is bound; null for none.</param>
internal sealed class HighlightScope(SearchBudget budget, Func<MoreLikeThisQuery, MoreLikeThisWeight?>? likeness = null)
{
    private readonly Dictionary<(string Text, int Edits, int Prefix), TermAutomaton?> _patterns = [];
    private long _steps;

    /// <summary>What marking spends.</summary>
    public SearchBudget Budget => budget;

    /// <summary>Why not all can be marked, and what is allowed; null when it can.</summary>
    public string? Problem { get; private set; }

    /// <summary>A scope for work nobody waits for.</summary>
    public static HighlightScope Unlimited() => new(SearchBudget.Unlimited());

    /// <summary>The words of a query that are chosen when it is bound.</summary>
    public MoreLikeThisWeight? WordsOf(MoreLikeThisQuery query) => likeness?.Invoke(query);

    /// <summary>The pattern of a query on its field; null for others, and for those that planning refuses.</summary>
    /// <param name="query">The query.</param>
    /// <param name="normalize">How a piece of text is written in the field's terms.</param>
    public TermAutomaton? PatternOf(QueryNode query, Func<string, string> normalize)
    {
        switch (query)
        {
            case WildcardQuery wildcard:
                var parts = WildcardPattern.Normalized(WildcardPattern.Parts(wildcard.Pattern), normalize);
                return Kept((Written(parts), wildcard.Edits, -1), () =>
                {
                    var automaton = WildcardPattern.Automaton(parts, wildcard.Edits, out var problem);
                    return problem is null ? automaton : null;
                });
            case RegexpQuery regexp:
                return Kept((regexp.Pattern, -1, -1), () => RegexpPattern.Automaton(regexp.Pattern, out _));
            case FuzzyQuery fuzzy:
                var word = normalize(fuzzy.Text);
                var characters = word.EnumerateRunes().Count();
                return Near(word, EditDistance.Edits(fuzzy, characters), fuzzy.PrefixLength);
            default:
                return null;
        }
    }

    /// <summary>Words at most so many edits from one; null where it is too long to be misspelt.</summary>
    public TermAutomaton? Near(string word, int edits, int prefixLength)
    {
        Rune[] characters = [.. word.EnumerateRunes()];
        return characters.Length > EditDistance.WordCharactersMax
            ? null
            : Kept((word, edits, prefixLength), () => EditDistance.Automaton(characters, edits, prefixLength));
    }

    private TermAutomaton? Kept((string Text, int Edits, int Prefix) key, Func<TermAutomaton?> make)
    {
        if (_patterns.TryGetValue(key, out var automaton) || Problem is not null) return automaton;
        automaton = make();

        // What is completed as it is walked has taken few steps so far, but is no less work to begin.
        _steps += (automaton?.Steps ?? TermAutomaton.StepsMax) + key.Text.Length;
        if (_steps > PatternPlans.StepsMax)
        {
            Problem = $"the patterns to mark by need more than {PatternPlans.StepsMax} steps to prepare; make them "
                + "simpler, or highlight fewer fields";
            automaton = null;
        }

        _patterns.Add(key, automaton);
        return automaton;
    }

    /// <summary>Parts of a pattern as one text, different for different ones.</summary>
    private static string Written(List<WildcardPart> parts)
    {
        var text = new StringBuilder();
        foreach (var part in parts)
        {
            text.Append((char)('0' + (int)part.Kind));
            if (part.Kind == WildcardKind.Character) text.Append(part.Character);
        }

        return text.ToString();
    }
}

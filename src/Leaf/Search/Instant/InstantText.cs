using Hedgerow.Leaf.Search.Analysis;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Instant;

/// <summary>A word of the text, as it is sought in each field; null where the field's analyzer leaves it out.</summary>
internal sealed record InstantWord(int Start, FieldWord?[] Fields);

/// <summary>
/// What was typed, cut into words by the analyzer of each field; words that begin at the same place are one. The last
/// is a prefix if the text ends with it.
/// </summary>
internal static class InstantText
{
    private const int OneTypoLength = 5;
    private const int TwoTyposLength = 9;

    /// <summary>The words, at most <see cref="InstantRequest.WordsMax"/>.</summary>
    /// <param name="request">What was typed.</param>
    /// <param name="schema">The fields.</param>
    /// <param name="fields">Numbers of those that are searched.</param>
    public static InstantWord[] Read(InstantRequest request, CollectionFields schema, IReadOnlyList<int> fields)
    {
        var words = new SortedDictionary<int, InstantWord>();
        for (var f = 0; f < fields.Count; f++)
        {
            var analyzer = schema.QueryAnalyzer(fields[f]);
            var tokens = new Tokens();
            analyzer.Analyze(request.Text, tokens);
            foreach (var (term, start, end) in tokens.All)
            {
                if (!words.TryGetValue(start, out var word))
                    words.Add(start, word = new InstantWord(start, new FieldWord?[fields.Count]));
                word.Fields[f] ??= Word(request, analyzer, term, start, end);
            }
        }

        return [.. words.Values.Take(InstantRequest.WordsMax)];
    }

    private static FieldWord Word(InstantRequest request, IAnalyzer analyzer, string term, int start, int end)
    {
        var whole = analyzer.Normalize(request.Text[start..end]);
        var length = whole.EnumerateRunes().Count();
        var typos = !request.Typos ? 0 : length >= TwoTyposLength ? 2 : length >= OneTypoLength ? 1 : 0;
        var word = new FieldWord(term, end == request.Text.Length && whole.Length > 0 ? whole : null, typos);

        // Typos are counted from the term, which may be longer than what was typed.
        return word.Near.EnumerateRunes().Count() > EditDistance.WordCharactersMax ? word with { Edits = 0 } : word;
    }

    /// <summary>One more than needed are kept, so that the last one that counts is known not to be the last.</summary>
    private sealed class Tokens : ITokenSink
    {
        public List<(string Term, int Start, int End)> All { get; } = [];

        public void Add(ReadOnlySpan<char> term, int position, int start, int end)
        {
            if (All.Count <= InstantRequest.WordsMax) All.Add((term.ToString(), start, end));
        }
    }
}

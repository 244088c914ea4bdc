using System.Text;
using Hedgerow.Leaf.Search.Analysis;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Search.Instant;

/// <summary>
/// What instant searches and completions should answer, by reading every document and comparing every word, from the
/// rules as the documentation has them.
/// </summary>
internal static class InstantModel
{
    private const int Never = 1_000;

    private static readonly IAnalyzer Analyzer =
        Analyzers.Get(new FieldSchema { Name = "any", Type = FieldType.Text });

    public static List<(string Path, InstantRanking Ranking)> Search(
        IEnumerable<InstantDocument> documents, InstantRequest request)
    {
        var words = Terms(request.Text).Take(InstantRequest.WordsMax).ToArray();
        var isOpen = words.Length > 0 && Terms(request.Text).Count == words.Length
            && !char.IsWhiteSpace(request.Text[^1]);
        var found = new List<(string Path, InstantRanking Ranking)>();
        foreach (var document in documents.Where(document => Passes(document, request.Filter)))
        {
            var ranking = Rank(document, request, words, isOpen);
            if (words.Length == 0 || ranking.Words == words.Length || (ranking.Words > 0 && !request.AllWords))
                found.Add((document.Path, ranking));
        }

        return
        [
            .. found.OrderByDescending(hit => hit.Ranking.Words).ThenBy(hit => hit.Ranking.Typos)
                .ThenBy(hit => hit.Ranking.Proximity).ThenBy(hit => hit.Ranking.Attribute)
                .ThenByDescending(hit => hit.Ranking.Exactness).ThenBy(hit => hit.Ranking.Rank.IsMissing)
                .ThenBy(hit => (hit.Ranking.Rank.Whole ?? 0) * (request.RankDescending ? -1 : 1))
                .ThenBy(hit => hit.Path, StringComparer.Ordinal),
        ];
    }

    /// <summary>Documents that match the first word, the first two, and so on.</summary>
    public static long[] Counts(IEnumerable<InstantDocument> documents, InstantRequest request)
    {
        var hits = Search(documents, request with { AllWords = false });
        var words = Math.Min(InstantRequest.WordsMax, Terms(request.Text).Count);
        return words == 0
            ? [hits.Count]
            : [.. Enumerable.Range(1, words).Select(level => (long)hits.Count(hit => hit.Ranking.Words >= level))];
    }

    public static List<CompletionOption> Complete(IEnumerable<InstantDocument> documents, CompletionQuery query)
    {
        var prefix = Key(query.Prefix, isPrefix: true);
        var length = prefix.EnumerateRunes().Count();
        var most = length < query.LengthMin ? 0
            : query.Edits >= 0 ? query.Edits
            : length <= 2 ? 0 : length <= 5 ? 1 : 2;
        var options =
            from document in documents
            where Passes(document, query.Filter)
            from row in document.Completions
            group row.Weight by (document.Path, row.Text) into weights
            let key = Key(weights.Key.Text, isPrefix: false)
            let edits = Distance(prefix, key, true, 1, query.PrefixLength)
            where edits <= most
            orderby edits, weights.Max() descending
            select new CompletionOption(weights.Key.Text, weights.Max(), edits, weights.Key.Path, key);
        var ordered = options.OrderBy(option => option.Edits).ThenByDescending(option => option.Weight)
            .ThenBy(option => option.Key, Utf8Order).ThenBy(option => option.Text, Utf8Order)
            .ThenBy(option => option.Path, StringComparer.Ordinal);
        var kept = query.SkipDuplicates ? ordered.DistinctBy(option => option.Text) : ordered;
        return [.. kept.Take(query.Size)];
    }

    /// <summary>
    /// Fewest edits that make the word of the term, or of any beginning of it: optimal string alignment, by a table,
    /// an edit of the first letter counting as told.
    /// </summary>
    public static int Distance(string word, string term, bool isPrefix, int first, int prefixLength)
    {
        Rune[] a = [.. word.EnumerateRunes()];
        Rune[] b = [.. term.EnumerateRunes()];
        var table = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                if (i + j == 0) continue;
                var best = Never;
                if (i > 0) best = Math.Min(best, table[i - 1, j] + Cost(i - 1));
                if (j > 0) best = Math.Min(best, table[i, j - 1] + Cost(i));
                if (i > 0 && j > 0)
                    best = Math.Min(best, table[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : Cost(i - 1)));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    best = Math.Min(best, table[i - 2, j - 2] + Cost(i - 2));
                table[i, j] = best;
            }
        }

        return isPrefix ? Enumerable.Range(0, b.Length + 1).Min(j => table[a.Length, j]) : table[a.Length, b.Length];

        int Cost(int place) => place < prefixLength ? Never : place == 0 ? first : 1;
    }

    public static List<string> Terms(string text) => [.. Tokens(text).Select(token => token.Term)];

    public static bool Passes(InstantDocument document, QueryNode? filter) =>
        filter is not TermQuery term || document.Tag == term.Value;

    private static Comparer<string> Utf8Order { get; } = Comparer<string>.Create(
        (x, y) => Encoding.UTF8.GetBytes(x).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(y)));

    private static string Key(string text, bool isPrefix)
    {
        var plain = string.Concat(
            Analyzer.Normalize(text).Select(c => char.IsWhiteSpace(c) || char.IsControl(c) ? ' ' : c));
        var words = plain.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var key = string.Join(' ', words);
        return isPrefix && words.Length > 0 && plain.EndsWith(' ') ? key + " " : key;
    }

    private static InstantRanking Rank(InstantDocument document, InstantRequest request, string[] words, bool isOpen)
    {
        var fields = new[] { Tokens(document.Title), Tokens(document.Text) };
        int matched = 0, typos = 0, attribute = 0, exact = 0;
        for (; matched < words.Length; matched++)
        {
            var (word, prefix) = (words[matched], isOpen && matched == words.Length - 1);
            var best = fields.Select(tokens => tokens.Select(token => Typos(word, token.Term, prefix, request.Typos))
                .Append(Never).Min()).ToArray();
            if (best.Min() == Never) break;
            typos += best.Min();
            attribute += Array.IndexOf(best, best.Min());
            if (fields.Any(tokens => tokens.Any(token => token.Term == word))) exact++;
        }

        var proximity = Enumerable.Range(0, Math.Max(0, matched - 1)).Sum(i => fields.Min(
            tokens => Nearest(tokens, Is(words[i], false), Is(words[i + 1], isOpen && i + 2 == words.Length))));
        var rank = document.Rank is { } value && request.RankField is not null ? SortValue.Of(value) : default;
        return new InstantRanking(matched, typos, proximity, attribute, exact, rank);

        Func<string, bool> Is(string word, bool prefix) =>
            term => Typos(word, term, prefix, request.Typos) <= (typos > 0 ? 2 : 0);
    }

    private static int Nearest(
        List<(string Term, int Position)> tokens, Func<string, bool> one, Func<string, bool> next)
    {
        var best = InstantRanking.ProximityMax;
        foreach (var (first, from) in tokens)
        {
            if (!one(first)) continue;
            foreach (var (second, to) in tokens)
                if (from != to && next(second)) best = Math.Min(best, to > from ? to - from : from - to + 1);
        }

        return best;
    }

    private static int Typos(string word, string term, bool isPrefix, bool mayErr)
    {
        if (term == word || (isPrefix && term.StartsWith(word, StringComparison.Ordinal))) return 0;
        var length = word.EnumerateRunes().Count();
        var most = !mayErr || length < 5 ? 0 : length < 9 ? 1 : 2;
        var typos = most == 0 ? Never : Distance(word, term, isPrefix, 2, 0);
        return typos <= most ? typos : Never;
    }

    private static List<(string Term, int Position)> Tokens(string text)
    {
        var sink = new Sink();
        Analyzer.Analyze(text, sink);
        return sink.Tokens;
    }

    private sealed class Sink : ITokenSink
    {
        public List<(string Term, int Position)> Tokens { get; } = [];

        public void Add(ReadOnlySpan<char> term, int position, int start, int end) =>
            Tokens.Add((term.ToString(), position));
    }
}

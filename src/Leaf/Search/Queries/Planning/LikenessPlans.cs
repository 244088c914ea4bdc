using System.Runtime.InteropServices;
using System.Text;
using Hedgerow.Leaf.Search.Analysis;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>Plans what is found by being like something. One search.</summary>
internal sealed class LikenessPlans(PlanScope scope)
{
    private readonly Dictionary<MoreLikeThisQuery, MoreLikeThisWeight> _planned =
        new(ReferenceEqualityComparer.Instance);

    /// <summary>What a query of the tree was planned as; null where it was not.</summary>
    public MoreLikeThisWeight? WeightOf(MoreLikeThisQuery query) => _planned.GetValueOrDefault(query);

    /// <summary>Plans it; the words of the examples are gathered here.</summary>
    public Weight PlanMoreLikeThis(MoreLikeThisQuery query, float boost, bool isScoring)
    {
        if (Problem(query) is { } problem) return scope.Failed(problem);
        if (scope.Choose(query.Fields, [FieldType.Text], [FieldType.Text]) is not { } fields)
            return new NothingWeight();
        var like = new Words();
        var unlike = new Words();
        foreach (var (field, _) in fields)
        {
            foreach (var text in query.Like.Texts) Read(field, text, like);
            foreach (var text in query.Unlike.Texts) Read(field, text, unlike);
        }

        var names = fields.Select(choice => choice.Field.Name).ToHashSet(StringComparer.Ordinal);
        if (!TryRead(query.Like.Documents, names, like) || !TryRead(query.Unlike.Documents, names, unlike))
            return new NothingWeight();
        var candidates = like.Where(word => !unlike.Has(word) && Fits(query, word))
            .OrderByDescending(word => word.Frequency)
            .ThenBy(word => word.Field, StringComparer.Ordinal).ThenBy(word => word.Term, StringComparer.Ordinal)
            .Take(MoreLikeThisQuery.CandidatesMax).ToList();
        Weight[] excluded = query.Include || query.Like.Paths.Count == 0
            ? []
            : [new PathsWeight([.. query.Like.Paths.Select(Encoding.UTF8.GetBytes)], 0)];
        return _planned[query] = scope.Keep(
            new MoreLikeThisWeight(query, candidates, excluded, boost, isScoring));
    }

    private static string? Problem(MoreLikeThisQuery query)
    {
        if (query.Like.Count == 0 && query.Like.Paths.Count == 0)
            return "more_like_this has nothing to be like: give a text, a document or a path";
        if (query.Like.Count + query.Unlike.Count > MoreLikeThisQuery.ExamplesMax)
        {
            return $"more_like_this has {query.Like.Count + query.Unlike.Count} examples; at most "
                + $"{MoreLikeThisQuery.ExamplesMax} are allowed";
        }

        if (IsUnread(query.Like) || IsUnread(query.Unlike))
            return "more_like_this names paths, which a router has to read: this leaf has its own shards' only";
        if (query.MaxQueryTerms is < 1 or > MoreLikeThisQuery.QueryTermsMax)
        {
            return $"max_query_terms of {query.MaxQueryTerms} is not allowed; 1 to {MoreLikeThisQuery.QueryTermsMax} "
                + "are";
        }

        if (!(query.BoostTerms >= 0) || !float.IsFinite(query.BoostTerms))
            return $"boost_terms of {query.BoostTerms} is not allowed; it has to be 0 or more";
        return ClauseMinimum.TryCount(query.MinimumShouldMatch, 1, out _)
            ? null
            : WordPlans.NotUnderstood(query.MinimumShouldMatch);
    }

    private static bool IsUnread(MoreLikeThisExamples examples) => examples.Paths.Count > 0 && !examples.AreRead;

    private static bool Fits(MoreLikeThisQuery query, TellingTerm word)
    {
        if (word.Frequency < query.MinTermFrequency) return false;
        var characters = word.Term.EnumerateRunes().Count();
        return characters >= query.MinWordLength && (query.MaxWordLength == 0 || characters <= query.MaxWordLength);
    }

    private void Read(FieldSchema field, ReadOnlySpan<char> text, Words words)
    {
        words.Field = field.Name;
        scope.Fields.Analyzer(scope.Fields.Find(field.Name)).Analyze(text, words);
    }

    /// <summary>Reads documents as they are read to be indexed; an empty one is one that does not exist.</summary>
    private bool TryRead(IReadOnlyList<string> documents, HashSet<string> names, Words words)
    {
        var parsed = new ParsedDocument();
        foreach (var json in documents)
        {
            if (json.Length == 0) continue;
            if (parsed.Read(Encoding.UTF8.GetBytes(json), scope.Fields, out var error) != StatusCode.Ok)
            {
                scope.Failed("more_like_this has a document that could not be stored here: " + error);
                return false;
            }

            foreach (var value in parsed.Values)
            {
                // Fields that a dynamic collection does not have yet tell nothing.
                if (value.Field >= scope.Fields.Fields.Length) continue;
                var field = scope.Fields.Fields[value.Field];
                if (field.Type == FieldType.Text && names.Contains(field.Name)) Read(field, parsed.Text(value), words);
            }
        }

        return true;
    }

    /// <summary>Words and how often they stand in what was read.</summary>
    private sealed class Words : ITokenSink, IEnumerable<TellingTerm>
    {
        private readonly Dictionary<(string Field, string Term), int> _counts = [];

        public string Field { get; set; } = "";

        public void Add(ReadOnlySpan<char> term, int position, int start, int end) =>
            CollectionsMarshal.GetValueRefOrAddDefault(_counts, (Field, term.ToString()), out _)++;

        public bool Has(TellingTerm word) => _counts.ContainsKey((word.Field, word.Term));

        public IEnumerator<TellingTerm> GetEnumerator() =>
            _counts.Select(row => new TellingTerm(row.Key.Field, row.Key.Term, row.Value)).GetEnumerator();

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }
}

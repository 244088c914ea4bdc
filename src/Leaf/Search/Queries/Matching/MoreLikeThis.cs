using System.Text;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// Documents that have the most telling words of some examples. The examples are the same on every shard, so the words
/// to choose from are; which of them are telling is decided by the sums over all shards, so every shard chooses the
/// same. One search.
/// </summary>
internal sealed class MoreLikeThisWeight : Weight, IBoundWeight
{
    private readonly MoreLikeThisQuery _query;
    private readonly IReadOnlyList<TellingTerm> _candidates;
    private readonly Weight[] _excluded;
    private readonly float _boost;
    private readonly bool _isScoring;
    private Weight _chosen = new NothingWeight();

    /// <param name="query">Its bounds.</param>
    /// <param name="candidates">At most <see cref="MoreLikeThisQuery.CandidatesMax"/>.</param>
    /// <param name="excluded">What is not to be found.</param>
    /// <param name="boost">Product of boosts.</param>
    /// <param name="isScoring">Whether it scores.</param>
    public MoreLikeThisWeight(
        MoreLikeThisQuery query, IReadOnlyList<TellingTerm> candidates, Weight[] excluded, float boost, bool isScoring)
    {
        _query = query;
        _candidates = candidates;
        _excluded = excluded;
        _boost = boost;
        _isScoring = isScoring;
    }

    /// <summary>The words that were chosen; none before it is bound.</summary>
    public IReadOnlyList<TellingTerm> Chosen { get; private set; } = [];

    /// <inheritdoc/>
    public void Count(StatisticsRows rows)
    {
        foreach (var (field, term, _) in _candidates)
        {
            rows.Add(field);
            rows.Add(field, term);
        }
    }

    /// <inheritdoc/>
    public void Bind(QueryStatistics statistics)
    {
        var scored = new List<(TellingTerm Term, double Score)>();
        foreach (var candidate in _candidates)
        {
            var documents = statistics.Documents(candidate.Field, candidate.Term);
            if (documents < Math.Max(1, _query.MinDocumentFrequency)) continue;
            if (documents > (_query.MaxDocumentFrequency ?? long.MaxValue)) continue;
            // How rare it is, as Lucene's more-like-this has it.
            var all = Math.Max(documents, statistics.Field(candidate.Field).Documents);
            var rare = 1 + Math.Log((all + 1.0) / (documents + 1.0));
            scored.Add((candidate, candidate.Frequency * rare));
        }

        scored.Sort((one, other) => other.Score.CompareTo(one.Score) is var order && order != 0
            ? order
            : TellingTerm.Compare(one.Term, other.Term));
        scored = [.. scored.Take(_query.MaxQueryTerms)];
        Chosen = scored.ConvertAll(row => row.Term);
        if (scored.Count == 0) return;
        var best = scored[0].Score;
        var words = scored.ConvertAll(row => Word(row.Term, row.Score / best, statistics));
        ClauseMinimum.TryCount(_query.MinimumShouldMatch, words.Count, out var minimum);
        _chosen = BooleanWeight.Of(words, Math.Clamp(minimum, 1, words.Count), _excluded);
    }

    /// <inheritdoc/>
    public override Scorer? Open(SegmentView view, SearchBudget budget) => _chosen.Open(view, budget);

    /// <inheritdoc/>
    public override ClauseSet? OpenClauses(SegmentView view, SearchBudget budget) => _chosen.OpenClauses(view, budget);

    /// <inheritdoc/>
    public override Explanation? Explain(SegmentView view, int document, SearchBudget budget) =>
        _chosen.Explain(view, document, budget);

    private Weight Word(TellingTerm word, double share, QueryStatistics statistics)
    {
        if (!_isScoring)
            return new ConstantTermWeight(word.Field, FieldType.Text, Encoding.UTF8.GetBytes(word.Term), 0);
        var factor = _query.BoostTerms > 0 ? _query.BoostTerms * (float)share : 1;
        var weight = new TermWeight(word.Field, word.Term, _boost * factor);
        weight.Bind(statistics);
        return weight;
    }
}

/// <summary>A word of the examples.</summary>
/// <param name="Field">The field it is one of.</param>
/// <param name="Term">The term.</param>
/// <param name="Frequency">How often it stands there.</param>
internal readonly record struct TellingTerm(string Field, string Term, int Frequency)
{
    /// <summary>By field and term: an order that no shard has a say in.</summary>
    public static int Compare(TellingTerm one, TellingTerm other)
    {
        var order = string.CompareOrdinal(one.Field, other.Field);
        return order != 0 ? order : string.CompareOrdinal(one.Term, other.Term);
    }
}

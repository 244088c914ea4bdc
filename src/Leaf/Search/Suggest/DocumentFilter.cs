using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Suggest;

/// <summary>
/// Which documents a request wants besides its text: those that a query matches, or all. One bit a document. One
/// request; one thread.
/// </summary>
internal sealed class DocumentFilter
{
    private readonly Weight? _weight;

    private DocumentFilter(Weight? weight) => _weight = weight;

    /// <summary>Plans a filter.</summary>
    /// <param name="query">Null lets all documents pass.</param>
    /// <param name="fields">The schema.</param>
    /// <param name="nowMs">What <c>now</c> means, in Unix milliseconds.</param>
    /// <param name="problem">What is wrong with the query; null when nothing is.</param>
    public static DocumentFilter Of(QueryNode? query, CollectionFields fields, long nowMs, out string? problem)
    {
        problem = null;
        if (query is null) return new DocumentFilter(null);
        var planner = new QueryPlanner(fields) { NowMs = nowMs };
        var weight = planner.Parse(query) is { } parsed ? planner.Plan(parsed, 1, isScoring: false) : null;
        problem = planner.Error;

        // What is asked with every letter goes to the shards at once, without a round for what they have together.
        if (problem is null && planner.Bound.Count + planner.Vectors.Count > 0)
        {
            problem = "the filter has a part whose matches depend on the whole collection, such as a misspelt or "
                + "unfinished word, more_like_this, a min_score or knn, which is not allowed here; a search takes it";
        }

        return new DocumentFilter(weight ?? new NothingWeight());
    }

    /// <summary>The documents of a segment that pass, deleted ones left out; null when all do.</summary>
    public ulong[]? Open(SegmentView view, SearchBudget budget)
    {
        if (_weight is null && view.Dead is null) return null;
        var words = new ulong[BitWords.For(view.Segment.DocumentCount)];
        if (_weight is null) Fill(words, view.Segment.DocumentCount);
        else _weight.Open(view, budget)?.Mark(words, 0, 0, Scorer.End);
        if (view.Dead is { } dead) BitWords.AndNot(words, dead);
        return words;
    }

    /// <summary>Sets the bits of the first documents.</summary>
    public static void Fill(Span<ulong> words, int documents)
    {
        words.Fill(ulong.MaxValue);
        if ((documents & 63) != 0) words[documents >> 6] = (1UL << documents) - 1;
    }
}

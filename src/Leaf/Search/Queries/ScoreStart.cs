using System.Text;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// Where a page begins in the order of scores: behind a score, and of equal ones behind a path. What stands before it
/// is left out before it is collected, so that pruning works as on the first page. One search.
/// </summary>
internal sealed class ScoreStart
{
    private readonly float _score;
    private readonly byte[]? _path;
    private int _tieEnd;

    private ScoreStart(float score, byte[]? path)
    {
        _score = score;
        _path = path;
    }

    /// <summary>The start that a request names; null where it begins with the best, or the problem says why.</summary>
    public static ScoreStart? Of(SearchAfter? after, out string? problem)
    {
        problem = null;
        if (after is null) return null;
        var score = after.Values.Count == 1 ? after.Values[0].Number ?? after.Values[0].Whole : null;
        if (score is { } number)
            return new ScoreStart((float)number, after.Path is null ? null : Encoding.UTF8.GetBytes(after.Path));
        problem = "search_after has to be the last hit's score, and perhaps its path, where hits are ordered by score";
        return null;
    }

    /// <summary>Goes to a segment.</summary>
    public void Enter(SegmentView view) =>
        _tieEnd = _path is null ? int.MaxValue : PageStart.BehindPath(view.Segment.Paths, _path);

    /// <summary>Leaves those behind the start.</summary>
    public void Filter(Candidates candidates)
    {
        var (documents, scores) = (candidates.Documents, candidates.Scores);
        var kept = 0;
        for (var i = 0; i < candidates.Count; i++)
        {
            var score = Scorer.Told(scores[i]);
            if (score > _score || (score == _score && documents[i] < _tieEnd)) continue;
            documents[kept] = documents[i];
            scores[kept++] = scores[i];
        }

        candidates.Count = kept;
    }
}

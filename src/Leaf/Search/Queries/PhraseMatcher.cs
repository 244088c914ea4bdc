using Hedgerow.Leaf.Search.Indexing;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// How often a phrase occurs in the document that all its cursors stand on. One thread.
/// </summary>
/// <remarks>
/// Each word's positions less its place in the phrase line up where the words stand as asked. Without slop the
/// occurrences are the values that all words have. With slop an occurrence is a choice of one position per word, no
/// position twice, whose lined-up values span at most the slop; those whose span holds no smaller one count, each with
/// 1 / (1 + span), as Lucene weighs a sloppy match.
/// </remarks>
internal sealed class PhraseMatcher
{
    private readonly PostingsCursor[] _terms;
    private readonly int[] _offsets;
    private readonly int[] _sameBefore;
    private readonly int _slop;
    private readonly int[][] _positions;
    private readonly int[] _counts;
    private readonly int[] _at;
    private readonly int[] _chosen;

    /// <param name="cursors">In the order of the phrase.</param>
    /// <param name="terms">Their terms.</param>
    /// <param name="offsets">Places of the words in the phrase.</param>
    /// <param name="slop">Widest span.</param>
    public PhraseMatcher(PostingsCursor[] cursors, byte[][] terms, int[] offsets, int slop)
    {
        _terms = cursors;
        _offsets = offsets;
        _slop = slop;
        _positions = new int[cursors.Length][];
        _counts = new int[cursors.Length];
        _at = new int[cursors.Length];
        _chosen = new int[cursors.Length];
        _sameBefore = new int[cursors.Length];
        for (var i = 0; i < cursors.Length; i++)
        {
            _positions[i] = [];
            _sameBefore[i] = i - 1;
            while (_sameBefore[i] >= 0 && !terms[_sameBefore[i]].AsSpan().SequenceEqual(terms[i])) _sameBefore[i]--;
        }
    }

    /// <summary>Occurrences; 0 is no match.</summary>
    public float Frequency()
    {
        for (var i = 0; i < _terms.Length; i++)
        {
            var positions = _terms[i].Positions();
            if (_positions[i].Length < positions.Length) _positions[i] = new int[positions.Length * 2];
            positions.CopyTo(_positions[i]);
            _counts[i] = positions.Length;
            _at[i] = 0;
        }

        return _slop == 0 ? Exact() : Sloppy();
    }

    private int Exact()
    {
        var count = 0;
        for (var first = 0; first < _counts[0]; first++)
        {
            var line = _positions[0][first] - _offsets[0];
            var all = true;
            for (var i = 1; i < _terms.Length && all; i++)
            {
                if (!Reach(i, line + _offsets[i])) return count;
                all = _positions[i][_at[i]] == line + _offsets[i];
            }

            if (all) count++;
        }

        return count;
    }

    private float Sloppy()
    {
        float frequency = 0;
        var line = int.MinValue;
        var lastEnd = int.MinValue;
        var narrowest = 0;
        while (NextLine(line, out line) && TryPlace(line, out var end))
        {
            // Ends do not fall as lines rise, and a later line is narrower for the same end.
            if (end != lastEnd) frequency += Weigh(lastEnd, narrowest);
            lastEnd = end;
            narrowest = end - line;
        }

        return frequency + Weigh(lastEnd, narrowest);
    }

    private float Weigh(int end, int span) => end == int.MinValue || span > _slop ? 0 : 1f / (1 + span);

    /// <summary>The lowest lined-up position of any word above the last.</summary>
    private bool NextLine(int above, out int line)
    {
        line = int.MaxValue;
        for (var i = 0; i < _terms.Length; i++)
        {
            for (var at = _at[i]; at < _counts[i]; at++)
            {
                var candidate = _positions[i][at] - _offsets[i];
                if (candidate <= above) continue;
                line = Math.Min(line, candidate);
                break;
            }
        }

        return line != int.MaxValue;
    }

    /// <summary>
    /// Chooses for each word its first position at or behind the line, behind that of the same word before: with equal
    /// windows, taking the first that is free is optimal.
    /// </summary>
    private bool TryPlace(int line, out int end)
    {
        end = int.MinValue;
        for (var i = 0; i < _terms.Length; i++)
        {
            if (!Reach(i, line + _offsets[i])) return false;
            var at = _at[i];
            var same = _sameBefore[i];
            if (same >= 0)
            {
                var taken = _positions[same][_chosen[same]];
                while (at < _counts[i] && _positions[i][at] <= taken) at++;
                if (at == _counts[i]) return false;
            }

            _chosen[i] = at;
            end = Math.Max(end, _positions[i][at] - _offsets[i]);
        }

        return true;
    }

    private bool Reach(int word, int position)
    {
        ref var at = ref _at[word];
        while (at < _counts[word] && _positions[word][at] < position) at++;
        return at < _counts[word];
    }
}

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>A word of a phrase, on the document that all its words stand on.</summary>
internal interface IPhraseWord
{
    /// <summary>Documents that have it.</summary>
    int DocumentCount { get; }

    /// <summary>Its positions, rising; valid until the next call.</summary>
    ReadOnlySpan<int> Positions();
}

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
    private readonly IPhraseWord[] _terms;
    private readonly int[] _byCost;
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
    public PhraseMatcher(IPhraseWord[] cursors, byte[][] terms, int[] offsets, int slop)
    {
        _terms = cursors;
        _byCost = [.. Enumerable.Range(0, cursors.Length).OrderBy(i => cursors[i].DocumentCount)];
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
    public float Frequency() => _slop == 0 ? Exact() : Sloppy();

    /// <summary>
    /// Word by word from the rarest on, keeping the lines that all so far have: the positions of a frequent word are
    /// only read where rarer ones have left something.
    /// </summary>
    private int Exact()
    {
        var first = _byCost[0];
        Read(first);
        var lines = _positions[first];
        var count = _counts[first];
        for (var i = 0; i < count; i++) lines[i] -= _offsets[first];
        for (var w = 1; w < _byCost.Length && count > 0; w++)
        {
            var offset = _offsets[_byCost[w]];
            var positions = _terms[_byCost[w]].Positions();
            int kept = 0, at = 0;
            for (var i = 0; i < count && at < positions.Length; i++)
            {
                var wanted = lines[i] + offset;
                while (at < positions.Length && positions[at] < wanted) at++;
                if (at < positions.Length && positions[at] == wanted) lines[kept++] = lines[i];
            }

            count = kept;
        }

        return count;
    }

    private void Read(int word)
    {
        var positions = _terms[word].Positions();
        if (_positions[word].Length < positions.Length) _positions[word] = new int[positions.Length * 2];
        positions.CopyTo(_positions[word]);
        _counts[word] = positions.Length;
        _at[word] = 0;
    }

    private float Sloppy()
    {
        for (var i = 0; i < _terms.Length; i++) Read(i);
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

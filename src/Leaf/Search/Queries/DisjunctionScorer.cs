namespace Hedgerow.Leaf.Search.Queries;

/// <summary>Documents that match any clause.</summary>
/// <remarks>
/// Asked by arrays, its clauses are so too: their sums are gathered in a window of its own, within the range asked for
/// only, since the next range may be asked for in another way.
/// </remarks>
internal sealed class DisjunctionScorer : Scorer
{
    /// <summary>Fewest documents of a zone: where many clauses have theirs, the shortest is not worth its bounds.
    /// </summary>
    private const int ZoneMin = 256;

    private readonly Scorer[] _clauses;
    private DocumentWindow? _window;
    private int _taken;
    private bool _isFilled;

    /// <param name="clauses">In the order of the query, two at least.</param>
    public DisjunctionScorer(Scorer[] clauses)
    {
        _clauses = clauses;
        foreach (var clause in clauses) Cost += clause.Cost;
    }

    public override long Cost { get; }

    public override bool IsDear => Array.Exists(_clauses, clause => clause.IsDear);

    public override double Ceiling => ClauseSet.CeilingOf(_clauses);

    public override bool TryRewind()
    {
        Document = -1;
        DropWindow();
        return Array.TrueForAll(_clauses, clause => clause.TryRewind());
    }

    public override int Next()
    {
        var lowest = End;
        foreach (var clause in _clauses)
        {
            var document = clause.Document == Document ? clause.Next() : clause.Document;
            if (document < lowest) lowest = document;
        }

        return Document = lowest;
    }

    public override int Advance(int target)
    {
        var lowest = End;
        foreach (var clause in _clauses)
        {
            var document = clause.Document < target ? clause.Advance(target) : clause.Document;
            if (document < lowest) lowest = document;
        }

        return Document = lowest;
    }

    public override double Score()
    {
        double sum = 0;
        foreach (var clause in _clauses)
            if (clause.Document == Document) sum += clause.Score();
        return sum;
    }

    public override int ZoneEnd(int document)
    {
        var end = End;
        foreach (var clause in _clauses) end = Math.Min(end, clause.ZoneEnd(document));
        return (int)Math.Max(end, Math.Min(End, document + (long)ZoneMin));
    }

    public override double MaxScore(int from, int to)
    {
        double sum = 0;
        foreach (var clause in _clauses) sum += clause.MaxScore(from, to);
        return sum;
    }

    public override int Take(int from, int to, Candidates into)
    {
        var window = _window ??= new DocumentWindow();
        if (!_isFilled || from != _taken || window.End > to)
        {
            DropWindow();
            window.Move(from, (int)Math.Min(to, from + (long)DocumentWindow.Size));
            foreach (var clause in _clauses) clause.Fill(window);
        }

        _taken = window.Take(from, into);
        _isFilled = _taken < window.End;
        return _taken;
    }

    public override void Keep(Candidates candidates)
    {
        var count = candidates.Count;
        Span<double> scores = stackalloc double[Candidates.Size];
        candidates.Scores.AsSpan(0, count).CopyTo(scores);

        // Nothing but a sum of nothing is minus zero.
        candidates.Scores.AsSpan(0, count).Fill(-0.0);
        Add(candidates);
        var kept = 0;
        for (var i = 0; i < count; i++)
        {
            var own = candidates.Scores[i];
            if (double.IsNegative(own)) continue;
            candidates.Documents[kept] = candidates.Documents[i];
            candidates.Scores[kept++] = scores[i] + (candidates.IsScoring ? own : 0);
        }

        candidates.Count = kept;
        if (candidates.IsScoring) candidates.Filter();
    }

    public override void Add(Candidates candidates)
    {
        // What one clause alone does not reach, all together may.
        var least = candidates.ScoreMin;
        candidates.ScoreMin = double.NegativeInfinity;
        foreach (var clause in _clauses) clause.Add(candidates);
        candidates.ScoreMin = least;
    }

    public override void Mark(Span<ulong> words, int first, int from, int to)
    {
        foreach (var clause in _clauses) clause.Mark(words, first, from, to);
    }

    public override void Fill(DocumentWindow window)
    {
        foreach (var clause in _clauses) clause.Fill(window);
    }

    private void DropWindow()
    {
        if (_isFilled) _window!.Clear();
        _isFilled = false;
    }
}

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>Documents that match all clauses. The rarest leads; scores are added in the order of the query.</summary>
internal sealed class ConjunctionScorer : Scorer
{
    private readonly Scorer[] _scoring;
    private readonly Scorer[] _byCost;
    private readonly Scorer _lead;

    /// <param name="clauses">All clauses, two at least.</param>
    /// <param name="scoring">Those that score, in the order of the query.</param>
    public ConjunctionScorer(IEnumerable<Scorer> clauses, Scorer[] scoring)
    {
        _byCost = [.. clauses.OrderBy(clause => clause.Cost)];
        _lead = _byCost[0];
        _scoring = scoring;
    }

    public override long Cost => _lead.Cost;

    public override int Next() => Align(_lead.NextCandidate());

    public override int Advance(int target) => Align(_lead.AdvanceCandidate(target));

    public override double Score()
    {
        double sum = 0;
        foreach (var clause in _scoring) sum += clause.Score();
        return sum;
    }

    private int Align(int document)
    {
        while (document != End)
        {
            var agreed = document;
            for (var i = 1; i < _byCost.Length; i++)
            {
                var clause = _byCost[i];
                agreed = clause.Document < document ? clause.AdvanceCandidate(document) : clause.Document;
                if (agreed != document) break;
            }

            if (agreed != document) document = _lead.AdvanceCandidate(agreed);
            else if (Confirmed()) return Document = document;
            else document = _lead.NextCandidate();
        }

        return Document = End;
    }

    private bool Confirmed()
    {
        foreach (var clause in _byCost)
            if (!clause.Confirm()) return false;
        return true;
    }
}

/// <summary>Documents that match any clause.</summary>
internal sealed class DisjunctionScorer : Scorer
{
    private readonly Scorer[] _clauses;

    /// <param name="clauses">In the order of the query, two at least.</param>
    public DisjunctionScorer(Scorer[] clauses)
    {
        _clauses = clauses;
        foreach (var clause in clauses) Cost += clause.Cost;
    }

    public override long Cost { get; }

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

    public override void Fill(DocumentWindow window)
    {
        var lowest = End;
        foreach (var clause in _clauses)
        {
            if (clause.Document < window.End) clause.Fill(window);
            if (clause.Document < lowest) lowest = clause.Document;
        }

        Document = lowest;
    }
}

/// <summary>Documents of one clause, with the score of another where that matches too.</summary>
internal sealed class OptionalScorer : Scorer
{
    private readonly Scorer _required;
    private readonly Scorer _optional;

    public OptionalScorer(Scorer required, Scorer optional)
    {
        _required = required;
        _optional = optional;
    }

    public override long Cost => _required.Cost;

    public override int Next() => Document = _required.Next();

    public override int Advance(int target) => Document = _required.Advance(target);

    public override double Score()
    {
        var score = _required.Score();
        if (_optional.Document < Document) _optional.Advance(Document);
        return _optional.Document == Document ? score + _optional.Score() : score;
    }
}

/// <summary>Documents of one clause that another does not match.</summary>
internal sealed class ExclusionScorer : Scorer
{
    private readonly Scorer _included;
    private readonly Scorer[] _excluded;

    public ExclusionScorer(Scorer included, Scorer[] excluded)
    {
        _included = included;
        _excluded = excluded;
    }

    public override long Cost => _included.Cost;

    public override int Next() => Kept(_included.Next());

    public override int Advance(int target) => Kept(_included.Advance(target));

    public override double Score() => _included.Score();

    private int Kept(int document)
    {
        while (document != End && IsExcluded(document)) document = _included.Next();
        return Document = document;
    }

    private bool IsExcluded(int document)
    {
        foreach (var clause in _excluded)
        {
            if (clause.Document < document) clause.AdvanceCandidate(document);
            if (clause.Document == document && clause.Confirm()) return true;
        }

        return false;
    }
}

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>Documents that match all clauses. The rarest leads; scores are added in the order of the query.</summary>
internal sealed class ConjunctionScorer : Scorer
{
    private readonly Scorer[] _clauses;
    private readonly Scorer[] _byCost;
    private readonly Scorer _lead;

    /// <param name="clauses">In the order of the query, two at least; those that do not score give zero.</param>
    public ConjunctionScorer(Scorer[] clauses)
    {
        _byCost = [.. clauses.OrderBy(clause => clause.Cost)];
        _lead = _byCost[0];
        _clauses = clauses;
    }

    public override long Cost => _lead.Cost;

    public override double Ceiling => _clauses.Sum(clause => clause.Ceiling);

    public override int ZoneEnd(int document) => _lead.ZoneEnd(document);

    public override double MaxScore(int from, int to) => _clauses.Sum(clause => clause.MaxScore(from, to));

    public override int Next() => Align(_lead.NextCandidate());

    public override int Advance(int target) => Align(_lead.AdvanceCandidate(target));

    public override double Score()
    {
        double sum = 0;
        foreach (var clause in _clauses) sum += clause.Score();
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

    public override int KnownCount => _required.KnownCount;

    public override double Ceiling => _required.Ceiling + _optional.Ceiling;

    public override int ZoneEnd(int document) => _required.ZoneEnd(document);

    public override double MaxScore(int from, int to) => _required.MaxScore(from, to) + _optional.MaxScore(from, to);

    public override void Mark(Span<ulong> words, int first, int from, int to) =>
        _required.Mark(words, first, from, to);

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

    public override double Ceiling => _included.Ceiling;

    public override int ZoneEnd(int document) => _included.ZoneEnd(document);

    public override double MaxScore(int from, int to) => _included.MaxScore(from, to);

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

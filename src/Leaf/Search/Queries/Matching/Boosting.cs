using System.Globalization;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>What one weight matches; what another matches too scores a part of it.</summary>
internal sealed class BoostingWeight(Weight positive, Weight negative, float factor) : Weight
{
    public override Scorer? Open(SegmentView view, SearchBudget budget)
    {
        if (positive.Open(view, budget) is not { } found) return null;
        return negative.Open(view, budget) is { } lowered ? new BoostingScorer(found, lowered, factor) : found;
    }

    public override Explanation? Explain(SegmentView view, int document, SearchBudget budget)
    {
        if (positive.Explain(view, document, budget) is not { } part) return null;
        if (negative.Explain(view, document, budget) is null) return part;
        var told = string.Create(CultureInfo.InvariantCulture, $"lowered to {factor} of it by what matches too");
        return new Explanation((float)BoostingScorer.Lowered(part.Value, factor), told, [part]);
    }
}

/// <summary>
/// Documents of one clause, those that another one matches scoring a part. A part is at most the whole, so the bounds
/// of the first hold.
/// </summary>
internal sealed class BoostingScorer(Scorer positive, Scorer negative, double factor) : Scorer
{
    public override long Cost => positive.Cost;

    public override int KnownCount => positive.KnownCount;

    public override bool IsDear => positive.IsDear;

    public override double Ceiling => positive.Ceiling;

    /// <summary>In single precision, so that sums of scores stay exact; never above the score.</summary>
    public static double Lowered(double score, double factor) => factor == 1 ? score : (float)(score * factor);

    public override int Next() => Document = positive.Next();

    public override int Advance(int target) => Document = positive.Advance(target);

    public override int NextCandidate() => Document = positive.NextCandidate();

    public override int AdvanceCandidate(int target) => Document = positive.AdvanceCandidate(target);

    public override bool Confirm() => positive.Confirm();

    public override bool MayReach(double score) => positive.MayReach(score);

    public override int ZoneEnd(int document) => positive.ZoneEnd(document);

    public override double MaxScore(int from, int to) => positive.MaxScore(from, to);

    public override int NextZone(int from, double score) => positive.NextZone(from, score);

    public override double Score()
    {
        if (negative.Document < Document) negative.Advance(Document);
        return negative.Document == Document ? Lowered(positive.Score(), factor) : positive.Score();
    }

    public override bool TryRewind()
    {
        Document = -1;
        return positive.TryRewind() && negative.TryRewind();
    }

    public override void Mark(Span<ulong> words, int first, int from, int to) => positive.Mark(words, first, from, to);
}

using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>One function with what it counts for.</summary>
/// <param name="Factor">Its number.</param>
/// <param name="Weight">Factor on it, 0 or more.</param>
/// <param name="Filter">For which documents it counts; null for all.</param>
internal sealed record FunctionClause(ScoreFactor Factor, double Weight, Weight? Filter);

/// <summary>How scores and functions become one score. Immutable.</summary>
/// <remarks>
/// All steps rise with the score and with each function's number, and are done in one order, so that the same steps on
/// bounds are a bound. A score is cut to single precision at once: sums of such scores are exact, whatever their order.
/// </remarks>
internal sealed record FunctionRules(FunctionsMode Functions, BoostMode Boost, double? MaxBoost, double? MinScore)
{
    /// <summary>The score of a query's score and the functions' factor.</summary>
    public float Score(double score, double factor)
    {
        factor = Math.Min(Counting(factor), MaxBoost ?? double.PositiveInfinity);
        var joined = Boost switch
        {
            BoostMode.Multiply => score * factor,
            BoostMode.Replace => factor,
            BoostMode.Sum => score + factor,
            BoostMode.Average => (score + factor) / 2,
            BoostMode.Max => Math.Max(score, factor),
            _ => Math.Min(score, factor),
        };
        return (float)Math.Min(Counting(joined), float.MaxValue);
    }

    /// <summary>Whether a score is enough.</summary>
    public bool IsEnough(float score) => MinScore is not { } least || score >= (float)least;

    /// <summary>The factor of the functions that count, in order.</summary>
    /// <param name="values">The number of each, not weighed.</param>
    /// <param name="weights">The weight of each.</param>
    public double Factor(ReadOnlySpan<double> values, ReadOnlySpan<double> weights)
    {
        if (values.IsEmpty) return 1;
        var factor = Counting(values[0]) * weights[0];
        if (Functions == FunctionsMode.First) return factor;
        var weight = weights[0];
        for (var i = 1; i < values.Length; i++)
        {
            var next = Counting(values[i]) * weights[i];
            weight += weights[i];
            factor = Functions switch
            {
                FunctionsMode.Multiply => factor * next,
                FunctionsMode.Max => Math.Max(factor, next),
                FunctionsMode.Min => Math.Min(factor, next),
                _ => factor + next,
            };
        }

        return Functions == FunctionsMode.Average ? factor / weight : factor;
    }

    /// <summary>No document of a query's score and a factor at most so high scores more.</summary>
    public double Ceiling(double score, double factor)
    {
        factor = Math.Min(factor, MaxBoost ?? double.PositiveInfinity);
        if (!double.IsFinite(score) || !double.IsFinite(factor)) return double.PositiveInfinity;
        return MathF.BitIncrement(Score(score, factor));
    }

    /// <summary>No lower score of the query becomes so high a one.</summary>
    /// <param name="score">Above 0; lower by what roundings may amount to.</param>
    /// <param name="factor">No document has a higher one.</param>
    public double Least(double score, double factor)
    {
        factor = Math.Min(factor, MaxBoost ?? double.PositiveInfinity);
        if (!double.IsFinite(factor)) return double.NegativeInfinity;
        return Boost switch
        {
            BoostMode.Multiply => score / factor,
            BoostMode.Sum => score - factor,
            BoostMode.Average => (2 * score) - factor,
            BoostMode.Min => factor < score ? double.PositiveInfinity : score,
            BoostMode.Max => factor < score ? score : double.NegativeInfinity,
            _ => factor < score ? double.PositiveInfinity : double.NegativeInfinity,
        };
    }

    /// <summary>What is below 0, or no number, is 0.</summary>
    private static double Counting(double value) => value > 0 ? value : 0;

    /// <summary>No document has a higher factor.</summary>
    /// <param name="clauses">The functions.</param>
    /// <param name="bounds">No document has a higher number of each.</param>
    public double Bound(FunctionClause[] clauses, ReadOnlySpan<double> bounds)
    {
        // Where no function counts, the factor is 1.
        double bound = 1, highest = 1, sum = 0;
        for (var i = 0; i < clauses.Length; i++)
        {
            var isForAll = clauses[i].Filter is null && clauses[i].Factor.IsForAll;
            var weighed = clauses[i].Weight == 0 ? 0 : bounds[i] * clauses[i].Weight;
            bound *= isForAll ? weighed : Math.Max(1, weighed);
            highest = Math.Max(highest, Functions == FunctionsMode.Average ? bounds[i] : weighed);
            sum += weighed;
        }

        return Functions switch
        {
            FunctionsMode.Multiply => bound,
            FunctionsMode.Sum => Math.Max(1, sum),
            _ => highest,
        };
    }
}

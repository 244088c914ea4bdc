using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>Plans functions of scores, and queries that score by a value. One search.</summary>
internal sealed class FunctionPlans(PlanScope scope, QueryPlanner planner)
{
    private static readonly FieldType[] FeatureTypes = [FieldType.Number, FieldType.Integer];
    private static readonly FieldType[] DistanceTypes =
        [FieldType.Number, FieldType.Integer, FieldType.Date, FieldType.GeoPoint];

    /// <summary>Plans a query of one of the kinds that score by a value.</summary>
    public Weight Plan(QueryNode node, float boost, bool isScoring) => node switch
    {
        FunctionScoreQuery functions => PlanFunctions(functions, boost, isScoring),
        DistanceFeatureQuery distance => PlanDistance(distance, boost, isScoring),
        _ => PlanFeature((RankFeatureQuery)node, boost, isScoring),
    };

    private Weight PlanFunctions(FunctionScoreQuery query, float boost, bool isScoring)
    {
        if (query.Functions.Count > FunctionScoreQuery.FunctionsMax)
        {
            return scope.Failed(
                $"{query.Functions.Count} functions are given; at most {FunctionScoreQuery.FunctionsMax} are allowed");
        }

        if (query.MaxBoost is { } most && !(most >= 0))
            return scope.Failed($"a max_boost of {most} is not allowed; it has to be 0 or more");
        if (query.MinScore is { } least && !double.IsFinite(least))
            return scope.Failed($"a min_score of {least} is not allowed; it has to be finite");

        // What does not score still has to, where the score decides about the match.
        var scores = isScoring || query.MinScore is not null;
        scope.Down();
        var inner = planner.Plan(query.Query, boost, scores);
        var clauses = new List<FunctionClause>(query.Functions.Count);
        foreach (var function in query.Functions)
        {
            if (scope.IsOver) break;
            if (!(function.Weight >= 0) || !double.IsFinite(function.Weight))
                scope.Failed($"a weight of {function.Weight} is not allowed; it has to be 0 or more");
            var filter = function.Filter is { } node ? planner.Plan(node, 1, isScoring: false) : null;

            if (Factor(function) is { } factor)
                clauses.Add(new FunctionClause(factor, function.Weight, filter));
        }

        scope.Up();
        if (!scores) return inner;
        var rules = new FunctionRules(query.ScoreMode, query.BoostMode, query.MaxBoost, query.MinScore);
        var weight = new FunctionWeight(inner, [.. clauses], rules);
        return isScoring ? weight : new ConstantScoreWeight(weight, 0);
    }

    private ScoreFactor? Factor(ScoreFunction function) => function switch
    {
        FieldValueFunction value => ValueOf(value),
        DecayFunction decay => DecayOf(decay),
        RandomFunction random => new RandomFactor(random.Seed ?? scope.NowMs),
        _ => new FixedFactor(1, "weight"),
    };

    private ScoreFactor? ValueOf(FieldValueFunction value)
    {
        if (!double.IsFinite(value.Factor)) scope.Failed($"a factor of {value.Factor} is not allowed");
        var curve = Curves.Modified(value.Modifier, value.Factor);
        if (scope.Field(value.Field, PlanScope.NumberTypes) is { } field)
        {
            return new ValueFactor(
                field, highest: false, value.Missing, curve, hasPole: value.Modifier == ValueModifier.Reciprocal);
        }

        // No document of this shard has the field yet.
        return value.Missing is { } missing ? new FixedFactor(curve(missing), $"no value of {value.Field}") : null;
    }

    private ScoreFactor? DecayOf(DecayFunction decay)
    {
        if (!(decay.Decay > 0 && decay.Decay < 1))
            scope.Failed($"a decay of {decay.Decay} is not allowed; it has to be above 0 and below 1");
        if (scope.Field(decay.Field, DistanceTypes) is not { } field)
            return new FixedFactor(1, $"no value of {decay.Field}");
        var measure = MeasureOf(field, decay.Origin);
        if (!TryLength(field, decay.Scale, out var scale) || !(scale > 0)) Wrong(field, "scale", decay.Scale);
        var offset = 0.0;
        if (decay.Offset.Length > 0 && (!TryLength(field, decay.Offset, out offset) || !(offset >= 0)))
            Wrong(field, "offset", decay.Offset);
        var curve = Curves.Decay(decay.Shape, scale, offset, decay.Decay);
        return measure is null ? null : new DistanceFactor(field, measure, decay.Mode, 1, curve);
    }

    private Weight PlanDistance(DistanceFeatureQuery query, float boost, bool isScoring)
    {
        if (scope.Field(query.Field, [FieldType.Date, FieldType.GeoPoint, FieldType.Number, FieldType.Integer])
            is not { } field) return new NothingWeight();
        var measure = MeasureOf(field, query.Origin);
        if (!TryLength(field, query.Pivot, out var pivot) || !(pivot > 0)) Wrong(field, "pivot", query.Pivot);
        if (measure is null || scope.IsOver) return new NothingWeight();
        var factor = new DistanceFactor(field, measure, ValueMode.Min, null, distance => pivot / (pivot + distance));
        return Scored(new ExistsWeight(field.Name, field.Type, 0), factor, boost, isScoring);
    }

    private Weight PlanFeature(RankFeatureQuery query, float boost, bool isScoring)
    {
        if (scope.Field(query.Field, FeatureTypes) is not { } field) return new NothingWeight();
        var least = query.Shape == FeatureShape.Logarithm ? 1 : double.Epsilon;
        if (query.Shape != FeatureShape.Linear && (!(query.Pivot >= least) || !double.IsFinite(query.Pivot)))
        {
            return scope.Failed(
                $"a pivot of {query.Pivot} is not allowed; it has to be {(least == 1 ? "1 or more" : "above 0")}");
        }

        if (query.Shape == FeatureShape.Sigmoid && (!(query.Exponent > 0) || !double.IsFinite(query.Exponent)))
            return scope.Failed($"an exponent of {query.Exponent} is not allowed; it has to be above 0");
        var factor = new ValueFactor(field, highest: true, null, Curves.Feature(query), hasPole: false);
        var above = field.Type == FieldType.Number
            ? new ValueRange(FieldValue.Sortable(double.Epsilon), long.MaxValue)
            : new ValueRange(1, long.MaxValue);
        return Scored(new ValueRangeWeight(field.Name, field.Type, above, 0), factor, boost, isScoring);
    }

    /// <summary>What a weight matches, scored by a factor alone.</summary>
    private static Weight Scored(Weight matches, ScoreFactor factor, float boost, bool isScoring) => isScoring
        ? new FunctionWeight(
            matches, [new FunctionClause(factor, boost, null)],
            new FunctionRules(FunctionsMode.Multiply, BoostMode.Replace, null, null))
        : matches;

    private Measure? MeasureOf(FieldSchema field, string origin)
    {
        if (field.Type == FieldType.GeoPoint)
        {
            if (GeoPoint.TryParse(origin, out var point)) return new PlaceMeasure(point);
            scope.Failed($"the origin '{origin}' is no place; expected one such as {GeoPoint.Forms}");
            return null;
        }

        if (field.Type == FieldType.Date)
        {
            var text = origin.Length == 0 ? "now" : origin;
            if (new DateMath(scope.NowMs, TimeZoneInfo.Utc).Read(text, roundUp: false, out var ms) is not { } problem)
                return new NumberMeasure(field.Type, ms);
            scope.Failed(problem);
            return null;
        }

        if (FieldValue.TryReadNumber(origin, out var number)) return new NumberMeasure(field.Type, number);
        scope.Failed($"the origin '{origin}' is no number");
        return null;
    }

    private static bool TryLength(FieldSchema field, string text, out double length) => field.Type switch
    {
        FieldType.GeoPoint => GeoUnits.TryParse(text, out length),
        FieldType.Date => TimeSpans.TryRead(text, out length),
        _ => FieldValue.TryReadNumber(text, out length),
    };

    private void Wrong(FieldSchema field, string name, string text)
    {
        var example = field.Type switch { FieldType.GeoPoint => "5km", FieldType.Date => "7d", _ => "10" };
        scope.Failed(
            $"the {name} '{text}' of field '{field.Name}' is not allowed; expected one above 0 such as {example}");
    }
}

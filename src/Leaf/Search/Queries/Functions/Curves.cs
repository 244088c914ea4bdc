using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>The formulas that values and distances become scores by, as OpenSearch has them.</summary>
internal static class Curves
{
    /// <summary>What a decay function makes of a distance: 1 up to the offset, the decay a scale behind it.</summary>
    public static Func<double, double> Decay(DecayShape shape, double scale, double offset, double decay)
    {
        var logarithm = Math.Log(decay);
        var reach = scale / (1 - decay);
        return shape switch
        {
            DecayShape.Gauss => distance => Gauss(Behind(distance)),
            DecayShape.Exponential => distance => Math.Exp(Behind(distance) * (logarithm / scale)),
            _ => distance => Math.Max(0, (reach - Behind(distance)) / reach),
        };

        double Behind(double distance) => Math.Max(0, distance - offset);

        double Gauss(double distance)
        {
            var share = distance / scale;
            return Math.Exp(share * share * logarithm);
        }
    }

    /// <summary>What a value becomes.</summary>
    public static Func<double, double> Modified(ValueModifier modifier, double factor) => modifier switch
    {
        ValueModifier.Log => value => Math.Log10(factor * value),
        ValueModifier.Log1p => value => Math.Log10((factor * value) + 1),
        ValueModifier.Log2p => value => Math.Log10((factor * value) + 2),
        ValueModifier.Ln => value => Math.Log(factor * value),
        ValueModifier.Ln1p => value => Math.Log((factor * value) + 1),
        ValueModifier.Ln2p => value => Math.Log((factor * value) + 2),
        ValueModifier.Square => value => factor * value * (factor * value),
        ValueModifier.Sqrt => value => Math.Sqrt(factor * value),
        ValueModifier.Reciprocal => value => 1 / (factor * value),
        _ => value => factor * value,
    };

    /// <summary>What a feature's value, above 0, scores.</summary>
    public static Func<double, double> Feature(RankFeatureQuery query)
    {
        var (pivot, exponent) = (query.Pivot, query.Exponent);
        return query.Shape switch
        {
            FeatureShape.Saturation => value => value / (value + pivot),
            FeatureShape.Logarithm => value => Math.Log(pivot + value),
            FeatureShape.Sigmoid => value => Sigmoid(value),
            _ => value => value,
        };

        // As 1 / (1 + (p / v)^e), which stays within its bounds.
        double Sigmoid(double value) => 1 / (1 + Math.Pow(pivot / value, exponent));
    }
}

using System.Globalization;

namespace Hedgerow.LoadGen.Workload;

/// <summary>Shares of the kinds of operation, as weights.</summary>
internal sealed class OperationMix
{
    public const string Allowed = "weights of get, set, insert, scan, modify, delete, search and instant, such "
        + "as get=90,set=10 or get=80,set=10,search=10";

    public const int WeightMax = 1_000_000;
    private readonly int[] _weights;
    private readonly int _sum;

    private OperationMix(int[] weights)
    {
        _weights = weights;
        _sum = weights.Sum();
    }

    public bool Has(OperationKind kind) => _weights[(int)kind] > 0;

    /// <summary>The kinds with a weight.</summary>
    public IEnumerable<OperationKind> Kinds => Enum.GetValues<OperationKind>().Where(Has);

    public static bool TryParse(string text, out OperationMix? mix)
    {
        mix = null;
        var weights = new Dictionary<string, int>();
        foreach (var part in text.Split(','))
        {
            if (part.Split('=') is not [var name, var weight]
                || !int.TryParse(weight, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return false;
            weights[name.Trim()] = number;
        }

        mix = Of(weights, out _);
        return mix is not null;
    }

    /// <summary>Makes the mix, or names the member that is wrong and why.</summary>
    public static OperationMix? Of(IReadOnlyDictionary<string, int> named, out (string Member, string Problem) problem)
    {
        var weights = new int[Enum.GetValues<OperationKind>().Length];
        foreach (var (name, weight) in named)
        {
            problem = (
                name, "is no operation; allowed are get, set, insert, scan, modify, delete, search and instant");
            if (!Enum.TryParse<OperationKind>(name, ignoreCase: true, out var kind) || !Enum.IsDefined(kind)
                || char.IsDigit(name[0])) return null;
            problem = (name, $"is {weight}; allowed is 0 to {WeightMax}");
            if (weight is < 0 or > WeightMax) return null;
            weights[(int)kind] = weight;
        }

        problem = ("", "has no weight above 0");
        return weights.Sum() == 0 ? null : new OperationMix(weights);
    }

    public OperationKind Next(Random random)
    {
        var draw = random.Next(_sum);
        var kind = 0;
        while (draw >= _weights[kind]) draw -= _weights[kind++];
        return (OperationKind)kind;
    }
}

namespace Hedgerow.LoadGen.Workload;

/// <summary>Shares of the kinds of operation, as weights.</summary>
internal sealed class OperationMix
{
    public const string Allowed = "weights of get, set and search, such as get=90,set=10 or get=80,set=10,search=10";
    private readonly int[] _weights;

    private OperationMix(int[] weights)
    {
        _weights = weights;
    }

    public bool Has(OperationKind kind) => _weights[(int)kind] > 0;

    public static bool TryParse(string text, out OperationMix? mix)
    {
        mix = null;
        var weights = new int[Enum.GetValues<OperationKind>().Length];
        foreach (var part in text.Split(','))
        {
            if (part.Split('=') is not [var name, var weight]
                || !Enum.TryParse<OperationKind>(name.Trim(), ignoreCase: true, out var kind)
                || !Enum.IsDefined(kind)
                || !int.TryParse(weight, out var number) || number is < 0 or > 1_000_000) return false;
            weights[(int)kind] = number;
        }

        if (weights.Sum() == 0) return false;
        mix = new OperationMix(weights);
        return true;
    }

    public OperationKind Next(Random random)
    {
        var draw = random.Next(_weights.Sum());
        var kind = 0;
        while (draw >= _weights[kind]) draw -= _weights[kind++];
        return (OperationKind)kind;
    }
}

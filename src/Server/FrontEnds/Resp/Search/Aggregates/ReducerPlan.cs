namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>A REDUCE: what it makes of a group, and what that is called.</summary>
/// <param name="Name">Its AS, or RediSearch's made-up name.</param>
/// <param name="Function">Its name in upper case.</param>
/// <param name="Property">The property that it is of; null of COUNT.</param>
/// <param name="Make">Begins a group.</param>
internal sealed record ReducerPlan(string Name, string Function, string? Property, Func<Reducer> Make)
{
    /// <summary>QUANTILE: the share of the numbers that lies below.</summary>
    public double Share { get; init; }

    /// <summary>What SUM, AVG, MIN, MAX and STDDEV tell of numbers; null of others.</summary>
    public NumberKind? Kind => KindOf(Function);

    /// <summary>Reads a REDUCE behind its word; null when something is wrong.</summary>
    /// <param name="arguments">The reader.</param>
    /// <param name="properties">Takes the properties that it names.</param>
    public static ReducerPlan? Read(ArgumentReader arguments, HashSet<string> properties)
    {
        var function = arguments.Text("REDUCE").ToUpperInvariant();
        var words = arguments.Counted(function);
        if (arguments.Error is not null) return null;
        var names = words.Select(word => word.TrimStart('@')).ToArray();
        var make = Of(function, words, names, arguments);
        if (make is null)
        {
            arguments.Fail($"Bad arguments for {function}, or no such reducer; {words.Count} are given");
            return null;
        }

        for (var i = 0; i < words.Count; i++)
            if (words[i].StartsWith('@') || i == 0) properties.Add(names[i]);
        var name = $"__generated_alias{function.ToLowerInvariant()}{string.Join(',', names)}";
        if (arguments.TryWord("AS")) name = arguments.Text("AS");
        return new ReducerPlan(name, function, names.FirstOrDefault(), make)
        {
            Share = function == "QUANTILE" && DialectCursor.TryNumber(words[1], out var share) ? share : 0,
        };
    }

    private static Func<Reducer>? Of(
        string function, IReadOnlyList<string> words, string[] names, ArgumentReader arguments) =>
        (function, names) switch
    {
        ("COUNT", []) => static () => new CountReducer(),
        ("COUNT_DISTINCT" or "COUNT_DISTINCTISH", [var property]) => () => new DistinctReducer(property, asList: false),
        ("TOLIST", [var property]) => () => new DistinctReducer(property, asList: true),
        (_, [var property]) when KindOf(function) is { } kind => () => new NumberReducer(property, kind),
        ("QUANTILE", [var property, var share]) => Quantile(property, share),
        ("FIRST_VALUE", [var property]) => () => new FirstReducer(property, null, false),
        ("FIRST_VALUE", [var property, ..]) => First(property, words, names, arguments),
        _ => null,
    };

    private static NumberKind? KindOf(string function) => function switch
    {
        "SUM" => NumberKind.Sum,
        "AVG" => NumberKind.Mean,
        "MIN" => NumberKind.Least,
        "MAX" => NumberKind.Greatest,
        "STDDEV" => NumberKind.Deviation,
        _ => null,
    };

    private static Func<Reducer>? Quantile(string property, string text)
    {
        if (!DialectCursor.TryNumber(text, out var share) || !(share is >= 0 and <= 1)) return null;
        return () => new QuantileReducer(property, share);
    }

    private static Func<Reducer>? First(
        string property, IReadOnlyList<string> words, string[] names, ArgumentReader arguments)
    {
        var direction = words.Count > 3 ? words[3].ToUpperInvariant() : "ASC";
        if (words.Count is < 3 or > 4 || !words[1].Equals("BY", StringComparison.OrdinalIgnoreCase)
            || direction is not ("ASC" or "DESC"))
        {
            arguments.Fail("Bad arguments for FIRST_VALUE: @property [BY @property [ASC|DESC]] is expected");
            return null;
        }

        return () => new FirstReducer(property, names[2], direction == "DESC");
    }
}

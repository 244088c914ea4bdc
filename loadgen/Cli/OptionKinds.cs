using System.CommandLine;
using System.CommandLine.Parsing;

namespace Hedgerow.LoadGen.Cli;

/// <summary>Options by the kind of their value, each with its check.</summary>
internal static class OptionKinds
{
    public static readonly TimeSpan DurationMax = TimeSpan.FromHours(1);

    public static Option<string> Text(string name, string @default, string description) =>
        new(name) { Description = description, DefaultValueFactory = _ => @default };

    public static Option<bool> Switch(string name, string description) => new(name) { Description = description };

    public static Option<int> Whole(string name, int @default, int min, int max, string description) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => @default,
        Validators =
        {
            r => Check(r, r.GetValueOrDefault<int>() >= min && r.GetValueOrDefault<int>() <= max, $"{min} to {max}"),
        },
    };

    public static Option<long> Whole(string name, long @default, long min, long max, string description) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => @default,
        Validators =
        {
            r => Check(r, r.GetValueOrDefault<long>() >= min && r.GetValueOrDefault<long>() <= max, $"{min} to {max}"),
        },
    };

    /// <summary>A number above 0.</summary>
    public static Option<double> Positive(string name, double @default, double max, string description) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => @default,
        Validators =
        {
            r => Check(r, r.GetValueOrDefault<double>() is > 0 and var n && n <= max, $"above 0, at most {max:F0}"),
        },
    };

    public static Option<string> Choice(string name, string @default, string description, params string[] values)
    {
        var option = Text(name, @default, description);
        option.AcceptOnlyFromAmong(values);
        return option;
    }

    public static Option<string> Time(string name, string @default, string description)
    {
        var option = Text(name, @default, description);
        option.Validators.Add(r =>
            Check(r, Durations.TryParse(r.GetValueOrDefault<string>()!, out var d) && d <= DurationMax,
                "a number and a unit, such as 500us, 200ms, 10s, 5m; at most 1h"));
        return option;
    }

    private static void Check(OptionResult result, bool good, string allowed)
    {
        if (good) return;
        var given = string.Join(' ', result.Tokens.Select(t => t.Value));
        result.AddError($"{result.Option.Name} {given}: allowed is {allowed}.");
    }
}

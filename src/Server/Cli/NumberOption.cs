using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace Hedgerow.Server.Cli;

/// <summary>Options with a number between two bounds, which a wrong value's message names.</summary>
internal static class NumberOption
{
    /// <summary>An option that has a default.</summary>
    public static Option<T> Create<T>(string name, string helpName, T standard, T min, T max, string description)
        where T : struct, INumber<T> => new(name)
        {
            HelpName = helpName,
            Description = Invariant($"{description} {min} to {max}."),
            DefaultValueFactory = _ => standard,
            CustomParser = result => Parse(name, result, min, max) ?? standard,
        };

    /// <summary>An option that is null when not given.</summary>
    public static Option<T?> CreateOptional<T>(string name, string helpName, T min, T max, string description)
        where T : struct, INumber<T> => new(name)
        {
            HelpName = helpName,
            Description = description,
            CustomParser = result => Parse(name, result, min, max),
        };

    private static T? Parse<T>(string name, ArgumentResult result, T min, T max)
        where T : struct, INumber<T>
    {
        var text = result.Tokens[0].Value;
        var isNumber = T.TryParse(text, CultureInfo.InvariantCulture, out var number);
        if (isNumber && number >= min && number <= max) return number;
        result.AddError(Invariant($"{name} is '{text}'; allowed is a number from {min} to {max}."));
        return null;
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}

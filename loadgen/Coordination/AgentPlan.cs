using System.CommandLine;
using System.Globalization;
using Hedgerow.LoadGen.Cli;

namespace Hedgerow.LoadGen.Coordination;

/// <summary>Which agents, and what they are told.</summary>
/// <param name="Processes">Agents to start on this machine; 0 to use <paramref name="Agents"/>.</param>
/// <param name="Agents">Where others listen.</param>
/// <param name="Arguments">Command line of each.</param>
/// <param name="Token">What they ask for.</param>
internal sealed record AgentPlan(
    int Processes, IReadOnlyList<(string Host, int Port)> Agents, IReadOnlyList<string> Arguments, string Token)
{
    /// <summary>Reads it from the options.</summary>
    /// <exception cref="IOException">An address is none.</exception>
    public static AgentPlan Of(ParseResult parsed, LoadOptions options)
    {
        var agents = parsed.GetValue(options.Agents)!.Split(',', StringSplitOptions.RemoveEmptyEntries)
            .Select(Address).ToList();
        return new AgentPlan(
            agents.Count > 0 ? 0 : parsed.GetValue(options.Processes), agents, ArgumentsOf(parsed, options),
            parsed.GetValue(options.AgentToken)!);
    }

    /// <summary>HOST:PORT in its two parts; null when it is none.</summary>
    public static (string Host, int Port)? TryAddress(string text)
    {
        var colon = text.LastIndexOf(':');
        return colon > 0 && ushort.TryParse(text.AsSpan(colon + 1), CultureInfo.InvariantCulture, out var port)
            ? (text[..colon], port)
            : null;
    }

    private static (string Host, int Port) Address(string text) =>
        TryAddress(text) ?? throw new IOException($"--agents {text}: allowed is HOST:PORT,HOST:PORT.");

    /// <summary>What was given of the options that are the generators' business, as it was given.</summary>
    private static List<string> ArgumentsOf(ParseResult parsed, LoadOptions options)
    {
        var arguments = new List<string>();
        foreach (var option in options.OfGenerators)
        {
            if (parsed.GetResult(option) is not { Implicit: false } result) continue;
            arguments.Add(option.Name);
            arguments.AddRange(result.Tokens.Select(token => token.Value));
        }

        return arguments;
    }
}

using System.CommandLine;
using System.CommandLine.Parsing;
using Hedgerow.Server.Config;

namespace Hedgerow.Server.Cli;

/// <summary>
/// Turns what the parser did not understand into one message: what, where, and what was probably meant.
/// </summary>
internal static class UsageErrors
{
    /// <summary>The message, or null where the command line makes sense.</summary>
    public static string? Describe(ParseResult result)
    {
        var command = result.CommandResult.Command;
        if (command is RootCommand && result.UnmatchedTokens.Count > 0)
            return UnknownVerb(result.UnmatchedTokens[0], command);
        if (UnknownOption(result) is { } option) return OptionMessage(option, command);
        if (result.UnmatchedTokens.Count > 0)
            return $"'{result.UnmatchedTokens[0]}' is one argument too many for {command.Name}. {SeeHelp(command)}";
        if (result.Errors.Count == 0) return null;
        return $"{result.Errors[0].Message} {SeeHelp(command)}";
    }

    private static string UnknownVerb(string typed, Command root)
    {
        var names = root.Subcommands.Where(verb => !verb.Hidden).Select(verb => verb.Name).ToArray();
        if (typed.StartsWith('-')) return OptionMessage(typed, root);
        var meant = NearestWord.Find(typed, names) is { } nearest ? $" Did you mean '{nearest}'?" : "";
        return $"There is no verb '{typed}'.{meant} Verbs: {string.Join(", ", names)}.";
    }

    /// <summary>
    /// The first word that looks like an option and is none. The parser takes such a word for an argument where one is
    /// still missing, so that a misspelt option would become a value.
    /// </summary>
    private static string? UnknownOption(ParseResult result)
    {
        foreach (var token in result.Tokens)
        {
            if (token.Type == TokenType.DoubleDash) return null;
            if (token.Type == TokenType.Argument && LooksLikeOption(token.Value)) return token.Value;
        }

        return result.UnmatchedTokens.FirstOrDefault(LooksLikeOption);
    }

    private static bool LooksLikeOption(string word) =>
        word.Length > 2 && word.StartsWith("--", StringComparison.Ordinal);

    private static string OptionMessage(string typed, Command command)
    {
        var name = typed.Split('=')[0];
        var names = command.Options.Where(option => !option.Hidden).Select(option => option.Name);
        var meant = NearestWord.Find(name, names) is { } nearest ? $" Did you mean '{nearest}'?" : "";
        return $"{VerbOf(command)} has no option '{name}'.{meant} {SeeHelp(command)}";
    }

    private static string VerbOf(Command command) => command is RootCommand ? "hedgerow" : Words(command);

    private static string SeeHelp(Command command) =>
        command is RootCommand ? "See 'hedgerow --help'." : $"See 'hedgerow {Words(command)} --help'.";

    /// <summary>A verb's name behind those that it is of, such as <c>collection alias</c>.</summary>
    private static string Words(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault(parent => parent is not RootCommand) is { } parent
            ? $"{Words(parent)} {command.Name}"
            : command.Name;
}

using System.CommandLine;
using System.CommandLine.Parsing;
using Hedgerow.Router;
using Hedgerow.Server.Config;

namespace Hedgerow.Server.Cli.Verbs;

/// <summary>The options of every verb that talks to a cluster, and the connection they lead to.</summary>
internal sealed class ClientOptions
{
    private const string DefaultServer = "127.0.0.1:7600";
    private readonly CliConsole _console;

    public ClientOptions(CliConsole console)
    {
        _console = console;
        Server.Description = $"Router or serving process (HOST:PORT), or a topology file. Default {DefaultServer}, " +
            "or the variable HEDGEROW_SERVER.";
        Token.Description = "Credentials, where the server asks for them; or the variable HEDGEROW_TOKEN.";
        Timeout = DurationOption(
            "--timeout",
            "Longest wait for one answer; or the variable HEDGEROW_TIMEOUT. Default 5s for reads and writes, 10s for " +
            "searches, 1m for long work.");
    }

    public Option<string?> Server { get; } = new("--server") { HelpName = "HOST:PORT" };

    public Option<string?> Token { get; } = new("--token") { HelpName = "TOKEN" };

    public Option<bool> Json { get; } = new("--json") { Description = "Write JSON for machines." };

    public Option<TimeSpan?> Timeout { get; }

    /// <summary>An option whose value is a duration such as <c>60s</c>.</summary>
    public static Option<TimeSpan?> DurationOption(string name, string description) => new(name)
    {
        HelpName = "DURATION",
        Description = description,
        CustomParser = result => ParseDuration(name, result),
    };

    public void AddTo(Command verb)
    {
        verb.Add(Server);
        verb.Add(Token);
        verb.Add(Timeout);
        verb.Add(Json);
    }

    /// <summary>Connects as the options say.</summary>
    /// <exception cref="CliException">Nothing answers there, or a variable makes no sense.</exception>
    public async Task<HedgerowClient> ConnectAsync(ParseResult result, CancellationToken cancel)
    {
        var cluster = result.GetValue(Server) ?? _console.Variable("HEDGEROW_SERVER") ?? DefaultServer;
        var timeout = result.GetValue(Timeout) ?? TimeoutOfVariable();
        var options = new HedgerowClientOptions
        {
            Cluster = cluster,
            Name = $"hedgerow {result.CommandResult.Command.Name}",
            Token = result.GetValue(Token) ?? _console.Variable("HEDGEROW_TOKEN") ?? "",
            Timeout = timeout ?? TimeSpan.FromSeconds(5),
            SearchTimeout = timeout ?? TimeSpan.FromSeconds(10),
            BulkTimeout = timeout ?? TimeSpan.FromMinutes(1),
        };
        if (timeout > options.ConnectTimeout) options.ConnectTimeout = timeout.Value;
        try
        {
            return await HedgerowClient.ConnectAsync(options, cancel);
        }
        catch (HedgerowException failure)
        {
            throw CliException.Failed(
                $"No connection to {cluster}: {failure.Message} Start one with 'hedgerow serve', or name another " +
                "with --server HOST:PORT.");
        }
    }

    /// <summary>Where a path lives, in words.</summary>
    public static string Place(HedgerowClient cluster, string path)
    {
        var place = cluster.Locate(path);
        return $"shard {place.Shard} on {string.Join(", ", place.Replicas.Select(leaf => leaf.Id))}";
    }

    private TimeSpan? TimeoutOfVariable()
    {
        const string Name = "HEDGEROW_TIMEOUT";
        if (_console.Variable(Name) is not { Length: > 0 } text) return null;
        return TryParse(text, out var duration) ? duration : throw CliException.Usage(NoDuration(Name, text));
    }

    private static TimeSpan? ParseDuration(string name, ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (TryParse(text, out var duration)) return duration;
        result.AddError(NoDuration(name, text));
        return null;
    }

    private static bool TryParse(string text, out TimeSpan duration) =>
        Quantities.TryParseDuration(text, out duration) && duration > TimeSpan.Zero;

    private static string NoDuration(string name, string text) =>
        $"{name}: '{text}' is no duration; allowed is a number and a unit: us, ms, s, m, h or d, such as 60s.";
}

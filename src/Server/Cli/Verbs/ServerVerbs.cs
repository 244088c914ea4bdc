using Hedgerow.Server.Config;
using Hedgerow.Server.Hosting;

namespace Hedgerow.Server.Cli.Verbs;

/// <summary>
/// <c>hedgerow serve | leaf | router</c>: their options are the settings table's, so their arguments go to it unparsed.
/// Here are their names, what they are for, and examples.
/// </summary>
internal static class ServerVerbs
{
    private static readonly VerbCommand Serve = new(
        "serve",
        "A whole cluster in one process: leaves and router, native protocol and HTTP.",
        new Example("in memory, on 127.0.0.1:7600 and :7680", "hedgerow serve"),
        new Example("durable, with 4 GiB for entries", "hedgerow serve --data /var/lib/hedgerow --memory 4GiB"),
        new Example("hedge up to 5 % of the reads", "hedgerow serve --router.hedge.budget 0.05"));

    private static readonly VerbCommand Leaf = new(
        "leaf",
        "One leaf: holds shards and serves them.",
        new Example(
            "the leaf of that name in a topology file",
            "hedgerow leaf --name leaf-1 --listen 127.0.0.1:7610 --topology cluster.json --data d1 --http off"));

    private static readonly VerbCommand Router = new(
        "router",
        "One router: takes any request and sends it to the leaves of a topology.",
        new Example("over the leaves of a file", "hedgerow router --topology cluster.json"));

    private static readonly (VerbCommand Verb, NodeRole Role)[] Verbs =
    [
        (Serve, NodeRole.Serve), (Leaf, NodeRole.Leaf), (Router, NodeRole.Router),
    ];

    /// <summary>The verbs, for the list in the root's help.</summary>
    public static IEnumerable<VerbCommand> All() => Verbs.Select(row => row.Verb);

    /// <summary>Runs the command line if it is one of these verbs; null when it is not.</summary>
    public static async Task<int?> TryRunAsync(string[] args, CliConsole console, CancellationToken cancel)
    {
        var (verb, role) = Array.Find(Verbs, row => args.Length > 0 && row.Verb.Name == args[0]);
        if (verb is null) return null;
        var exitCode = await NodeHost.RunVerbAsync(role, args[1..], cancel);
        if (args.Contains("--help") || args.Contains("-h")) verb.WriteExamples(console.Out);
        return exitCode;
    }
}

using Hedgerow.Router;

namespace Hedgerow.EndToEnd.Tests;

/// <summary>
/// Deadlines and the grace of writes, so long that they pass on no machine, however slow and busy: here it is told what
/// is answered, not how soon. A write then waits for every replica that is up, so that each answers with it.
/// </summary>
internal static class Patience
{
    private const string Text = "60s";
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    /// <summary>Has a server be patient where its arguments do not say otherwise.</summary>
    public static void Give(IDictionary<string, string?> environment, string[] args)
    {
        foreach (var setting in (string[])["router.timeout", "router.searchTimeout", "router.writeGrace"])
        {
            if (args.Any(argument => argument.StartsWith($"--{setting}", StringComparison.Ordinal))) continue;
            environment["HEDGEROW__" + setting.Replace(".", "__", StringComparison.Ordinal).ToUpperInvariant()] = Text;
        }
    }

    /// <summary>As a variable of the client verbs.</summary>
    public static string? Variable(string name) =>
        name == "HEDGEROW_TIMEOUT" ? Text : Environment.GetEnvironmentVariable(name);

    /// <summary>A client of a router, or by a topology file.</summary>
    public static ValueTask<HedgerowClient> ConnectAsync(string cluster) =>
        HedgerowClient.ConnectAsync(new HedgerowClientOptions
        {
            Cluster = cluster, ConnectTimeout = Long, Timeout = Long, SearchTimeout = Long, BulkTimeout = Long,
            WriteGrace = Long,
        });
}

using System.Globalization;
using System.Text;

namespace Hedgerow.Server.FrontEnds.Resp;

/// <summary>One setting under Redis's name.</summary>
/// <param name="Name">Redis's.</param>
/// <param name="Read">Its value now.</param>
/// <param name="Meaning">What it is here, for docs/RESP.md.</param>
/// <param name="Write">Changes it; null where it can't be changed.</param>
internal sealed record ConfigParameter(
    string Name, Func<RespServer, string> Read, string Meaning, Action<RespServer, string>? Write = null)
{
    /// <summary>All of them, by name.</summary>
    public static IReadOnlyList<ConfigParameter> All { get; } =
    [
        new("appendonly", _ => "no", "Entries are a cache; documents have their own log."),
        new("bind", s => s.Settings.RespListen?.Host ?? "", "Host of `resp.listen`."),
        new("client-output-buffer-limit", OutputLimits, "`resp.output` and `resp.messages`."),
        new("cluster-enabled", _ => "no", "The cluster is behind the node, not before its clients."),
        new("databases", _ => "1", "Database 0."),
        new("io-threads", s => Number(s.LoopCount), "Loops that serve text connections."),
        new("maxclients", s => Number(s.Settings.RespConnectionsMax), "`resp.connections`."),
        new("maxmemory", s => Number(s.Settings.MemoryBytes), "`leaf.memory`."),
        new("maxmemory-policy", _ => "allkeys-lfu",
            "The nearest of Redis's words: every entry may be evicted, those used least and longest ago first."),
        new("notify-keyspace-events", s => EventLetters.Format(s.Notifications.Classes),
            "`resp.notify`, until it is set.", (s, text) => s.Notifications.Classes = EventLetters.Parse(text)!.Value),
        new("port", s => Number(s.Settings.RespListen?.Port ?? 0), "Port of `resp.listen`."),
        new("proto-max-bulk-len", s => Number(s.Limits.BulkBytesMax),
            "A longer argument closes the connection; a value over `limits.value` is answered with an error."),
        new("save", _ => "", "There is no saving by a schedule."),
        new("slave-read-only", _ => "yes", "For old clients that ask."),
        new("tcp-keepalive", _ => "300", "Seconds."),
        new("timeout", s => Number((long)s.Settings.RespIdleTimeout.TotalSeconds), "`resp.timeout`, in seconds."),
    ];

    /// <summary>The name in ASCII.</summary>
    public byte[] NameBytes { get; } = Encoding.ASCII.GetBytes(Name);

    /// <summary>The one of a name in any case; null when there is none.</summary>
    public static ConfigParameter? Find(ReadOnlySpan<byte> name)
    {
        foreach (var parameter in All)
            if (Ascii.EqualsIgnoreCase(name, parameter.NameBytes)) return parameter;
        return null;
    }

    /// <summary>What is wrong with a value; null when nothing is.</summary>
    public string? Check(string value) =>
        Name == "notify-keyspace-events" && EventLetters.Parse(value) == null
            ? "Invalid event class character. Use 'Ag$lshzxeKEtmdn'."
            : null;

    private static string OutputLimits(RespServer server) =>
        $"normal {server.Settings.RespOutputBytesMax} 0 0 slave 0 0 0 pubsub {server.MessageBytesMax} 0 0";

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}

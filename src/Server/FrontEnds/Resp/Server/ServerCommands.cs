using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Resp;

/// <summary>Commands about the node.</summary>
internal static class ServerCommands
{
    private const RespFlags AnyTime = RespFlags.Loading | RespFlags.Stale;

    private const string WholeCluster = "Entries of the whole cluster; documents are not counted.";

    public static IReadOnlyList<RespCommand> Rows { get; } =
    [
        ClientCommands.Row,
        TableCommands.Row,
        ConfigCommands.Row,
        Resp.Rows.Now("info", -1, AnyTime | RespFlags.Dangerous, "server", "1.0.0",
            "Returns what the node says of itself", Info,
            "Memory, keys, hits and misses are those of the leaves of this process; `expires` and `avg_ttl` are not" +
            " counted, and 0."),
        new()
        {
            Name = "dbsize", Arity = 1, Flags = RespFlags.ReadOnly | RespFlags.Fast, Group = "server",
            Since = "1.0.0", Summary = "Returns how many keys there are", Run = EntryCount.RunAsync,
            Difference = WholeCluster,
        },
        Flush("flushall", "Removes all keys"),
        Flush("flushdb", "Removes all keys of the database"),
        Resp.Rows.Now("time", 1, AnyTime | RespFlags.Fast, "server", "2.6.0", "Returns the time of the node", Time),
        Resp.Rows.Now("role", 1, AnyTime | RespFlags.Fast | RespFlags.NoScript | RespFlags.Admin, "server", "2.8.12",
            "Returns the node's part in replication", Role,
            "Always a master without replicas: replication is the cluster's own business."),
        Resp.Rows.Now("cluster", -2, AnyTime, "cluster", "3.0.0", "Is refused, as by a Redis that is no cluster",
            Cluster,
            "Always \"This instance has cluster support disabled\": clients need not know the shards."),
        Resp.Rows.Container("acl", "server", "6.0.0", "A container for commands about access",
            Resp.Rows.Now("whoami", 2, AnyTime | RespFlags.NoScript, "server", "6.0.0", "Returns the user",
                (RespClient _, in RespArgs _, RespReply reply) => reply.Bulk("default"u8))),
    ];

    private static RespCommand Flush(string name, string summary) => new()
    {
        Name = name,
        Arity = -1,
        Flags = RespFlags.Write | RespFlags.Dangerous,
        Group = "server",
        Since = "1.0.0",
        Summary = summary,
        Run = FlushAsync,
        Difference =
            "Documents stay: they are not cached but kept. ASYNC and SYNC do the same. Within MULTI the keys of the" +
            " transaction change together, but not at the moment at which the others go.",
    };

    private static async ValueTask FlushAsync(RespCall call)
    {
        if (call.Count > 2 || (call.Count == 2 && !call.Args.Is(1, "ASYNC"u8) && !call.Args.Is(1, "SYNC"u8)))
        {
            call.Reply.Error(RespErrors.Syntax);
            return;
        }

        if (await TryFlushAsync(call)) call.Reply.Ok();
    }

    /// <summary>Deletes all entries; false when that failed, which is answered then.</summary>
    public static async ValueTask<bool> TryFlushAsync(RespCall call)
    {
        using var reply = await call.SendAsync(Opcode.Flush, FrameFlags.None, new byte[sizeof(ulong)]);
        if (reply.Status == StatusCode.Ok) return true;
        RespErrors.WriteFailure(call.Reply, reply.Status, reply.Body.Span);
        return false;
    }

    private static void Info(RespClient client, in RespArgs args, RespReply reply)
    {
        var sections = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (var i = 1; i < args.Count; i++) sections.Add(Encoding.Latin1.GetString(args[i]));
        reply.Verbatim("txt"u8, Encoding.UTF8.GetBytes(InfoReport.Of(client.Server, sections)));
    }

    private static void Time(RespClient client, in RespArgs args, RespReply reply)
    {
        var now = client.Server.Time.GetUtcNow();
        reply.ArrayHead(2);
        reply.BulkInteger(now.ToUnixTimeSeconds());
        reply.BulkInteger(now.Ticks / TimeSpan.TicksPerMicrosecond % 1_000_000);
    }

    private static void Role(RespClient client, in RespArgs args, RespReply reply)
    {
        reply.ArrayHead(3);
        reply.Bulk("master"u8);
        reply.Integer(0);
        reply.ArrayHead(0);
    }

    private static void Cluster(RespClient client, in RespArgs args, RespReply reply) =>
        reply.Error("ERR This instance has cluster support disabled"u8);
}

using System.Text;
using Hedgerow.Server.FrontEnds.Resp.Commands;

namespace Hedgerow.Server.FrontEnds.Resp;

/// <summary>CONFIG: the node's settings under the names that Redis has for them.</summary>
internal static class ConfigCommands
{
    private const RespFlags Admin =
        RespFlags.Admin | RespFlags.NoScript | RespFlags.Loading | RespFlags.Stale;

    public static RespCommand Row { get; } = Rows.Container(
        "config", "server", "2.0.0", "A container for commands about settings",
        Rows.Now("get", -3, Admin, "server", "2.0.0", "Returns settings by patterns of their names", Get,
            "The settings that exist here, answered from the node's own; the list is below."),
        Rows.Now("set", -4, Admin, "server", "2.0.0", "Changes settings while the server runs", Set,
            "`notify-keyspace-events` only; the others are fixed at the start, and say so."),
        Rows.Now("resetstat", 2, Admin, "server", "2.0.0", "Counts commands from now", ResetStatistics));

    private static void Get(RespClient client, in RespArgs args, RespReply reply)
    {
        var found = new List<ConfigParameter>();
        foreach (var parameter in ConfigParameter.All)
        {
            for (var i = 2; i < args.Count; i++)
            {
                if (!GlobPattern.Matches(args[i], parameter.NameBytes, ignoreCase: true)) continue;
                found.Add(parameter);
                break;
            }
        }

        reply.MapHead(found.Count);
        foreach (var parameter in found)
        {
            reply.Bulk(parameter.NameBytes);
            reply.Bulk(parameter.Read(client.Server));
        }
    }

    private static void Set(RespClient client, in RespArgs args, RespReply reply)
    {
        if (args.Count % 2 != 0)
        {
            reply.Error(RespErrors.Syntax);
            return;
        }

        // All are looked at before one is changed.
        for (var i = 2; i < args.Count; i += 2)
            if (!TryCheck(args[i], args[i + 1], reply)) return;
        for (var i = 2; i < args.Count; i += 2)
            ConfigParameter.Find(args[i])!.Write!(client.Server, Encoding.Latin1.GetString(args[i + 1]));
        reply.Ok();
    }

    private static bool TryCheck(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, RespReply reply)
    {
        var text = Encoding.Latin1.GetString(name);
        var parameter = ConfigParameter.Find(name);
        if (parameter == null)
        {
            reply.Error($"ERR Unknown option or number of arguments for CONFIG SET - '{text}'");
            return false;
        }

        var problem = parameter.Write == null
            ? "can't set immutable config"
            : parameter.Check(Encoding.Latin1.GetString(value));
        if (problem == null) return true;
        reply.Error($"ERR CONFIG SET failed (possibly related to argument '{text}') - {problem}");
        return false;
    }

    private static void ResetStatistics(RespClient client, in RespArgs args, RespReply reply)
    {
        client.Server.Counters.Reset();
        reply.Ok();
    }
}

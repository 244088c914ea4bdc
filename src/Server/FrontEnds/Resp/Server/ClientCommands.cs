using System.Text;

namespace Hedgerow.Server.FrontEnds.Resp;

/// <summary>CLIENT: who is connected, and what is known of this connection.</summary>
internal static class ClientCommands
{
    private const RespFlags Plain = RespFlags.NoScript | RespFlags.Loading | RespFlags.Stale;
    private const RespFlags Admin = Plain | RespFlags.Admin;

    public static ReadOnlySpan<byte> BadName =>
        "ERR Client names cannot contain spaces, newlines or special characters."u8;

    public static RespCommand Row { get; } = Rows.Container(
        "client", "connection", "2.4.0", "A container for commands about connections",
        Sub("id", 2, Plain, "5.0.0", "Returns the id of the connection",
            (RespClient c, in RespArgs _, RespReply reply) => reply.Integer(c.Id)),
        Sub("getname", 2, Plain, "2.6.9", "Returns the name of the connection", GetName),
        Sub("setname", 3, Plain, "2.6.9", "Names the connection", SetName),
        Sub("setinfo", 4, Plain, "7.2.0", "Says which library the client is", SetLibrary),
        Sub("list", -2, Admin, "2.4.0", "Lists the connections", List),
        Sub("info", 2, Plain, "6.2.0", "Returns the line of this connection in the list",
            (RespClient c, in RespArgs _, RespReply reply) => reply.Verbatim("txt"u8, ClientLine.Of(c.Session!))),
        Sub("kill", -3, Admin, "2.4.0", "Closes connections", Kill),
        Sub("reply", 3, Plain, "3.2.0", "Says whether commands are answered", Reply),
        Sub("no-evict", 3, Admin, "7.0.0", "Sets the mode of the connection that is not evicted",
            (RespClient c, in RespArgs args, RespReply reply) =>
            {
                if (TryOnOff(args, reply, out var on)) c.IsNoEvict = on;
            },
            "Shown in CLIENT LIST, and nothing else: connections are not evicted."),
        Sub("no-touch", 3, Plain, "7.2.0", "Says whether reads count as uses",
            (RespClient c, in RespArgs args, RespReply reply) =>
            {
                if (TryOnOff(args, reply, out var on)) c.IsNoTouch = on;
            },
            "Shown in CLIENT LIST, and nothing else: reads count as uses all the same."),
        Sub("unpause", 2, Admin, "6.2.0", "Ends a pause",
            (RespClient _, in RespArgs _, RespReply reply) => reply.Ok(), "There is no CLIENT PAUSE to end."));

    private static RespCommand Sub(
        string name, int arity, RespFlags flags, string since, string summary, RespNow now,
        string? difference = null) =>
        Rows.Now(name, arity, flags, "connection", since, summary, now, difference);

    private static void GetName(RespClient client, in RespArgs args, RespReply reply)
    {
        if (client.Name.Length == 0) reply.Null();
        else reply.Bulk(client.Name);
    }

    private static void SetName(RespClient client, in RespArgs args, RespReply reply)
    {
        if (!ConnectionCommands.IsGoodName(args[2]))
        {
            reply.Error(BadName);
            return;
        }

        client.Name = Encoding.ASCII.GetString(args[2]);
        reply.Ok();
    }

    private static void SetLibrary(RespClient client, in RespArgs args, RespReply reply)
    {
        var isName = args.Is(2, "LIB-NAME"u8);
        if (!isName && !args.Is(2, "LIB-VER"u8))
        {
            reply.Error($"ERR Unrecognized option '{Encoding.Latin1.GetString(args[2])}'");
            return;
        }

        if (!ConnectionCommands.IsGoodName(args[3]))
        {
            var option = isName ? "lib-name" : "lib-ver";
            reply.Error($"ERR {option} cannot contain spaces, newlines or special characters.");
            return;
        }

        var text = Encoding.ASCII.GetString(args[3]);
        if (isName) client.LibraryName = text;
        else client.LibraryVersion = text;
        reply.Ok();
    }

    private static bool TryOnOff(in RespArgs args, RespReply reply, out bool on)
    {
        on = args.Is(2, "ON"u8);
        if (on || args.Is(2, "OFF"u8))
        {
            reply.Ok();
            return true;
        }

        reply.Error(RespErrors.Syntax);
        return false;
    }

    private static void Reply(RespClient client, in RespArgs args, RespReply reply)
    {
        if (args.Is(2, "ON"u8))
        {
            client.Replies = ReplyMode.On;
            reply.Ok();
        }
        else if (args.Is(2, "OFF"u8))
        {
            client.Replies = ReplyMode.Off;
        }
        else if (args.Is(2, "SKIP"u8))
        {
            if (client.Replies == ReplyMode.On) client.Replies = ReplyMode.SkipNext;
        }
        else
        {
            reply.Error(RespErrors.Syntax);
        }
    }

    private static void List(RespClient client, in RespArgs args, RespReply reply)
    {
        var filter = new ClientFilter();
        if (args.Count > 2 && !filter.TryReadListOptions(args, reply)) return;
        var text = new StringBuilder();
        foreach (var session in client.Server.Sessions.OrderBy(s => s.Id))
            if (filter.Matches(session)) text.Append(Encoding.UTF8.GetString(ClientLine.Of(session)));
        reply.Verbatim("txt"u8, Encoding.UTF8.GetBytes(text.ToString()));
    }

    private static void Kill(RespClient client, in RespArgs args, RespReply reply)
    {
        var isOld = args.Count == 3;
        var filter = new ClientFilter { SkipsMe = !isOld };
        if (isOld) filter.Address = Encoding.Latin1.GetString(args[2]);
        else if (!filter.TryReadKillOptions(args, reply)) return;
        var killed = 0;
        foreach (var session in client.Server.Sessions)
        {
            if (!filter.Matches(session) || (filter.SkipsMe && session == client.Session)) continue;
            killed++;
            // One that kills itself is told first.
            if (session == client.Session) session.End();
            else session.Kill();
        }

        if (!isOld) reply.Integer(killed);
        else if (killed > 0) reply.Ok();
        else reply.Error("ERR No such client"u8);
    }
}

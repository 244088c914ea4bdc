using System.Text;

namespace Hedgerow.Server.FrontEnds.Resp;

/// <summary>Commands about the connection: greeting, password, end.</summary>
internal static class ConnectionCommands
{
    /// <summary>The Redis version whose commands and forms are spoken.</summary>
    public const string RedisVersion = "7.2.0";

    private const RespFlags AnyTime = RespFlags.Loading | RespFlags.Stale | RespFlags.Fast;
    private const RespFlags BeforeAuth = AnyTime | RespFlags.NoScript | RespFlags.NoAuth;

    public static IReadOnlyList<RespCommand> Rows { get; } =
    [
        Resp.Rows.Now("ping", -1, RespFlags.Fast | RespFlags.RunsSubscribed, "connection", "1.0.0",
            "Returns PONG, or its argument", Ping),
        Resp.Rows.Now("echo", 2, AnyTime, "connection", "1.0.0", "Returns its argument", Echo),
        Resp.Rows.Now("hello", -1, BeforeAuth, "connection", "6.0.0",
            "Agrees on RESP2 or RESP3, with a password and a name if given", Hello),
        Resp.Rows.Now("auth", -2, BeforeAuth, "connection", "1.0.0", "Gives the password", Auth,
            "The password is the node's `auth.token`; the only user is `default`."),
        Resp.Rows.Now("select", 2, AnyTime, "connection", "1.0.0", "Chooses a database", Select,
            "There is one database, 0; another number is out of range."),
        Resp.Rows.Now("quit", -1, BeforeAuth | RespFlags.RunsSubscribed | RespFlags.RunsInMulti, "connection",
            "1.0.0", "Closes the connection", Quit),
        Resp.Rows.Now("reset", 1, BeforeAuth | RespFlags.RunsSubscribed | RespFlags.RunsInMulti, "connection",
            "6.2.0", "Makes the connection as it was when it was opened", Reset),
    ];

    /// <summary>Whether text can be a client's name: no blanks, no control characters, nothing beyond ASCII.</summary>
    public static bool IsGoodName(ReadOnlySpan<byte> name) => name.IndexOfAnyExceptInRange((byte)'!', (byte)'~') < 0;

    private static void Ping(RespClient client, in RespArgs args, RespReply reply)
    {
        if (args.Count > 2)
        {
            reply.Error("ERR wrong number of arguments for 'ping' command"u8);
        }
        else if (client.IsListening)
        {
            reply.ArrayHead(2);
            reply.Bulk("pong"u8);
            reply.Bulk(args.Count == 2 ? args[1] : default);
        }
        else if (args.Count == 2)
        {
            reply.Bulk(args[1]);
        }
        else
        {
            reply.Simple("PONG"u8);
        }
    }

    private static void Echo(RespClient client, in RespArgs args, RespReply reply) => reply.Bulk(args[1]);

    private static void Select(RespClient client, in RespArgs args, RespReply reply)
    {
        if (!args.TryLong(1, out var index) || index is < int.MinValue or > int.MaxValue)
            reply.Error(RespErrors.NotAnInteger);
        else if (index != 0) reply.Error("ERR DB index is out of range"u8);
        else reply.Ok();
    }

    private static void Quit(RespClient client, in RespArgs args, RespReply reply)
    {
        reply.Ok();
        client.Session?.End();
    }

    private static void Reset(RespClient client, in RespArgs args, RespReply reply)
    {
        client.Transaction = null;
        client.Watched = null;
        client.Session?.LeaveAllChannels();
        client.Name = "";
        client.Replies = ReplyMode.On;
        client.IsNoEvict = client.IsNoTouch = false;
        client.Protocol = reply.Protocol = 2;
        client.IsAuthenticated = !client.Server.Access.IsSet;
        reply.Simple("RESET"u8);
    }

    private static void Auth(RespClient client, in RespArgs args, RespReply reply)
    {
        if (args.Count > 3)
        {
            reply.Error(RespErrors.Syntax);
            return;
        }

        if (args.Count == 2 && !client.Server.Access.IsSet)
        {
            reply.Error(
                "ERR AUTH <password> called without any password configured for the default user. "
                + "Are you sure your configuration is correct?");
            return;
        }

        var user = args.Count == 3 ? args[1] : "default"u8;
        if (TryAuth(client, user, args[args.Count - 1])) reply.Ok();
        else reply.Error(RespErrors.WrongPass);
    }

    private static bool TryAuth(RespClient client, ReadOnlySpan<byte> user, ReadOnlySpan<byte> password)
    {
        if (!user.SequenceEqual("default"u8)) return false;
        if (!client.Server.Access.Admits(Encoding.UTF8.GetString(password))) return false;
        client.IsAuthenticated = true;
        return true;
    }

    private static void Hello(RespClient client, in RespArgs args, RespReply reply)
    {
        var protocol = (long)client.Protocol;
        if (args.Count > 1)
        {
            if (!args.TryLong(1, out protocol))
            {
                reply.Error("ERR Protocol version is not an integer or out of range"u8);
                return;
            }

            if (protocol is < 2 or > 3)
            {
                reply.Error(RespErrors.NoProto);
                return;
            }
        }

        if (!TryHelloOptions(client, args, reply)) return;
        if (!client.IsAuthenticated)
        {
            reply.Error(
                "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH "
                + "<user> <pass> option can be used to authenticate the client and select the RESP protocol version at "
                + "the same time");
            return;
        }

        client.Protocol = reply.Protocol = (int)protocol;
        reply.MapHead(7);
        Pair("server"u8, "redis"u8);
        Pair("version"u8, Encoding.ASCII.GetBytes(RedisVersion));
        reply.Bulk("proto"u8);
        reply.Integer(protocol);
        reply.Bulk("id"u8);
        reply.Integer(client.Id);
        Pair("mode"u8, "standalone"u8);
        Pair("role"u8, "master"u8);
        reply.Bulk("modules"u8);
        reply.ArrayHead(0);

        void Pair(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
        {
            reply.Bulk(name);
            reply.Bulk(value);
        }
    }

    private static bool TryHelloOptions(RespClient client, in RespArgs args, RespReply reply)
    {
        string? name = null;
        for (var i = 2; i < args.Count; i++)
        {
            var left = args.Count - i - 1;
            if (args.Is(i, "AUTH"u8) && left >= 2)
            {
                if (!TryAuth(client, args[i + 1], args[i + 2]))
                {
                    reply.Error(RespErrors.WrongPass);
                    return false;
                }

                i += 2;
            }
            else if (args.Is(i, "SETNAME"u8) && left >= 1)
            {
                if (!IsGoodName(args[i + 1]))
                {
                    reply.Error(ClientCommands.BadName);
                    return false;
                }

                name = Encoding.ASCII.GetString(args[++i]);
            }
            else
            {
                reply.Error($"ERR Syntax error in HELLO option '{Encoding.Latin1.GetString(args[i])}'");
                return false;
            }
        }

        if (name != null && client.IsAuthenticated) client.Name = name;
        return true;
    }
}

using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Resp.Commands;

namespace Hedgerow.Server.FrontEnds.Resp;

/// <summary>Commands about channels.</summary>
internal static class PubSubCommands
{
    private const RespFlags Listen =
        RespFlags.PubSub | RespFlags.NoScript | RespFlags.Loading | RespFlags.Stale | RespFlags.RunsSubscribed;

    private const RespFlags Tell = RespFlags.PubSub | RespFlags.Loading | RespFlags.Stale;

    private const string AllRouters = "The clients of all routers hear it; the answer counts those of this node.";

    public static IReadOnlyList<RespCommand> Rows { get; } =
    [
        Now("subscribe", -2, Listen, "2.0.0", "Listens to channels", Subscribe),
        Now("unsubscribe", -1, Listen, "2.0.0", "Listens to channels no longer, or to none", Unsubscribe),
        Now("psubscribe", -2, Listen, "2.0.0", "Listens to channels whose names meet patterns", Subscribe),
        Now("punsubscribe", -1, Listen, "2.0.0", "Listens to patterns no longer, or to none", Unsubscribe),
        Now("ssubscribe", -2, Listen, "7.0.0", "Listens to shard channels", Subscribe),
        Now("sunsubscribe", -1, Listen, "7.0.0", "Listens to shard channels no longer", Unsubscribe),
        Now("publish", 3, Tell | RespFlags.Fast, "2.0.0", "Sends a message to a channel", Publish,
            AllRouters),
        Now("spublish", 3, Tell | RespFlags.Fast, "7.0.0", "Sends a message to a shard channel", Publish,
            AllRouters),
        Resp.Rows.Container("pubsub", "pubsub", "2.8.0", "A container for commands about channels",
            Now("channels", -2, Tell, "2.8.0", "Returns the channels that somebody listens to", Channels),
            Now("numsub", -2, Tell, "2.8.0", "Returns how many listen to channels", CountListeners),
            Now("numpat", 2, Tell, "2.8.0", "Returns how many patterns somebody listens to", CountPatterns),
            Now("shardchannels", -2, Tell, "7.0.0", "Returns the shard channels that somebody listens to", Channels),
            Now("shardnumsub", -2, Tell, "7.0.0", "Returns how many listen to shard channels", CountListeners)),
    ];

    private static RespCommand Now(
        string name, int arity, RespFlags flags, string since, string summary, RespNow now,
        string? difference = null) =>
        Resp.Rows.Now(name, arity, flags, "pubsub", since, summary, now, difference);

    private static SubscriptionKind KindOf(in RespArgs args)
    {
        if ((args[0][0] | 0x20) == 'p') return SubscriptionKind.Pattern;
        return args.Is(0, "SSUBSCRIBE"u8) || args.Is(0, "SUNSUBSCRIBE"u8)
            ? SubscriptionKind.Shard
            : SubscriptionKind.Channel;
    }

    private static ReadOnlySpan<byte> Word(SubscriptionKind kind, bool joins) => kind switch
    {
        SubscriptionKind.Pattern => joins ? "psubscribe"u8 : "punsubscribe"u8,
        SubscriptionKind.Shard => joins ? "ssubscribe"u8 : "sunsubscribe"u8,
        _ => joins ? "subscribe"u8 : "unsubscribe"u8,
    };

    private static void Subscribe(RespClient client, in RespArgs args, RespReply reply)
    {
        var kind = KindOf(args);
        for (var i = 1; kind == SubscriptionKind.Pattern && i < args.Count; i++)
            if (!GlobPattern.Takes(args[i], reply)) return;
        if (!client.Session!.MayJoin(args.Count - 1, args.TotalBytes - args[0].Length))
        {
            reply.Error(
                $"ERR a client listens to at most {RespSession.NamesMax} names of together "
                + $"{RespSession.NameBytesMax} bytes");
            return;
        }

        for (var i = 1; i < args.Count; i++)
        {
            var name = args[i].ToArray();
            client.Session.Join(kind, name);
            Confirm(client, kind, true, name, reply);
        }
    }

    private static void Unsubscribe(RespClient client, in RespArgs args, RespReply reply)
    {
        var kind = KindOf(args);
        var mine = client.Subscriptions[(int)kind];
        if (args.Count == 1 && mine.Count == 0)
        {
            Confirm(client, kind, false, null, reply);
            return;
        }

        if (args.Count == 1)
        {
            foreach (var name in mine.ToArray()) Leave(name);
            return;
        }

        for (var i = 1; i < args.Count; i++) Leave(args[i].ToArray());

        void Leave(byte[] name)
        {
            client.Session!.LeaveChannel(kind, name);
            Confirm(client, kind, false, name, reply);
        }
    }

    private static void Confirm(RespClient client, SubscriptionKind kind, bool joins, byte[]? name, RespReply reply)
    {
        reply.PushHead(3);
        reply.Bulk(Word(kind, joins));
        if (name == null) reply.Null();
        else reply.Bulk(name);
        reply.Integer(kind == SubscriptionKind.Shard ? client.Subscriptions[(int)kind].Count : client.ChannelCount);
    }

    private static void Publish(RespClient client, in RespArgs args, RespReply reply)
    {
        var hub = client.Server.Hub;
        if (args[1].Length > ProtocolLimits.PathBytesMax)
        {
            reply.Error(
                $"ERR the channel has {args[1].Length} bytes; at most {ProtocolLimits.PathBytesMax} are allowed");
            return;
        }

        if (hub.Carrier != null && (long)args[1].Length + args[2].Length > MessageCodec.RowBytesMax)
        {
            reply.Error($"ERR a message and its channel have at most {MessageCodec.RowBytesMax} bytes between nodes");
            return;
        }

        reply.Integer(args.Is(0, "PUBLISH"u8)
            ? hub.Publish(args[1], args[2])
            : hub.PublishSharded(args[1], args[2]));
    }

    private static void Channels(RespClient client, in RespArgs args, RespReply reply)
    {
        if (args.Count > 3)
        {
            reply.ErrorInBytes(RespErrors.WrongSubcommand(RespTable.Find("pubsub"u8)!, args[1]));
            return;
        }

        var kind = args.Is(1, "CHANNELS"u8) ? SubscriptionKind.Channel : SubscriptionKind.Shard;
        if (args.Count > 2 && !GlobPattern.Takes(args[2], reply)) return;
        var names = new List<byte[]>();
        foreach (var name in client.Server.Hub.Names(kind))
            if (args.Count == 2 || GlobPattern.Matches(args[2], name)) names.Add(name);
        reply.ArrayHead(names.Count);
        foreach (var name in names) reply.Bulk(name);
    }

    private static void CountListeners(RespClient client, in RespArgs args, RespReply reply)
    {
        var kind = args.Is(1, "NUMSUB"u8) ? SubscriptionKind.Channel : SubscriptionKind.Shard;
        // Redis has no map here, in RESP3 either.
        reply.ArrayHead(2 * (args.Count - 2));
        for (var i = 2; i < args.Count; i++)
        {
            reply.Bulk(args[i]);
            reply.Integer(client.Server.Hub.Count(kind, args[i]));
        }
    }

    private static void CountPatterns(RespClient client, in RespArgs args, RespReply reply) =>
        reply.Integer(client.Server.Hub.Count(SubscriptionKind.Pattern));
}

namespace Hedgerow.Server.FrontEnds.Resp;

/// <summary>The rows of commands about the server and the connection.</summary>
internal static class ServerCommands
{
    public static IReadOnlyList<RespCommand> Rows { get; } =
    [
        new()
        {
            Name = "ping", Arity = -1, Flags = RespFlags.Fast | RespFlags.RunsSubscribed, Group = "connection",
            Since = "1.0.0", Summary = "Answers PONG, or its argument", Now = Ping,
        },
    ];

    private static void Ping(RespClient client, in RespArgs args, RespReply reply)
    {
        if (args.Count > 2) reply.Error(RespErrors.WrongArity(RespTable.Find("ping"u8)!));
        else if (args.Count == 2) reply.Bulk(args[1]);
        else reply.Simple("PONG"u8);
    }
}

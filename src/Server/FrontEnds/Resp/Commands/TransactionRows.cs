namespace Hedgerow.Server.FrontEnds.Resp.Commands;

/// <summary>The rows of commands on transactions.</summary>
internal static class TransactionRows
{
    /// <summary>In the order of their names.</summary>
    public static IReadOnlyList<RespCommand> Rows { get; } =
    [
        new()
        {
            Name = "discard", Arity = 1, Group = "transactions", Since = "2.0.0",
            Flags = RespFlags.NoScript | RespFlags.Loading | RespFlags.Stale | RespFlags.Fast | RespFlags.RunsInMulti,
            Summary = "Discards a transaction",
            Now = Transactions.Discard,
        },
        new()
        {
            Name = "exec", Arity = 1, Group = "transactions", Since = "1.2.0",
            Flags = RespFlags.NoScript | RespFlags.Loading | RespFlags.Stale | RespFlags.RunsInMulti,
            Summary = "Executes all commands in a transaction",
            Difference =
                "All keys must be of one shard, else CROSSSLOT; at most 1,024 keys, or 512 if all are written: one" +
                " that is written counts twice. Commands without keys are not part of the atomic change; PUBLISH and" +
                " others that answer at once run when it has happened.",
            Run = Transactions.Exec,
        },
        new()
        {
            Name = "multi", Arity = 1, Group = "transactions", Since = "1.2.0",
            Flags = RespFlags.NoScript | RespFlags.Loading | RespFlags.Stale | RespFlags.Fast | RespFlags.RunsInMulti,
            Summary = "Starts a transaction",
            Now = Transactions.Multi,
        },
        new()
        {
            Name = "unwatch", Arity = 1, Group = "transactions", Since = "2.2.0",
            Flags = RespFlags.NoScript | RespFlags.Loading | RespFlags.Stale | RespFlags.Fast,
            Summary = "Forgets about watched keys of a transaction",
            Now = Transactions.Unwatch,
        },
        new()
        {
            Name = "watch", Arity = -2, Group = "transactions", Since = "2.2.0", Keys = RespKeys.All,
            Flags = RespFlags.NoScript | RespFlags.Loading | RespFlags.Stale | RespFlags.Fast | RespFlags.RunsInMulti,
            Summary = "Monitors changes to keys to determine the execution of a transaction",
            Difference =
                "All keys must be of one shard. Before a cluster a DEL of a key that is not there counts as a change." +
                " Not seen: a key that was created and then went by FLUSHALL, eviction or its own expiry.",
            Run = Transactions.Watch,
        },
    ];
}

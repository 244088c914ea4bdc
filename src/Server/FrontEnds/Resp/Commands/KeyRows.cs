namespace Hedgerow.Server.FrontEnds.Resp.Commands;

/// <summary>The rows of commands on keys of any type.</summary>
internal static class KeyRows
{
    /// <summary>In the order of their names.</summary>
    public static IReadOnlyList<RespCommand> Rows { get; } =
    [
        new()
        {
            Name = "copy", Arity = -3, Group = "generic", Since = "6.2.0", Keys = RespKeys.Two,
            Flags = RespFlags.Write | RespFlags.DenyOom,
            Summary = "Copies the value of a key to a new key",
            Difference = "Both keys must be of one shard, else CROSSSLOT; there is only database 0.",
            Run = KeyMoves.Copy,
        },
        new()
        {
            Name = "del", Arity = -2, Group = "generic", Since = "1.0.0", Keys = RespKeys.All,
            Flags = RespFlags.Write,
            Summary = "Deletes one or more keys",
            Difference = "Several keys are deleted one by one.",
            One = KeyReads.Del, Run = KeyReads.DelMany,
        },
        new()
        {
            Name = "exists", Arity = -2, Group = "generic", Since = "1.0.0", Keys = RespKeys.All,
            Flags = RespFlags.ReadOnly | RespFlags.Fast,
            Summary = "Determines whether one or more keys exist",
            One = KeyReads.Exists, Run = KeyReads.ExistsMany,
        },
        new()
        {
            Name = "expire", Arity = -3, Group = "generic", Since = "1.0.0", Keys = RespKeys.One,
            Flags = RespFlags.Write | RespFlags.Fast,
            Summary = "Sets the expiration time of a key in seconds",
            One = Expiry.Expire, Run = Expiry.ExpireInSteps,
        },
        new()
        {
            Name = "expireat", Arity = -3, Group = "generic", Since = "1.2.0", Keys = RespKeys.One,
            Flags = RespFlags.Write | RespFlags.Fast,
            Summary = "Sets the expiration time of a key to a Unix timestamp",
            One = Expiry.ExpireAt, Run = Expiry.ExpireAtInSteps,
        },
        new()
        {
            Name = "expiretime", Arity = 2, Group = "generic", Since = "7.0.0", Keys = RespKeys.One,
            Flags = RespFlags.ReadOnly | RespFlags.Fast,
            Summary = "Returns the expiration time of a key as a Unix timestamp",
            One = Expiry.ExpireTime,
        },
        new()
        {
            Name = "keys", Arity = 2, Group = "generic", Since = "1.0.0",
            Flags = RespFlags.ReadOnly | RespFlags.Dangerous,
            Summary = "Returns all key names that match a pattern",
            Difference = "Documents are not listed.",
            Run = KeyScans.Keys,
        },
        Resp.Rows.Container(
            "memory", "generic", "4.0.0", "A container for memory diagnostics commands", alone: null,
            [
                new()
                {
                    Name = "usage", Arity = -3, Group = "server", Since = "4.0.0", Keys = RespKeys.Second,
                    Flags = RespFlags.ReadOnly,
                    Summary = "Estimates the memory usage of a key",
                    Difference = "Path, value and the store's 24 bytes an entry.",
                    One = KeyInspection.MemoryUsage,
                },
            ],
            "Only USAGE: the other figures are in INFO memory and in the metrics."),
        Resp.Rows.Container(
            "object", "generic", "2.2.3", "A container for object introspection commands", alone: null,
            [
                new()
                {
                    Name = "encoding", Arity = 3, Group = "generic", Since = "2.2.3", Keys = RespKeys.Second,
                    Flags = RespFlags.ReadOnly,
                    Summary = "Returns what Redis would encode the value as",
                    Difference =
                        "A length of the value decides, not how it was made: APPEND does not make a short " +
                        "string raw.",
                    One = KeyInspection.Encoding,
                },
                new()
                {
                    Name = "freq", Arity = 3, Group = "generic", Since = "4.0.0", Keys = RespKeys.Second,
                    Flags = RespFlags.ReadOnly,
                    Summary = "Returns the access frequency of a key",
                    Difference = "1 if eviction remembers that the value was read, 0 if not: there is no finer count.",
                    One = KeyInspection.Frequency,
                },
                new()
                {
                    Name = "idletime", Arity = 3, Group = "generic", Since = "2.2.3", Keys = RespKeys.Second,
                    Flags = RespFlags.ReadOnly,
                    Summary = "Returns the time since the last access of a key",
                    Difference =
                        "Always the error of a server with an LFU policy, which this is: times of use are not kept.",
                    One = KeyInspection.IdleTime,
                },
                new()
                {
                    Name = "refcount", Arity = 3, Group = "generic", Since = "2.2.3", Keys = RespKeys.Second,
                    Flags = RespFlags.ReadOnly,
                    Summary = "Returns the reference count of a value",
                    Difference = "Always 1.",
                    One = KeyInspection.RefCount,
                },
            ]),
        new()
        {
            Name = "persist", Arity = 2, Group = "generic", Since = "2.2.0", Keys = RespKeys.One,
            Flags = RespFlags.Write | RespFlags.Fast,
            Summary = "Removes the expiration time of a key",
            Run = Expiry.Persist,
        },
        new()
        {
            Name = "pexpire", Arity = -3, Group = "generic", Since = "2.6.0", Keys = RespKeys.One,
            Flags = RespFlags.Write | RespFlags.Fast,
            Summary = "Sets the expiration time of a key in milliseconds",
            One = Expiry.PExpire, Run = Expiry.PExpireInSteps,
        },
        new()
        {
            Name = "pexpireat", Arity = -3, Group = "generic", Since = "2.6.0", Keys = RespKeys.One,
            Flags = RespFlags.Write | RespFlags.Fast,
            Summary = "Sets the expiration time of a key to a Unix milliseconds timestamp",
            One = Expiry.PExpireAt, Run = Expiry.PExpireAtInSteps,
        },
        new()
        {
            Name = "pexpiretime", Arity = 2, Group = "generic", Since = "7.0.0", Keys = RespKeys.One,
            Flags = RespFlags.ReadOnly | RespFlags.Fast,
            Summary = "Returns the expiration time of a key as a Unix milliseconds timestamp",
            One = Expiry.PExpireTime,
        },
        new()
        {
            Name = "pttl", Arity = 2, Group = "generic", Since = "2.6.0", Keys = RespKeys.One,
            Flags = RespFlags.ReadOnly | RespFlags.Fast,
            Summary = "Returns the expiration time in milliseconds of a key",
            One = Expiry.PTtl,
        },
        new()
        {
            Name = "randomkey", Arity = 1, Group = "generic", Since = "1.0.0",
            Flags = RespFlags.ReadOnly,
            Summary = "Returns a random key name from the database",
            Difference = "Not every key is as likely as the next; documents are left out.",
            Run = KeyScans.RandomKey,
        },
        new()
        {
            Name = "rename", Arity = 3, Group = "generic", Since = "1.0.0", Keys = RespKeys.Two,
            Flags = RespFlags.Write,
            Summary = "Renames a key and overwrites the destination",
            Difference = "Both keys must be of one shard, else CROSSSLOT.",
            Run = KeyMoves.Rename,
        },
        new()
        {
            Name = "renamenx", Arity = 3, Group = "generic", Since = "1.0.0", Keys = RespKeys.Two,
            Flags = RespFlags.Write | RespFlags.Fast,
            Summary = "Renames a key only when the target key name does not exist",
            Difference = "Both keys must be of one shard, else CROSSSLOT.",
            Run = KeyMoves.RenameNx,
        },
        new()
        {
            Name = "scan", Arity = -2, Group = "generic", Since = "2.8.0",
            Flags = RespFlags.ReadOnly,
            Summary = "Iterates over the key names in the database",
            Difference = "Documents are not listed; COUNT is at most 10,000.",
            Run = KeyScans.Scan,
        },
        new()
        {
            Name = "touch", Arity = -2, Group = "generic", Since = "3.2.1", Keys = RespKeys.All,
            Flags = RespFlags.ReadOnly | RespFlags.Fast,
            Summary = "Returns the number of existing keys out of those specified",
            Difference = "Does not count as a use: only reads of values do.",
            One = KeyReads.Exists, Run = KeyReads.ExistsMany,
        },
        new()
        {
            Name = "ttl", Arity = 2, Group = "generic", Since = "1.0.0", Keys = RespKeys.One,
            Flags = RespFlags.ReadOnly | RespFlags.Fast,
            Summary = "Returns the expiration time in seconds of a key",
            One = Expiry.Ttl,
        },
        new()
        {
            Name = "type", Arity = 2, Group = "generic", Since = "1.0.0", Keys = RespKeys.One,
            Flags = RespFlags.ReadOnly | RespFlags.Fast,
            Summary = "Determines the type of value stored at a key",
            Difference = "string or hash; a document is a string, unless its collection is one of hashes.",
            One = KeyReads.Type,
        },
        new()
        {
            Name = "unlink", Arity = -2, Group = "generic", Since = "4.0.0", Keys = RespKeys.All,
            Flags = RespFlags.Write | RespFlags.Fast,
            Summary = "Deletes one or more keys",
            Difference = "The same as DEL, which frees memory at once.",
            One = KeyReads.Del, Run = KeyReads.DelMany,
        },
    ];
}

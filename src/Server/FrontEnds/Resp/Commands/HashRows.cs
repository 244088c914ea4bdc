namespace Hedgerow.Server.FrontEnds.Resp.Commands;

/// <summary>The rows of commands on hashes.</summary>
internal static class HashRows
{
    /// <summary>In the order of their names.</summary>
    public static IReadOnlyList<RespCommand> Rows { get; } =
    [
        new()
        {
            Name = "hdel", Arity = -3, Group = "hash", Since = "2.0.0", Keys = RespKeys.One,
            Flags = RespFlags.Write | RespFlags.Fast,
            Summary =
                "Deletes one or more fields and their values from a hash. Deletes the hash if no fields " +
                "remain",
            One = HashWrites.HDel, Run = HashWrites.HDelTold,
        },
        new()
        {
            Name = "hexists", Arity = 3, Group = "hash", Since = "2.0.0", Keys = RespKeys.One,
            Flags = RespFlags.ReadOnly | RespFlags.Fast,
            Summary = "Determines whether a field exists in a hash",
            One = HashReads.HExists,
        },
        new()
        {
            Name = "hget", Arity = 3, Group = "hash", Since = "2.0.0", Keys = RespKeys.One,
            Flags = RespFlags.ReadOnly | RespFlags.Fast,
            Summary = "Returns the value of a field in a hash",
            One = HashReads.HGet,
        },
        new()
        {
            Name = "hgetall", Arity = 2, Group = "hash", Since = "2.0.0", Keys = RespKeys.One,
            Flags = RespFlags.ReadOnly,
            Summary = "Returns all fields and values in a hash",
            One = HashReads.HGetAll,
        },
        new()
        {
            Name = "hincrby", Arity = 4, Group = "hash", Since = "2.0.0", Keys = RespKeys.One,
            Flags = RespFlags.Write | RespFlags.DenyOom | RespFlags.Fast,
            Summary =
                "Increments the integer value of a field in a hash by a number. Uses 0 as initial value if " +
                "the field does not exist",
            One = HashWrites.HIncrBy, Run = HashWrites.HIncrByInSteps,
        },
        new()
        {
            Name = "hincrbyfloat", Arity = 4, Group = "hash", Since = "2.6.0", Keys = RespKeys.One,
            Flags = RespFlags.Write | RespFlags.DenyOom | RespFlags.Fast,
            Summary =
                "Increments the floating point value of a field by a number. Uses 0 as initial value if the " +
                "field does not exist",
            Difference = "Numbers in hexadecimal are refused.",
            Run = HashWrites.HIncrByFloat,
        },
        new()
        {
            Name = "hkeys", Arity = 2, Group = "hash", Since = "2.0.0", Keys = RespKeys.One,
            Flags = RespFlags.ReadOnly,
            Summary = "Returns all fields in a hash",
            One = HashReads.HKeys,
        },
        new()
        {
            Name = "hlen", Arity = 2, Group = "hash", Since = "2.0.0", Keys = RespKeys.One,
            Flags = RespFlags.ReadOnly | RespFlags.Fast,
            Summary = "Returns the number of fields in a hash",
            One = HashReads.HLen,
        },
        new()
        {
            Name = "hmget", Arity = -3, Group = "hash", Since = "2.0.0", Keys = RespKeys.One,
            Flags = RespFlags.ReadOnly | RespFlags.Fast,
            Summary = "Returns the values of fields in a hash",
            One = HashReads.HMGet,
        },
        new()
        {
            Name = "hmset", Arity = -4, Group = "hash", Since = "2.0.0", Keys = RespKeys.One,
            Flags = RespFlags.Write | RespFlags.DenyOom | RespFlags.Fast,
            Summary = "Sets the values of multiple fields",
            One = HashWrites.HMSet,
        },
        new()
        {
            Name = "hrandfield", Arity = -2, Group = "hash", Since = "6.2.0", Keys = RespKeys.One,
            Flags = RespFlags.ReadOnly,
            Summary = "Returns one or more random fields from a hash",
            Run = HashScans.HRandField,
        },
        new()
        {
            Name = "hscan", Arity = -3, Group = "hash", Since = "2.8.0", Keys = RespKeys.One,
            Flags = RespFlags.ReadOnly,
            Summary = "Iterates over fields and values of a hash",
            Run = HashScans.HScan,
        },
        new()
        {
            Name = "hset", Arity = -4, Group = "hash", Since = "2.0.0", Keys = RespKeys.One,
            Flags = RespFlags.Write | RespFlags.DenyOom | RespFlags.Fast,
            Summary = "Creates or modifies the value of a field in a hash",
            Difference =
                "At most 65,536 fields, each name at most 65,535 bytes; names that were made to have one hash are " +
                "refused from the 33rd on.",
            One = HashWrites.HSet,
        },
        new()
        {
            Name = "hsetnx", Arity = 4, Group = "hash", Since = "2.0.0", Keys = RespKeys.One,
            Flags = RespFlags.Write | RespFlags.DenyOom | RespFlags.Fast,
            Summary = "Sets the value of a field in a hash only when the field does not exist",
            One = HashWrites.HSetNx,
        },
        new()
        {
            Name = "hstrlen", Arity = 3, Group = "hash", Since = "3.2.0", Keys = RespKeys.One,
            Flags = RespFlags.ReadOnly | RespFlags.Fast,
            Summary = "Returns the length of the value of a field",
            One = HashReads.HStrLen,
        },
        new()
        {
            Name = "hvals", Arity = 2, Group = "hash", Since = "2.0.0", Keys = RespKeys.One,
            Flags = RespFlags.ReadOnly,
            Summary = "Returns all values in a hash",
            One = HashReads.HVals,
        },
    ];
}

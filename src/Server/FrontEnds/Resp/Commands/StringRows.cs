namespace Hedgerow.Server.FrontEnds.Resp.Commands;

/// <summary>The rows of commands on strings.</summary>
internal static class StringRows
{
    /// <summary>In the order of their names.</summary>
    public static IReadOnlyList<RespCommand> Rows { get; } =
    [
        new()
        {
            Name = "append", Arity = 3, Group = "string", Since = "2.0.0", Keys = RespKeys.One,
            Flags = RespFlags.Write | RespFlags.DenyOom | RespFlags.Fast,
            Summary = "Appends a string to the value of a key. Creates the key if it does not exist",
            Run = StringWrites.Append,
        },
        new()
        {
            Name = "decr", Arity = 2, Group = "string", Since = "1.0.0", Keys = RespKeys.One,
            Flags = RespFlags.Write | RespFlags.DenyOom | RespFlags.Fast,
            Summary =
                "Decrements the integer value of a key by one. Uses 0 as initial value if the key does not " +
                "exist",
            One = Counters.Decr, Run = Counters.InSteps,
        },
        new()
        {
            Name = "decrby", Arity = 3, Group = "string", Since = "1.0.0", Keys = RespKeys.One,
            Flags = RespFlags.Write | RespFlags.DenyOom | RespFlags.Fast,
            Summary =
                "Decrements the integer value of a key by a number. Uses 0 as initial value if the key does " +
                "not exist",
            One = Counters.DecrBy, Run = Counters.InSteps,
        },
        new()
        {
            Name = "get", Arity = 2, Group = "string", Since = "1.0.0", Keys = RespKeys.One,
            Flags = RespFlags.ReadOnly | RespFlags.Fast,
            Summary = "Returns the string value of a key",
            One = StringReads.Get,
        },
        new()
        {
            Name = "getdel", Arity = 2, Group = "string", Since = "6.2.0", Keys = RespKeys.One,
            Flags = RespFlags.Write | RespFlags.Fast,
            Summary = "Returns the string value of a key after deleting the key",
            Run = StringReads.GetDel,
        },
        new()
        {
            Name = "getex", Arity = -2, Group = "string", Since = "6.2.0", Keys = RespKeys.One,
            Flags = RespFlags.Write | RespFlags.Fast,
            Summary = "Returns the string value of a key after setting its expiration time",
            Run = StringReads.GetEx,
        },
        new()
        {
            Name = "getrange", Arity = 4, Group = "string", Since = "2.4.0", Keys = RespKeys.One,
            Flags = RespFlags.ReadOnly,
            Summary = "Returns a substring of the string stored at a key",
            Run = StringReads.GetRange,
        },
        new()
        {
            Name = "getset", Arity = 3, Group = "string", Since = "1.0.0", Keys = RespKeys.One,
            Flags = RespFlags.Write | RespFlags.DenyOom | RespFlags.Fast,
            Summary = "Returns the previous string value of a key after setting it to a new value",
            Run = StringWrites.GetSet,
        },
        new()
        {
            Name = "incr", Arity = 2, Group = "string", Since = "1.0.0", Keys = RespKeys.One,
            Flags = RespFlags.Write | RespFlags.DenyOom | RespFlags.Fast,
            Summary =
                "Increments the integer value of a key by one. Uses 0 as initial value if the key does not " +
                "exist",
            One = Counters.Incr, Run = Counters.InSteps,
        },
        new()
        {
            Name = "incrby", Arity = 3, Group = "string", Since = "1.0.0", Keys = RespKeys.One,
            Flags = RespFlags.Write | RespFlags.DenyOom | RespFlags.Fast,
            Summary =
                "Increments the integer value of a key by a number. Uses 0 as initial value if the key does " +
                "not exist",
            One = Counters.IncrBy, Run = Counters.InSteps,
        },
        new()
        {
            Name = "incrbyfloat", Arity = 3, Group = "string", Since = "2.6.0", Keys = RespKeys.One,
            Flags = RespFlags.Write | RespFlags.DenyOom | RespFlags.Fast,
            Summary =
                "Increments the floating point value of a key by a number. Uses 0 as initial value if the key" +
                " does not exist",
            Difference = "Numbers in hexadecimal are refused.",
            Run = Counters.IncrByFloat,
        },
        new()
        {
            Name = "mget", Arity = -2, Group = "string", Since = "1.0.0", Keys = RespKeys.All,
            Flags = RespFlags.ReadOnly | RespFlags.Fast,
            Summary = "Returns the string values of one or more keys",
            Difference = "Keys of several shards are read one by one, not at one moment.",
            Run = ManyReads.MGet,
        },
        new()
        {
            Name = "mset", Arity = -3, Group = "string", Since = "1.0.1", Keys = RespKeys.Pairs,
            Flags = RespFlags.Write | RespFlags.DenyOom,
            Summary = "Sets the string values of one or more keys",
            Difference = "Each key is set for itself: others may see some set and some not.",
            Run = StringWrites.MSet,
        },
        new()
        {
            Name = "msetnx", Arity = -3, Group = "string", Since = "1.0.1", Keys = RespKeys.Pairs,
            Flags = RespFlags.Write | RespFlags.DenyOom,
            Summary = "Sets the string values of one or more keys only when none of them exists",
            Difference = "The keys must be of one shard, else CROSSSLOT; at most 512.",
            Run = StringWrites.MSetNx,
        },
        new()
        {
            Name = "psetex", Arity = 4, Group = "string", Since = "2.6.0", Keys = RespKeys.One,
            Flags = RespFlags.Write | RespFlags.DenyOom,
            Summary = "Sets the string value and the expiration time in milliseconds of a key",
            One = StringWrites.PSetEx,
        },
        new()
        {
            Name = "set", Arity = -3, Group = "string", Since = "1.0.0", Keys = RespKeys.One,
            Flags = RespFlags.Write | RespFlags.DenyOom,
            Summary = "Sets the string value of a key. The key is created if it does not exist",
            One = StringWrites.Set, Run = StringWrites.SetInSteps,
        },
        new()
        {
            Name = "setex", Arity = 4, Group = "string", Since = "2.0.0", Keys = RespKeys.One,
            Flags = RespFlags.Write | RespFlags.DenyOom,
            Summary = "Sets the string value and the expiration time of a key",
            One = StringWrites.SetEx,
        },
        new()
        {
            Name = "setnx", Arity = 3, Group = "string", Since = "1.0.0", Keys = RespKeys.One,
            Flags = RespFlags.Write | RespFlags.DenyOom | RespFlags.Fast,
            Summary = "Sets the string value of a key only when the key does not exist",
            One = StringWrites.SetNx,
        },
        new()
        {
            Name = "setrange", Arity = 4, Group = "string", Since = "2.2.0", Keys = RespKeys.One,
            Flags = RespFlags.Write | RespFlags.DenyOom,
            Summary =
                "Overwrites a part of a string value with another, from an offset on. Creates the key if it " +
                "does not exist",
            Run = StringWrites.SetRange,
        },
        new()
        {
            Name = "strlen", Arity = 2, Group = "string", Since = "2.2.0", Keys = RespKeys.One,
            Flags = RespFlags.ReadOnly | RespFlags.Fast,
            Summary = "Returns the length of a string value",
            One = StringReads.StrLen,
        },
        new()
        {
            Name = "substr", Arity = 4, Group = "string", Since = "1.0.0", Keys = RespKeys.One,
            Flags = RespFlags.ReadOnly,
            Summary = "Returns a substring of a string value: the old name of GETRANGE",
            Run = StringReads.GetRange,
        },
    ];
}

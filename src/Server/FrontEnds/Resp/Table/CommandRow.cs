namespace Hedgerow.Server.FrontEnds.Resp;

/// <summary>A row in the form of COMMAND INFO and COMMAND DOCS.</summary>
internal static class CommandRow
{
    private static readonly (RespFlags Flag, string Word)[] FlagWords =
    [
        (RespFlags.Write, "write"), (RespFlags.ReadOnly, "readonly"), (RespFlags.DenyOom, "denyoom"),
        (RespFlags.Admin, "admin"), (RespFlags.PubSub, "pubsub"), (RespFlags.NoScript, "noscript"),
        (RespFlags.Loading, "loading"), (RespFlags.Stale, "stale"), (RespFlags.Fast, "fast"),
        (RespFlags.NoAuth, "no_auth"), (RespFlags.NoMulti, "no_multi"),
    ];

    /// <summary>Redis's words for a row's flags.</summary>
    public static IEnumerable<string> FlagsOf(RespCommand row) =>
        FlagWords.Where(pair => row.Has(pair.Flag)).Select(pair => pair.Word);

    /// <summary>Name, arity, flags, key positions, categories, tips, key specifications, subcommands.</summary>
    public static void Write(RespCommand row, RespReply reply)
    {
        reply.ArrayHead(10);
        reply.Bulk(row.FullName);
        reply.Integer(row.Arity);
        Words([.. FlagsOf(row)], reply);
        reply.Integer(row.Keys.First);
        reply.Integer(row.Keys.Last);
        reply.Integer(row.Keys.Step);
        Words(AclCategories.Of(row), reply);
        reply.ArrayHead(0);
        WriteKeys(row, reply);
        reply.ArrayHead(row.Subcommands.Count);
        foreach (var sub in row.Subcommands) Write(sub, reply);
    }

    /// <summary>Name, then a map of what is known.</summary>
    public static void WriteDocs(RespCommand row, RespReply reply)
    {
        reply.Bulk(row.FullName);
        reply.MapHead(row.Subcommands.Count > 0 ? 4 : 3);
        Pair("summary", row.Summary);
        Pair("since", row.Since);
        Pair("group", row.Group);
        if (row.Subcommands.Count == 0) return;
        reply.Bulk("subcommands"u8);
        reply.MapHead(row.Subcommands.Count);
        foreach (var sub in row.Subcommands) WriteDocs(sub, reply);

        void Pair(string name, string value)
        {
            reply.Bulk(name);
            reply.Bulk(value);
        }
    }

    private static void WriteKeys(RespCommand row, RespReply reply)
    {
        if (row.Keys.First == 0)
        {
            reply.ArrayHead(0);
            return;
        }

        reply.ArrayHead(1);
        reply.MapHead(3);
        reply.Bulk("flags"u8);
        Words(row.IsWrite ? ["RW", "ACCESS", "UPDATE"] : ["RO", "ACCESS"], reply);
        reply.Bulk("begin_search"u8);
        reply.MapHead(2);
        reply.Bulk("type"u8);
        reply.Bulk("index"u8);
        reply.Bulk("spec"u8);
        reply.MapHead(1);
        Number("index", row.Keys.First);
        reply.Bulk("find_keys"u8);
        reply.MapHead(2);
        reply.Bulk("type"u8);
        reply.Bulk("range"u8);
        reply.Bulk("spec"u8);
        reply.MapHead(3);
        // Counted from the first key, unless from the end.
        Number("lastkey", row.Keys.Last < 0 ? row.Keys.Last : row.Keys.Last - row.Keys.First);
        Number("keystep", row.Keys.Step);
        Number("limit", 0);

        void Number(string name, int value)
        {
            reply.Bulk(name);
            reply.Integer(value);
        }
    }

    private static void Words(IReadOnlyCollection<string> words, RespReply reply)
    {
        reply.SetHead(words.Count);
        foreach (var word in words) reply.Simple(System.Text.Encoding.ASCII.GetBytes(word));
    }
}

/// <summary>Redis's categories of access, which follow from flags and group.</summary>
internal static class AclCategories
{
    /// <summary>The categories of a row, each with its @.</summary>
    public static IReadOnlyList<string> Of(RespCommand row)
    {
        var words = new List<string>();
        if (row.Subcommands.Count > 0) return ["@slow"];
        var hasKeys = row.Keys.First > 0 || row.Group == "generic" || row.Name is "dbsize" or "flushall" or "flushdb";
        Add(row.Group is "generic" || (row.Group == "server" && hasKeys), "@keyspace");
        Add(row.Has(RespFlags.ReadOnly), "@read");
        Add(row.IsWrite, "@write");
        Add(row.Group == "string", "@string");
        Add(row.Group == "hash", "@hash");
        Add(row.Has(RespFlags.PubSub), "@pubsub");
        Add(row.Has(RespFlags.Admin), "@admin");
        Add(row.Has(RespFlags.Fast), "@fast");
        Add(!row.Has(RespFlags.Fast), "@slow");
        Add(row.Has(RespFlags.Admin) || row.Has(RespFlags.Dangerous), "@dangerous");
        Add(row.Group == "connection" || row.FullName.StartsWith("command", StringComparison.Ordinal), "@connection");
        Add(row.Group == "transactions", "@transaction");
        return words;

        void Add(bool applies, string word)
        {
            if (applies) words.Add(word);
        }
    }
}

using System.Text;

namespace Hedgerow.Server.FrontEnds.Memcached;

/// <summary>
/// Every command, one row each: what the parser knows, what docs/MEMCACHED.md lists, and nothing else exists.
/// </summary>
internal static class MemcachedCommands
{
    /// <summary>The rows; the commonest first, because the parser looks from the front.</summary>
    public static IReadOnlyList<Row> Rows { get; } =
    [
        new(MemcachedVerb.Get, "get", "<key>*", "Values of the keys that are there; the others are left out."),
        new(MemcachedVerb.MetaGet, "mg", "<key> <flag>*", "Meta get: what the flags ask for; can touch, vivify, win."),
        new(MemcachedVerb.Set, "set", "<key> <flags> <exptime> <bytes> [noreply]", "Stores whatever was there."),
        new(MemcachedVerb.MetaSet, "ms", "<key> <bytes> <flag>*", "Meta set: stores by mode, with or without a cas."),
        new(MemcachedVerb.Gets, "gets", "<key>*", "As get, with the cas number of each."),
        new(MemcachedVerb.Delete, "delete", "<key> [0] [noreply]", "Removes an entry."),
        new(MemcachedVerb.MetaDelete, "md", "<key> <flag>*", "Meta delete: removes, marks stale, or empties."),
        new(MemcachedVerb.Incr, "incr", "<key> <delta> [noreply]", "Adds to an unsigned number; wraps at 2^64."),
        new(MemcachedVerb.Decr, "decr", "<key> <delta> [noreply]", "Subtracts; stops at 0 and keeps the length."),
        new(MemcachedVerb.MetaArithmetic, "ma", "<key> <flag>*", "Meta arithmetic: incr and decr with flags."),
        new(MemcachedVerb.Touch, "touch", "<key> <exptime> [noreply]", "Changes the time to live."),
        new(MemcachedVerb.Gat, "gat", "<exptime> <key>*", "As get, and changes the time to live."),
        new(MemcachedVerb.Gats, "gats", "<exptime> <key>*", "As gets, and changes the time to live."),
        new(MemcachedVerb.MetaNoOp, "mn", "", "Answers MN: the end of a pipeline of quiet commands."),
        new(MemcachedVerb.Add, "add", "<key> <flags> <exptime> <bytes> [noreply]", "Stores where nothing is."),
        new(MemcachedVerb.Replace, "replace", "<key> <flags> <exptime> <bytes> [noreply]",
            "Stores where something is."),
        new(MemcachedVerb.Append, "append", "<key> <flags> <exptime> <bytes> [noreply]",
            "Puts bytes behind the value; flags and exptime are not looked at."),
        new(MemcachedVerb.Prepend, "prepend", "<key> <flags> <exptime> <bytes> [noreply]",
            "Puts bytes before the value; flags and exptime are not looked at."),
        new(MemcachedVerb.Cas, "cas", "<key> <flags> <exptime> <bytes> <cas> [noreply]",
            "Stores if the entry still has that cas number."),
        new(MemcachedVerb.MetaDebug, "me", "<key> [b]", "Meta debug: one line of an entry's metadata."),
        new(MemcachedVerb.FlushAll, "flush_all", "[<delay>] [noreply]",
            "Drops every entry of the cluster, now or in so many seconds; documents stay."),
        new(MemcachedVerb.Stats, "stats", "[settings|items|slabs|sizes|conns|reset]", "Counters, as STAT lines."),
        new(MemcachedVerb.Version, "version", "", "The version."),
        new(MemcachedVerb.Verbosity, "verbosity", "<level> [noreply]",
            "Answered OK and without effect: log.level decides."),
        new(MemcachedVerb.Quit, "quit", "", "Closes the connection."),
        new(MemcachedVerb.Shutdown, "shutdown", "[graceful]", "Refused: a signal stops the server."),
        new(MemcachedVerb.CacheMemlimit, "cache_memlimit", "<megabytes> [noreply]",
            "Refused: leaf.memory is fixed at the start."),
        new(MemcachedVerb.Slabs, "slabs", "reassign|automove", "Refused: there are no slabs."),
        new(MemcachedVerb.Lru, "lru", "tune|mode|temp_ttl", "Refused: eviction has nothing to tune."),
        new(MemcachedVerb.LruCrawler, "lru_crawler", "crawl|metadump|…",
            "Refused: expired entries go by themselves."),
        new(MemcachedVerb.Watch, "watch", "<what>*", "Refused."),
    ];

    /// <summary>The command of a name; <see cref="MemcachedVerb.None"/> for a name that is none.</summary>
    public static MemcachedVerb Find(ReadOnlySpan<byte> name)
    {
        foreach (var row in Table)
            if (name.SequenceEqual(row.Name)) return row.Verb;
        return MemcachedVerb.None;
    }

    /// <summary>The text name of a command.</summary>
    public static string NameOf(MemcachedVerb verb)
    {
        foreach (var row in Rows)
            if (row.Verb == verb) return row.Name;
        return "unknown";
    }

    private static readonly (byte[] Name, MemcachedVerb Verb)[] Table =
        [.. Rows.Select(row => (Encoding.ASCII.GetBytes(row.Name), row.Verb))];

    /// <param name="Verb">The command.</param>
    /// <param name="Name">As it is sent, in lower case.</param>
    /// <param name="Usage">What follows the name.</param>
    /// <param name="Doc">What it does.</param>
    internal readonly record struct Row(MemcachedVerb Verb, string Name, string Usage, string Doc);
}

using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Memcached;

/// <summary>
/// The answers to <c>stats</c>: memcached's names for what exists here, so that what reads them goes on working.
/// Counts are this process's; entries and bytes are those of the whole cluster, each shard counted once. Thread-safe.
/// </summary>
internal sealed class StatsReport
{
    private static readonly string[] CounterNames =
        [.. Enum.GetNames<MemcachedCounter>().Select(JsonNamingPolicy.SnakeCaseLower.ConvertName)];

    private readonly MemcachedFrontEnd _frontEnd;

    public StatsReport(MemcachedFrontEnd frontEnd)
    {
        _frontEnd = frontEnd;
    }

    /// <summary>A counter's name in stats, such as <c>cmd_get</c>.</summary>
    public static string NameOf(MemcachedCounter counter) => CounterNames[(int)counter];

    /// <summary>Whether there is such a report: an error line, or nothing.</summary>
    public static ReadOnlySpan<byte> Check(scoped ReadOnlySpan<byte> name, int words)
    {
        if (words == 1) return default;
        if (name.SequenceEqual("detail"u8)) return "CLIENT_ERROR usage: stats detail on|off|dump\r\n"u8;
        if (name.SequenceEqual("cachedump"u8)) return "CLIENT_ERROR stats cachedump not allowed\r\n"u8;
        var isKnown = name.SequenceEqual("settings"u8) || name.SequenceEqual("items"u8)
            || name.SequenceEqual("slabs"u8) || name.SequenceEqual("sizes"u8) || name.SequenceEqual("conns"u8)
            || name.SequenceEqual("reset"u8);
        return isKnown ? default : ErrorText.Unknown;
    }

    /// <summary>Writes one report.</summary>
    /// <param name="name">Empty for the general one.</param>
    /// <param name="output">Gets it.</param>
    /// <param name="nowMs">Unix milliseconds.</param>
    public async ValueTask WriteAsync(string name, ReplyBuffer output, long nowMs)
    {
        if (name == "reset")
        {
            _frontEnd.ResetCounters();
            output.Write("RESET\r\n"u8);
            return;
        }

        var lines = new StringBuilder();
        var usage = name is "" or "items" or "slabs"
            ? Usage.Of(await _frontEnd.ReadLeavesAsync(CancellationToken.None).ConfigureAwait(false))
            : default;
        switch (name)
        {
            case "":
                WriteGeneral(lines, usage, nowMs);
                break;
            case "settings":
                WriteSettings(lines);
                break;
            case "items":
                WriteItems(lines, usage);
                break;
            case "slabs":
                WriteSlabs(lines, usage);
                break;
            case "conns":
                WriteConnections(lines);
                break;
            default:
                Add(lines, "sizes_status", "disabled");
                break;
        }

        lines.Append("END\r\n");
        output.Write(Encoding.ASCII.GetBytes(lines.ToString()));
    }

    private void WriteGeneral(StringBuilder lines, in Usage usage, long nowMs)
    {
        using var process = Process.GetCurrentProcess();
        Add(lines, "pid", Environment.ProcessId);
        Add(lines, "uptime", (long)_frontEnd.Uptime.TotalSeconds);
        Add(lines, "time", nowMs / 1_000);
        Add(lines, "version", ServerCommands.Version);
        Add(lines, "pointer_size", 64);
        Add(lines, "rusage_user", Seconds(process.UserProcessorTime));
        Add(lines, "rusage_system", Seconds(process.PrivilegedProcessorTime));
        Add(lines, "max_connections", _frontEnd.ConnectionsMax);
        Add(lines, "curr_connections", _frontEnd.Connections);
        Add(lines, "total_connections", _frontEnd.ConnectionsTotal);
        Add(lines, "connection_structures", _frontEnd.Connections);
        WriteCounters(lines);
        Add(lines, "limit_maxbytes", usage.MemoryMax);
        Add(lines, "accepting_conns", 1);
        Add(lines, "listen_disabled_num", 0);
        Add(lines, "threads", _frontEnd.Threads);
        Add(lines, "hash_is_expanding", 0);
        Add(lines, "bytes", usage.Bytes);
        Add(lines, "curr_items", usage.Entries);
        Add(lines, "total_items", _frontEnd.Read(MemcachedCounter.CmdSet));
        Add(lines, "evictions", usage.Evictions);
        Add(lines, "reclaimed", usage.Expirations);
        Add(lines, "expired_unfetched", 0);
        Add(lines, "evicted_unfetched", 0);
        Add(lines, "curr_docs", usage.Documents);
    }

    private void WriteCounters(StringBuilder lines)
    {
        for (var i = 0; i < CounterNames.Length; i++)
            Add(lines, CounterNames[i], _frontEnd.Read((MemcachedCounter)i));
    }

    private void WriteSettings(StringBuilder lines)
    {
        Add(lines, "maxbytes", _frontEnd.MemoryBytes);
        Add(lines, "maxconns", _frontEnd.ConnectionsMax);
        Add(lines, "tcpport", _frontEnd.Port);
        Add(lines, "udpport", 0);
        Add(lines, "inter", _frontEnd.Address);
        Add(lines, "verbosity", 0);
        Add(lines, "evictions", "on");
        Add(lines, "num_threads", _frontEnd.Threads);
        Add(lines, "cas_enabled", "yes");
        Add(lines, "auth_enabled_sasl", "no");
        Add(lines, "auth_enabled_ascii", _frontEnd.Token.IsSet ? "yes" : "no");
        Add(lines, "item_size_max", _frontEnd.ValueBytesMax);
        Add(lines, "shutdown_command", "no");
        Add(lines, "flush_enabled", "yes");
        Add(lines, "dump_enabled", "no");
        Add(lines, "lru_crawler", "no");
        Add(lines, "slab_reassign", "no");
        Add(lines, "binding_protocol", "ascii");
    }

    // There is one class of entries, whatever their size.
    private static void WriteItems(StringBuilder lines, in Usage usage)
    {
        if (usage.Entries == 0) return;
        Add(lines, "items:1:number", usage.Entries);
        Add(lines, "items:1:evicted", usage.Evictions);
        Add(lines, "items:1:reclaimed", usage.Expirations);
        Add(lines, "items:1:outofmemory", 0);
        Add(lines, "items:1:mem_requested", usage.Bytes);
    }

    private void WriteSlabs(StringBuilder lines, in Usage usage)
    {
        if (usage.Entries > 0)
        {
            Add(lines, "1:used_chunks", usage.Entries);
            Add(lines, "1:mem_requested", usage.Bytes);
            Add(lines, "1:get_hits", _frontEnd.Read(MemcachedCounter.GetHits));
            Add(lines, "1:cmd_set", _frontEnd.Read(MemcachedCounter.CmdSet));
            Add(lines, "1:delete_hits", _frontEnd.Read(MemcachedCounter.DeleteHits));
            Add(lines, "1:incr_hits", _frontEnd.Read(MemcachedCounter.IncrHits));
            Add(lines, "1:decr_hits", _frontEnd.Read(MemcachedCounter.DecrHits));
            Add(lines, "1:cas_hits", _frontEnd.Read(MemcachedCounter.CasHits));
            Add(lines, "1:cas_badval", _frontEnd.Read(MemcachedCounter.CasBadval));
            Add(lines, "1:touch_hits", _frontEnd.Read(MemcachedCounter.TouchHits));
        }

        Add(lines, "active_slabs", usage.Entries > 0 ? 1 : 0);
        Add(lines, "total_malloced", usage.Memory);
    }

    private void WriteConnections(StringBuilder lines)
    {
        foreach (var session in _frontEnd.Sessions)
        {
            var id = session.Id.ToString(CultureInfo.InvariantCulture);
            Add(lines, id + ":addr", $"tcp:{session.Peer}");
            Add(lines, id + ":listen_addr", $"tcp:{session.Local}");
            Add(lines, id + ":state", session.HasUnanswered ? "conn_mwrite" : "conn_read");
            Add(lines, id + ":secs_since_last_cmd", (long)session.Idle.TotalSeconds);
        }
    }

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("F6", CultureInfo.InvariantCulture);

    private static void Add(StringBuilder lines, string name, long value) =>
        lines.Append("STAT ").Append(name).Append(' ').Append(value).Append("\r\n");

    private static void Add(StringBuilder lines, string name, string value) =>
        lines.Append("STAT ").Append(name).Append(' ').Append(value).Append("\r\n");

    /// <summary>What the leaves hold. Replicas of a shard hold the same, so the fullest of each counts.</summary>
    private readonly record struct Usage(
        long Entries, long Bytes, long Documents, long Memory, long MemoryMax, long Evictions, long Expirations)
    {
        public static Usage Of(IReadOnlyList<StatsReply> leaves)
        {
            var shards = leaves.SelectMany(leaf => leaf.Shards).GroupBy(shard => shard.Shard).ToArray();
            return new Usage(
                shards.Sum(shard => shard.Max(s => s.Entries)), shards.Sum(shard => shard.Max(s => s.EntryBytes)),
                shards.Sum(shard => shard.Max(s => s.Documents)), Sum("hedgerow_leaf_cache_memory_bytes"),
                Sum("hedgerow_leaf_cache_memory_limit_bytes"), Sum("hedgerow_leaf_cache_evictions_total"),
                Sum("hedgerow_leaf_cache_expirations_total"));

            long Sum(string counter) => leaves.Sum(leaf => leaf.Counters.GetValueOrDefault(counter));
        }
    }
}

using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;

namespace Hedgerow.Server.FrontEnds.Resp;

/// <summary>The text of INFO, in the form that dashboards and clients read: sections of name:value lines.</summary>
internal static class InfoReport
{
    private static readonly (string Name, bool IsDefault, Action<RespServer, StringBuilder> Write)[] Sections =
    [
        ("Server", true, Server), ("Clients", true, Clients), ("Memory", true, Memory),
        ("Persistence", true, Persistence), ("Stats", true, Stats), ("Replication", true, Replication),
        ("CPU", true, Cpu), ("Commandstats", false, Commands),
        ("Latencystats", false, Latencies), ("Cluster", true, Cluster), ("Keyspace", true, Keyspace),
    ];

    /// <summary>Some sections; none named means the default ones, <c>all</c> every one.</summary>
    public static string Of(RespServer server, HashSet<string> wanted)
    {
        var all = wanted.Contains("all") || wanted.Contains("everything");
        var defaults = wanted.Count == 0 || wanted.Contains("default");
        var text = new StringBuilder();
        foreach (var (name, isDefault, write) in Sections)
        {
            if (!all && !(defaults && isDefault) && !wanted.Contains(name)) continue;
            if (text.Length > 0) text.Append("\r\n");
            text.Append($"# {name}\r\n");
            write(server, text);
        }

        return text.ToString();
    }

    private static void Line(StringBuilder text, string name, object value) =>
        text.Append(CultureInfo.InvariantCulture, $"{name}:{value}\r\n");

    private static void Server(RespServer server, StringBuilder text)
    {
        var uptime = server.Time.GetElapsedTime(server.StartedAt);
        var version = typeof(InfoReport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>();
        Line(text, "redis_version", ConnectionCommands.RedisVersion);
        Line(text, "hedgerow_version", version?.InformationalVersion.Split('+')[0] ?? "");
        Line(text, "hedgerow_role", server.Settings.Role.ToString().ToLowerInvariant());
        Line(text, "redis_mode", "standalone");
        Line(text, "os", RuntimeInformation.OSDescription);
        Line(text, "arch_bits", 8 * IntPtr.Size);
        Line(text, "process_id", Environment.ProcessId);
        Line(text, "run_id", server.RunId);
        Line(text, "tcp_port", server.Settings.RespListen?.Port ?? 0);
        Line(text, "server_time_usec", server.Time.GetUtcNow().Subtract(DateTimeOffset.UnixEpoch).Ticks / 10);
        Line(text, "uptime_in_seconds", (long)uptime.TotalSeconds);
        Line(text, "uptime_in_days", (long)uptime.TotalDays);
        Line(text, "executable", Environment.ProcessPath ?? "");
        Line(text, "config_file", "");
    }

    private static void Clients(RespServer server, StringBuilder text)
    {
        Line(text, "connected_clients", server.SessionCount);
        Line(text, "maxclients", server.Settings.RespConnectionsMax);
        Line(text, "blocked_clients", 0);
        Line(text, "pubsub_clients", server.Sessions.Count(s => ClientLine.IsListening(s.Client)));
    }

    private static void Memory(RespServer server, StringBuilder text)
    {
        var used = (server.Node?.Leaves ?? []).Sum(leaf => leaf.Stats().Shards.Sum(shard => shard.EntryBytes));
        var resident = Environment.WorkingSet;
        Line(text, "used_memory", used);
        Line(text, "used_memory_human", Human(used));
        Line(text, "used_memory_rss", resident);
        Line(text, "used_memory_rss_human", Human(resident));
        Line(text, "used_memory_dataset", used);
        Line(text, "total_system_memory", GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        Line(text, "maxmemory", server.Settings.MemoryBytes);
        Line(text, "maxmemory_human", Human(server.Settings.MemoryBytes));
        Line(text, "maxmemory_policy", "allkeys-lfu");
        Line(text, "mem_fragmentation_ratio", Ratio(resident, used));
        Line(text, "hedgerow_managed_heap", GC.GetTotalMemory(forceFullCollection: false));
    }

    private static void Persistence(RespServer server, StringBuilder text)
    {
        Line(text, "loading", 0);
        Line(text, "rdb_bgsave_in_progress", 0);
        Line(text, "rdb_last_bgsave_status", "ok");
        Line(text, "aof_enabled", 0);
    }

    private static void Stats(RespServer server, StringBuilder text)
    {
        Line(text, "total_connections_received", server.Accepted);
        Line(text, "total_commands_processed", server.Counters.Total);
        Line(text, "unknown_commands", server.UnknownCommands);
        Line(text, "total_net_input_bytes", server.BytesReceived());
        Line(text, "total_net_output_bytes", server.BytesSent());
        Line(text, "expired_keys", server.Notifications.Expired);
        Line(text, "evicted_keys", server.Notifications.Evicted);
        Line(text, "keyspace_hits", OfLeaves("hedgerow_leaf_cache_hits_total"));
        Line(text, "keyspace_misses", OfLeaves("hedgerow_leaf_cache_misses_total"));
        Line(text, "pubsub_channels", server.Hub.Count(SubscriptionKind.Channel));
        Line(text, "pubsub_patterns", server.Hub.Count(SubscriptionKind.Pattern));
        Line(text, "pubsubshard_channels", server.Hub.Count(SubscriptionKind.Shard));
        Line(text, "hedgerow_message_links", server.Hub.Carrier?.LinksUp ?? 0);
        Line(text, "hedgerow_messages_lost", server.Hub.Carrier?.Lost ?? 0);

        long OfLeaves(string counter) =>
            (server.Node?.Leaves ?? []).Sum(leaf => leaf.Stats().Counters.GetValueOrDefault(counter));
    }

    private static void Replication(RespServer server, StringBuilder text)
    {
        Line(text, "role", "master");
        Line(text, "connected_slaves", 0);
        Line(text, "master_repl_offset", 0);
    }

    private static void Cpu(RespServer server, StringBuilder text)
    {
        var usage = Environment.CpuUsage;
        Line(text, "used_cpu_sys", Seconds(usage.PrivilegedTime));
        Line(text, "used_cpu_user", Seconds(usage.UserTime));
    }

    private static void Commands(RespServer server, StringBuilder text)
    {
        foreach (var row in RespTable.All)
        {
            var use = server.Counters.Of(row);
            if (use.Calls == 0 && use.Rejected == 0) continue;
            var micros = (long)(use.MicrosPerCall * use.Calls);
            Line(text, "cmdstat_" + row.FullName, string.Create(
                CultureInfo.InvariantCulture,
                $"calls={use.Calls},usec={micros},usec_per_call={use.MicrosPerCall:F2},rejected_calls={use.Rejected},"
                + $"failed_calls={use.Failed}"));
        }
    }

    private static void Latencies(RespServer server, StringBuilder text)
    {
        foreach (var row in RespTable.All)
        {
            var nanos = server.Counters.TimesOf(row);
            if (nanos.Count == 0) continue;
            Line(text, "latency_percentiles_usec_" + row.FullName, string.Create(
                CultureInfo.InvariantCulture, $"p50={At(0.5):F3},p99={At(0.99):F3},p99.9={At(0.999):F3}"));

            double At(double quantile) => nanos[(int)Math.Ceiling(quantile * nanos.Count) - 1] / 1e3;
        }
    }

    private static void Cluster(RespServer server, StringBuilder text) => Line(text, "cluster_enabled", 0);

    private static void Keyspace(RespServer server, StringBuilder text)
    {
        var keys = EntryCount.Here(server);
        if (keys > 0) Line(text, "db0", $"keys={keys},expires=0,avg_ttl=0");
    }

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("F6", CultureInfo.InvariantCulture);

    private static string Ratio(long of, long to) =>
        (to == 0 ? 0 : (double)of / to).ToString("F2", CultureInfo.InvariantCulture);

    private static string Human(long bytes) => bytes switch
    {
        < 1L << 10 => bytes.ToString(CultureInfo.InvariantCulture) + "B",
        < 1L << 20 => Scaled(bytes, 10) + "K",
        < 1L << 30 => Scaled(bytes, 20) + "M",
        < 1L << 40 => Scaled(bytes, 30) + "G",
        _ => Scaled(bytes, 40) + "T",
    };

    private static string Scaled(long bytes, int shift) =>
        (bytes / (double)(1L << shift)).ToString("F2", CultureInfo.InvariantCulture);
}

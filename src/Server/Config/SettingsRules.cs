using System.Net;
using Hedgerow.Server.FrontEnds.Resp;

namespace Hedgerow.Server.Config;

/// <summary>What must hold between settings, beyond the bounds of each.</summary>
internal static class SettingsRules
{
    /// <summary>Least memory of one shard replica.</summary>
    public const long ShardMemoryBytesMin = 1L << 20;

    /// <summary>Throws the first rule that is broken.</summary>
    /// <exception cref="SettingsException">It names both settings and their values.</exception>
    public static void Check(ServerSettings settings)
    {
        CheckTopology(settings);
        CheckMemory(settings);
        if (settings.HedgeDelayMin > settings.HedgeDelayMax)
            throw new SettingsException(
                $"router.hedge.delayMin is {Quantities.FormatDuration(settings.HedgeDelayMin)}; it must not be above "
                + $"router.hedge.delayMax, which is {Quantities.FormatDuration(settings.HedgeDelayMax)}.");
        if (settings.Router.Limit.InFlightMin > settings.Router.Limit.InFlightMax)
            throw new SettingsException(
                $"router.limit.min is {settings.Router.Limit.InFlightMin}; it must not be above router.limit.max, "
                + $"which is {settings.Router.Limit.InFlightMax}.");
        if (settings.BytesInFlightMax < settings.ValueBytesMax)
            throw new SettingsException(
                $"native.inflight.bytes is {Quantities.FormatBytes(settings.BytesInFlightMax)}; it must not be below "
                + $"limits.value, which is {Quantities.FormatBytes(settings.ValueBytesMax)}.");
        CheckText(settings);
        CheckReach("native.listen", settings.NativeListen, settings);
        if (settings.RespListen != null) CheckReach("resp.listen", settings.RespListen, settings);
        if (settings.MemcachedListen != null) CheckReach("memcached.listen", settings.MemcachedListen, settings);
        if (settings.HttpListen != null) CheckReach("http.listen", settings.HttpListen, settings);
    }

    private static void CheckTopology(ServerSettings settings)
    {
        var topology = settings.Topology;
        if (settings.Role == NodeRole.Router && topology.Length == 0)
            throw new SettingsException(
                "hedgerow router needs --topology FILE: the JSON file of the cluster's topology.");
        if (settings.Role == NodeRole.Leaf && topology.Length == 0 && settings.LeafShards.Count == 0)
            throw new SettingsException(
                "hedgerow leaf needs --topology FILE, or --shards with the shards it holds, such as --shards 0-3.");
        if (topology.Contains("://", StringComparison.Ordinal))
            throw new SettingsException(
                $"cluster.topology is '{topology}'. Supported today: the path of a topology file; "
                + "etcd:// and dns:// are not yet.");
    }

    // A text client sends paths without their shard, so the leaf has to know how paths map to shards.
    private static void CheckText(ServerSettings settings)
    {
        if (EventLetters.Parse(settings.RespNotify) == null)
            throw new SettingsException(
                $"resp.notify is '{settings.RespNotify}'; allowed are the letters Ag$lshzxeKEtmdn, such as KEA.");
        var listener = settings.RespListen != null ? "resp.listen" : "memcached.listen";
        var hasListener = settings.RespListen != null || settings.MemcachedListen != null;
        if (settings.Role != NodeRole.Leaf || settings.Topology.Length > 0 || !hasListener) return;
        var shards = settings.LeafShards.Order().ToArray();
        if (shards.Length == 1 || shards.SequenceEqual(Enumerable.Range(0, shards.Length).Select(i => (ushort)i)))
            return;
        throw new SettingsException(
            $"leaf.shards is '{string.Join(',', shards)}' and {listener} is on. Without a topology file a leaf cannot "
            + "know which paths belong to these shards: give it one shard, or all from 0 on, or --topology FILE, or "
            + $"--{listener} off.");
    }

    private static void CheckMemory(ServerSettings settings)
    {
        var shards = settings.Role switch
        {
            NodeRole.Serve => settings.Shards * settings.Replicas,
            NodeRole.Leaf => Math.Max(1, settings.LeafShards.Count),
            _ => 0,
        };
        var needed = shards * ShardMemoryBytesMin;
        if (settings.MemoryBytes < needed)
            throw new SettingsException(
                $"leaf.memory is {Quantities.FormatBytes(settings.MemoryBytes)}; {shards} shard replicas need at least "
                + $"{Quantities.FormatBytes(needed)}, {Quantities.FormatBytes(ShardMemoryBytesMin)} each.");
    }

    private static void CheckReach(string name, ListenAddress address, ServerSettings settings)
    {
        if (settings.Insecure || settings.AuthToken.Length > 0) return;
        if (IPAddress.IsLoopback(address.Resolve(name).Address)) return;
        throw new SettingsException(
            $"{name} is '{address}', which other machines can reach, and no credentials are set. Set "
            + "auth.token, listen on 127.0.0.1, or allow it with --insecure.");
    }
}

using Hedgerow.Router;
using Hedgerow.Server.Config;

namespace Hedgerow.Server.Hosting;

/// <summary>What one leaf holds under one epoch.</summary>
internal sealed record LeafAssignment(uint Epoch, IReadOnlyList<ushort> Shards)
{
    /// <summary>The shards that name a leaf among their replicas.</summary>
    public static LeafAssignment Of(Topology topology, string leafId)
    {
        var shards = new List<ushort>();
        for (var shard = 0; shard < topology.Shards.Count; shard++)
            if (topology.Shards[shard].Replicas.Contains(leafId)) shards.Add((ushort)shard);
        return new LeafAssignment(topology.Epoch, shards);
    }

    /// <summary>Which leaf of the topology this process is: the one of its name, else the one at its address.</summary>
    /// <exception cref="StartException">None is; the message lists those there are.</exception>
    public static string FindId(Topology topology, ServerSettings settings)
    {
        foreach (var leaf in topology.Leaves)
            if (leaf.Id == settings.Name) return leaf.Id;
        var address = settings.NativeListen.ToString();
        foreach (var leaf in topology.Leaves)
            if (leaf.Address.Equals(address, StringComparison.OrdinalIgnoreCase)) return leaf.Id;
        var known = string.Join(", ", topology.Leaves.Take(16).Select(leaf => $"{leaf.Id} at {leaf.Address}"));
        throw new StartException(
            $"{settings.Topology} has no leaf of the name '{settings.Name}' (node.name), and none at the address "
            + $"{address} (native.listen). It has: {known}.");
    }

    /// <summary>Each shard needs its least share of the memory.</summary>
    /// <exception cref="StartException">There is less.</exception>
    public static void CheckMemory(LeafAssignment assignment, long memoryBytes)
    {
        var needed = assignment.Shards.Count * SettingsRules.ShardMemoryBytesMin;
        if (memoryBytes >= needed) return;
        throw new StartException(
            $"leaf.memory is {Quantities.FormatBytes(memoryBytes)}; {assignment.Shards.Count} shards need at least "
            + $"{Quantities.FormatBytes(needed)}, {Quantities.FormatBytes(SettingsRules.ShardMemoryBytesMin)} each.");
    }
}

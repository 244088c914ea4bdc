namespace Hedgerow.Router;

/// <summary>What a topology must keep to, whoever made it.</summary>
internal static class TopologyRules
{
    public const int IdLengthMax = 255;
    public const int WeightMax = 1_000;

    /// <summary>
    /// Throws on the first rule broken; <paramref name="source"/> is the file's name, for the message.
    /// </summary>
    public static void Check(Topology topology, string source)
    {
        if (topology.Epoch == 0) throw Broken(source, "epoch", "0", "1 to 4294967295");
        if (!Enum.IsDefined(topology.Placement))
            throw Broken(source, "placement", topology.Placement.ToString(), "jump or ring");
        CheckCount(source, "leaves", topology.Leaves.Count, Topology.LeavesMax);
        CheckCount(source, "shards", topology.Shards.Count, Topology.ShardsMax);
        var ids = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < topology.Leaves.Count; i++) CheckLeaf(source, $"leaves[{i}]", topology.Leaves[i], ids);
        for (var i = 0; i < topology.Shards.Count; i++) CheckShard(source, $"shards[{i}]", topology.Shards[i], ids);
    }

    public static TopologyException Broken(string source, string member, string value, string allowed) =>
        new($"{source}: {member} is {value}; allowed: {allowed}.");

    public static TopologyException BrokenCount(string source, string member, int count, int most) =>
        Broken(source, member, $"a list of {count}", $"1 to {most} of them");

    private static void CheckCount(string source, string member, int count, int most)
    {
        if (count < 1 || count > most) throw BrokenCount(source, member, count, most);
    }

    private static void CheckLeaf(string source, string member, LeafEndpoint leaf, HashSet<string> ids)
    {
        if (leaf.Id.Length is 0 or > IdLengthMax)
            throw Broken(source, $"{member}.id", $"'{leaf.Id}'", $"1 to {IdLengthMax} characters");
        if (!ids.Add(leaf.Id)) throw Broken(source, $"{member}.id", $"'{leaf.Id}' again", "each id once");
        if (!LeafAddress.TryParse(leaf.Address, out _, out _))
            throw Broken(source, $"{member}.address", $"'{leaf.Address}'", "HOST:PORT, such as 127.0.0.1:7610");
        if (leaf.Zone.Length > IdLengthMax)
            throw Broken(source, $"{member}.zone", $"{leaf.Zone.Length} characters long", $"at most {IdLengthMax}");
    }

    private static void CheckShard(string source, string member, ShardAssignment shard, HashSet<string> ids)
    {
        CheckCount(source, $"{member}.replicas", shard.Replicas.Count, Topology.ReplicasMax);
        for (var i = 0; i < shard.Replicas.Count; i++)
        {
            var id = shard.Replicas[i];
            if (!ids.Contains(id))
                throw Broken(source, $"{member}.replicas[{i}]", $"'{id}'", $"the id of one of the {ids.Count} leaves");
            if (shard.Replicas.Take(i).Contains(id, StringComparer.Ordinal))
                throw Broken(source, $"{member}.replicas[{i}]", $"'{id}' again", "each leaf once in a shard");
        }

        if (shard.Weight is < 1 or > WeightMax)
            throw Broken(source, $"{member}.weight", shard.Weight.ToString(), $"1 to {WeightMax}");
    }
}

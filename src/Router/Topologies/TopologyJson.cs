using System.Text.Json;
using System.Text.Unicode;

namespace Hedgerow.Router;

/// <summary>
/// The topology's JSON file form, both ways: the members of <see cref="Topology"/> in camel case. Comments and trailing
/// commas are taken; members that are unknown, twice there, or of another kind are refused by name.
/// </summary>
public static class TopologyJson
{
    private static readonly JsonDocumentOptions Lenient = new()
    {
        CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = 8,
    };

    /// <summary>Reads and checks the text; <paramref name="source"/> is its file's name, for messages.</summary>
    /// <exception cref="TopologyException">It does not parse or contradicts itself.</exception>
    public static Topology Parse(ReadOnlyMemory<byte> utf8, string source)
    {
        // Editors on other systems put a byte order mark there.
        if (utf8.Span.StartsWith("\uFEFF"u8)) utf8 = utf8[3..];
        if (!Utf8.IsValid(utf8.Span)) throw new TopologyException($"{source}: this is not UTF-8.");
        try
        {
            using var document = JsonDocument.Parse(utf8, Lenient);
            var topology = ReadTopology(new TopologyMember(document.RootElement, "", source));
            TopologyRules.Check(topology, source);
            return topology;
        }
        catch (JsonException e)
        {
            throw new TopologyException(
                $"{source}: line {e.LineNumber + 1}, column {e.BytePositionInLine + 1}: this is not JSON. {e.Message}",
                e);
        }
        catch (InvalidOperationException e)
        {
            throw new TopologyException($"{source}: a text in it has half of a surrogate pair, which no text may.", e);
        }
    }

    /// <summary>Writes it as indented UTF-8 JSON that <see cref="Parse"/> reads back to an equal topology.</summary>
    public static byte[] Write(Topology topology)
    {
        var output = new MemoryStream();
        using (var json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteNumber("epoch", topology.Epoch);
            json.WriteString("placement", topology.Placement == PlacementKind.Ring ? "ring" : "jump");
            json.WriteStartArray("leaves");
            foreach (var leaf in topology.Leaves) WriteLeaf(json, leaf);
            json.WriteEndArray();
            json.WriteStartArray("shards");
            foreach (var shard in topology.Shards) WriteShard(json, shard);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return output.ToArray();
    }

    private static void WriteLeaf(Utf8JsonWriter json, LeafEndpoint leaf)
    {
        json.WriteStartObject();
        json.WriteString("id", leaf.Id);
        json.WriteString("address", leaf.Address);
        json.WriteString("zone", leaf.Zone);
        json.WriteEndObject();
    }

    private static void WriteShard(Utf8JsonWriter json, ShardAssignment shard)
    {
        json.WriteStartObject();
        json.WriteStartArray("replicas");
        foreach (var id in shard.Replicas) json.WriteStringValue(id);
        json.WriteEndArray();
        json.WriteNumber("weight", shard.Weight);
        json.WriteEndObject();
    }

    private static Topology ReadTopology(TopologyMember root)
    {
        root.AllowOnly("epoch", "placement", "leaves", "shards");
        return new Topology
        {
            Epoch = root.Required("epoch").AsNumber(1, uint.MaxValue),
            Placement = root.Optional("placement")?.AsPlacement() ?? PlacementKind.Jump,
            Leaves = root.Required("leaves").AsList(Topology.LeavesMax, ReadLeaf),
            Shards = root.Required("shards").AsList(Topology.ShardsMax, ReadShard),
        };
    }

    private static LeafEndpoint ReadLeaf(TopologyMember leaf)
    {
        leaf.AllowOnly("id", "address", "zone");
        return new LeafEndpoint(leaf.Required("id").AsText(), leaf.Required("address").AsText())
        {
            Zone = leaf.Optional("zone")?.AsText() ?? "",
        };
    }

    private static ShardAssignment ReadShard(TopologyMember shard)
    {
        shard.AllowOnly("replicas", "weight");
        return new ShardAssignment(shard.Required("replicas").AsList(Topology.ReplicasMax, r => r.AsText()))
        {
            Weight = (int)(shard.Optional("weight")?.AsNumber(1, TopologyRules.WeightMax) ?? 1),
        };
    }
}

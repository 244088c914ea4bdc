using System.Text;
using CsCheck;

namespace Hedgerow.Router.Tests;

public sealed class TopologyJsonTests
{
    private const string Good = """
        {
          // one leaf, for a start
          "epoch": 7, "placement": "ring",
          "leaves": [{"id": "leaf-1", "address": "127.0.0.1:7610", "zone": "a"},
                     {"id": "leaf-2", "address": "[::1]:7611"}],
          "shards": [{"replicas": ["leaf-1", "leaf-2"], "weight": 3}, {"replicas": ["leaf-2"]},],
        }
        """;

    [Fact]
    public void Reads_what_the_design_shows()
    {
        var topology = Parse(Good);
        Assert.Equal(7u, topology.Epoch);
        Assert.Equal(PlacementKind.Ring, topology.Placement);
        Assert.Equal(new LeafEndpoint("leaf-1", "127.0.0.1:7610") { Zone = "a" }, topology.Leaves[0]);
        Assert.Equal(["leaf-1", "leaf-2"], topology.Shards[0].Replicas);
        Assert.Equal(3, topology.Shards[0].Weight);
        Assert.Equal(1, topology.Shards[1].Weight);
    }

    [Fact]
    public void What_is_written_is_read_back() =>
        Gen.Select(Gen.UInt[1, uint.MaxValue], Gen.Int[1, 40], Gen.Int[1, 5], Gen.Bool, Gen.Int[1, 1_000]).Sample(
            (epoch, shards, replicas, ring, weight) =>
            {
                var made = Cluster.TopologyOf(epoch, shards, replicas, replicas + 1);
                made = made with
                {
                    Placement = ring ? PlacementKind.Ring : PlacementKind.Jump,
                    Shards = [.. made.Shards.Select(s => s with { Weight = weight })],
                };
                var read = TopologyJson.Parse(TopologyJson.Write(made), "t");
                Assert.Equal(TopologyJson.Write(made), TopologyJson.Write(read));
                Assert.Equal(made.Leaves, read.Leaves);
            },
            iter: 50);

    [Theory]
    [InlineData("\"epoch\": 7", "\"epoch\": 0", "t.json: epoch is 0; allowed: a whole number from 1 to 4294967295.")]
    [InlineData("\"epoch\": 7,", "", "t.json: epoch is missing.")]
    [InlineData("\"ring\"", "\"maglev\"", "t.json: placement is \"maglev\"; allowed: \"jump\" or \"ring\".")]
    [InlineData("\"leaf-2\", \"address\"", "\"leaf-1\", \"address\"",
        "t.json: leaves[1].id is 'leaf-1' again; allowed: each id once.")]
    [InlineData("127.0.0.1:7610", "127.0.0.1",
        "t.json: leaves[0].address is '127.0.0.1'; allowed: HOST:PORT, such as 127.0.0.1:7610.")]
    [InlineData("[\"leaf-2\"]", "[\"leaf-9\"]",
        "t.json: shards[1].replicas[0] is 'leaf-9'; allowed: the id of one of the 2 leaves.")]
    [InlineData("[\"leaf-2\"]", "[\"leaf-2\", \"leaf-2\"]",
        "t.json: shards[1].replicas[1] is 'leaf-2' again; allowed: each leaf once in a shard.")]
    [InlineData("[\"leaf-2\"]", "[]", "t.json: shards[1].replicas is a list of 0; allowed: 1 to 16 of them.")]
    [InlineData("\"weight\": 3", "\"weight\": 1001",
        "t.json: shards[0].weight is 1001; allowed: a whole number from 1 to 1000.")]
    [InlineData("\"weight\": 3", "\"wieght\": 3", "t.json: shards[0].wieght is unknown; allowed: replicas, weight.")]
    [InlineData("\"epoch\": 7,", "\"epoch\": 7, \"epoch\": 8,", "t.json: epoch is there twice; allowed: once.")]
    [InlineData("\"zone\": \"a\"", "\"zone\": 5", "t.json: leaves[0].zone is 5; allowed: a text.")]
    public void An_error_names_file_member_value_and_what_is_allowed(string good, string bad, string message)
    {
        var error = Assert.Throws<TopologyException>(() => Parse(Good.Replace(good, bad, StringComparison.Ordinal)));
        Assert.Equal(message, error.Message);
    }

    [Fact]
    public void Text_that_is_not_JSON_is_refused_with_its_line_and_column() => Assert.StartsWith(
        "t.json: line 2, column 5: this is not JSON.",
        Assert.Throws<TopologyException>(() => Parse("{\n    epoch: 1}")).Message,
        StringComparison.Ordinal);

    [Fact]
    public void A_file_cut_off_anywhere_is_refused()
    {
        var whole = Encoding.UTF8.GetBytes(Good.TrimEnd());
        for (var length = 0; length < whole.Length; length++)
            Assert.Throws<TopologyException>(() => TopologyJson.Parse(whole.AsMemory(0, length), "t.json"));
    }

    [Fact]
    public void Bytes_changed_at_random_are_read_or_refused_and_nothing_else() =>
        Gen.Select(Gen.Int[0, Good.Length - 1].Array[1, 8], Gen.Byte.Array[8]).Sample(
            (places, bytes) =>
            {
                var text = Encoding.UTF8.GetBytes(Good);
                for (var i = 0; i < places.Length; i++) text[places[i]] = bytes[i];
                try
                {
                    TopologyRules.Check(TopologyJson.Parse(text, "t.json"), "t.json");
                }
                catch (TopologyException e)
                {
                    Assert.StartsWith("t.json: ", e.Message, StringComparison.Ordinal);
                }
            },
            iter: 5_000);

    private static Topology Parse(string text) => TopologyJson.Parse(Encoding.UTF8.GetBytes(text), "t.json");
}

using System.Globalization;
using System.Text;
using System.Text.Json;
using CsCheck;

namespace Hedgerow.Router.Tests;

public sealed class PlacementTests
{
    private const int Keys = 20_000;

    [Theory]
    [InlineData("public", 82)]
    [InlineData("derived_here_from_the_paper_algorithm_after_passing_public", 960)]
    public void Jump_hash_gives_the_reference_buckets(string list, int expected)
    {
        var cases = SharedFiles.Json("hash-vectors/jump.json").GetProperty(list).EnumerateArray().ToArray();
        Assert.Equal(expected, cases.Length);
        foreach (var one in cases)
        {
            var key = ulong.Parse(one.GetProperty("key").GetString()!, CultureInfo.InvariantCulture);
            var buckets = one.GetProperty("buckets").GetInt32();
            Assert.Equal(one.GetProperty("result").GetInt32(), JumpHash.Bucket(key, buckets));
        }
    }

    [Fact]
    public void Weighted_ring_is_libmemcacheds_point_for_point()
    {
        var file = SharedFiles.Json("hash-vectors/ketama-weighted-libmemcached.json");
        var servers = file.GetProperty("servers").EnumerateArray()
            .Select(s => (s.GetProperty("host").GetString()!, s.GetProperty("weight").GetInt32())).ToArray();
        var ring = new KetamaRing(servers);
        Assert.Equal(file.GetProperty("ring_points").GetInt32(), ring.Points.Count());
        foreach (var one in file.GetProperty("cases").EnumerateArray())
        {
            var key = Encoding.UTF8.GetBytes(one.GetProperty("key").GetString()!);
            Assert.Equal(one.GetProperty("key_hash").GetUInt32(), KetamaRing.HashOf(key));
            Assert.Equal(one.GetProperty("ring_point").GetUInt32(), ring.PointOf(key));
            Assert.Equal(one.GetProperty("server").GetString(), servers[ring.OwnerOf(key)].Item1);
        }
    }

    [Fact]
    public void Unweighted_ring_has_couchbases_640_points()
    {
        var file = SharedFiles.Json("hash-vectors/ketama-ring-couchbase.json");
        var names = file.GetProperty("servers").EnumerateArray().Select(s => s.GetString()!).ToArray();
        var ring = new KetamaRing(names.Select(n => (n, 1)).ToArray());
        var expected = file.GetProperty("ring").EnumerateArray()
            .Select(p => (p.GetProperty("hash").GetUInt32(), p.GetProperty("hostname").GetString()!));
        Assert.Equal(expected, ring.Points.Select(p => (p.Point, names[p.Owner])));
    }

    [Fact]
    public void Unweighted_ring_gives_spymemcacheds_nodes()
    {
        var file = SharedFiles.Json("hash-vectors/ketama-spymemcached.json");
        foreach (var one in file.GetProperty("nodes_127_0_0_1_from_port_10000").EnumerateArray())
        {
            var nodes = one.GetProperty("n_nodes").GetInt32();
            var ring = RingOf(Enumerable.Range(0, nodes).Select(i => $"127.0.0.1:{10_000 + i}"));
            Assert.Equal(one.GetProperty("node_index").GetInt32(), ring.OwnerOf(KeyOf(one)));
        }

        var names = Enumerable.Range(1, 8).Select(i => $"10.0.1.{i}:11211").ToArray();
        var eight = RingOf(names);
        foreach (var one in file.GetProperty("nodes_10_0_1_1_to_8_port_11211").EnumerateArray())
            Assert.Equal(one.GetProperty("server").GetString(), names[eight.OwnerOf(KeyOf(one))]);
    }

    [Theory]
    [InlineData(PlacementKind.Jump)]
    [InlineData(PlacementKind.Ring)]
    public void Adding_a_shard_moves_its_share_of_the_paths_and_only_to_it(PlacementKind kind) =>
        Gen.Int[1, 24].Sample(
            shards =>
            {
                var before = PlacementOf(kind, shards);
                var after = PlacementOf(kind, shards + 1);
                var moved = 0;
                for (var i = 0; i < Keys; i++)
                {
                    var path = Encoding.UTF8.GetBytes($"/things/{i}");
                    var now = after.ShardOf(path);
                    if (now == before.ShardOf(path)) continue;
                    moved++;
                    Assert.Equal(shards, now);
                }

                // A ring of 160 points a shard is uneven by some 8 %; three of that is a wide berth.
                Assert.InRange(moved, 0.6 * Keys / (shards + 1), 1.4 * Keys / (shards + 1));
            },
            iter: 24);

    [Fact]
    public void Ring_gives_a_shard_its_weight_of_the_paths()
    {
        var placement = new RingPlacement([
            new ShardAssignment(["a"]) { Weight = 100 }, new ShardAssignment(["a"]) { Weight = 300 }]);
        var heavy = Enumerable.Range(0, Keys).Count(i => placement.ShardOf(Encoding.UTF8.GetBytes($"/k/{i}")) == 1);
        Assert.InRange(heavy / (double)Keys, 0.65, 0.85);
    }

    [Theory]
    [InlineData(PlacementKind.Jump)]
    [InlineData(PlacementKind.Ring)]
    public void Only_the_shard_key_decides(PlacementKind kind)
    {
        var placement = PlacementOf(kind, 64);
        var expected = placement.ShardOf("/user/7"u8);
        Assert.Equal(expected, placement.ShardOf("/user/7?page=2"u8));
        Assert.Equal(placement.ShardOf("/a/{tag}/b"u8), placement.ShardOf("/c/{tag}/d"u8));
    }

    private static byte[] KeyOf(JsonElement one) => Encoding.UTF8.GetBytes(one.GetProperty("key").GetString()!);

    private static KetamaRing RingOf(IEnumerable<string> names) => new(names.Select(n => (n, 1)).ToArray());

    private static IPlacement PlacementOf(PlacementKind kind, int shards) =>
        RoutingTable.PlacementOf(Cluster.TopologyOf(1, shards, 1, 1) with { Placement = kind });
}

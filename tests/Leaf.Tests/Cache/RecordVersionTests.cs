using Hedgerow.Leaf.Cache;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Cache;

public sealed unsafe class RecordVersionTests
{
    [Theory]
    [InlineData(0L, 4)]
    [InlineData(int.MaxValue, 4)]
    [InlineData(int.MinValue, 4)]
    [InlineData(int.MaxValue + 1L, 5)]
    [InlineData((1L << 39) - 1, 5)]
    [InlineData(-(1L << 39), 5)]
    [InlineData(1L << 39, 6)]
    [InlineData((1L << 47) - 1, 6)]
    [InlineData(-(1L << 47), 6)]
    [InlineData(1L << 47, 8)]
    [InlineData(long.MinValue, 8)]
    [InlineData(long.MaxValue, 8)]
    public void A_version_takes_as_few_bytes_as_its_distance_needs_and_comes_back_whole(long distance, int bytes)
    {
        var at = stackalloc byte[RecordVersion.BytesMax + 1];
        foreach (var versionBase in new[] { 0UL, 1UL, 1_700_000_000_000UL << 16, ulong.MaxValue })
        {
            var version = unchecked(versionBase + (ulong)distance);
            var least = RecordVersion.CodeFor(version, versionBase);
            Assert.Equal(bytes, RecordVersion.BytesOf(least));
            for (var code = least; code <= RecordVersion.CodeMax; code++)
            {
                at[RecordVersion.BytesOf(code)] = 0xA5;
                RecordVersion.Write(at, code, version, versionBase);
                Assert.Equal(version, RecordVersion.Read(at, RecordVersion.ShapeOf(code), versionBase));
                Assert.Equal(0xA5, at[RecordVersion.BytesOf(code)]);
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(16_383)]
    [InlineData(16_384)]
    [InlineData(32_000)]
    public void Lengths_of_any_width_come_back(int valueBytes)
    {
        using var store = new StoreUnderTest(32 << 20, partitions: 1, segmentBytes: 256 * 1024);
        var value = new byte[valueBytes];
        Random.Shared.NextBytes(value);
        foreach (var pathBytes in new[] { 1, 127, 128, 300, ProtocolLimits.PathBytesMax })
        {
            var path = new string('p', pathBytes);
            Assert.Equal(StatusCode.Ok, store.Set(path, value, version: 9, expiresAtMs: store.NowMs + 1));
            Assert.Equal(StatusCode.Ok, store.Get(path));
            Assert.True(store.Output.SequenceEqual(value));
            Assert.Equal(9UL, store.Meta.Version);
        }
    }

    [Fact]
    public void Versions_far_apart_share_a_segment_and_survive_its_compaction()
    {
        using var store = new StoreUnderTest(3 << 20, partitions: 1);
        var random = new Random(1);
        var versions = new Dictionary<string, ulong>();
        for (var i = 0; i < 60_000; i++)
        {
            var path = $"/{random.Next(4_000)}";
            var version = versions.GetValueOrDefault(path) + 1 + (ulong)random.NextInt64(1L << random.Next(1, 49));
            Assert.Equal(StatusCode.Ok, store.Set(path, new byte[random.Next(900)], version));
            versions[path] = version;
        }

        Assert.Equal(0, store.Stats.Evictions);
        Assert.True(store.Stats.MovedBytes > 0, "nothing was compacted");
        foreach (var (path, version) in versions)
        {
            Assert.Equal(StatusCode.Ok, store.Get(path));
            Assert.Equal(version, store.Meta.Version);
        }
    }
}

using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Service;

public sealed class WarmRestartTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("hedgerow-warm-").FullName;

    private LeafOptions Options => LeafUnderTest.SmallOptions with { DataDirectory = _directory };

    private string Snapshot => Path.Combine(_directory, "shard-0", "entries.snapshot");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_drained_leaf_starts_with_the_entries_it_had()
    {
        await using (var leaf = await LeafUnderTest.Open(Options))
        {
            await leaf.Set("/a", "one");
            await leaf.Set("/large", new string('x', 1 << 20));
            await leaf.Set("/short", "lived", expiresAtMs: leaf.Time.GetUtcNow().ToUnixTimeMilliseconds() + 1);
            await leaf.Service.DrainAsync(CancellationToken.None);
        }

        Assert.True(File.Exists(Snapshot));
        await using var warm = await LeafUnderTest.Open(Options);
        Assert.Equal("one", await Value(warm, "/a"));
        Assert.Equal(1 << 20, (await Value(warm, "/large"))!.Length);
        Assert.Contains("starts warm", Text(warm));
    }

    [Fact]
    public async Task A_clean_snapshot_is_used_once()
    {
        await using (var leaf = await LeafUnderTest.Open(Options))
        {
            await leaf.Set("/a", "old");
            await leaf.Service.DrainAsync(CancellationToken.None);
        }

        // Started, written to, and closed without a drain: what the snapshot has is stale now.
        await using (var leaf = await LeafUnderTest.Open(Options)) await leaf.Set("/a", "new");
        Assert.False(File.Exists(Snapshot));
        await using var cold = await LeafUnderTest.Open(Options);
        Assert.Null(await Value(cold, "/a"));
    }

    [Fact]
    public async Task One_asked_for_is_loaded_only_where_old_values_are_wanted()
    {
        await using (var leaf = await LeafUnderTest.Open(Options))
        {
            await leaf.Set("/a", "old");
            var answer = await leaf.Call(Opcode.Snapshot, []);
            Assert.True(answer.Status == StatusCode.Ok, answer.Text);
            Assert.True(SnapshotCodec.TryRead(answer.Body, out var reply, out var error), error);
            Assert.Equal(1, reply.Shards.Sum(shard => shard.Entries));
            await leaf.Set("/a", "new");
        }

        await using (var cold = await LeafUnderTest.Open(Options with { SnapshotOnDrain = false }))
        {
            Assert.Null(await Value(cold, "/a"));
            Assert.Contains("leaf.snapshot.load any", Text(cold));
        }

        var any = Options with { SnapshotLoad = SnapshotLoad.Any };
        await using (var warm = await LeafUnderTest.Open(any)) Assert.Equal("old", await Value(warm, "/a"));
        await using (var again = await LeafUnderTest.Open(any)) Assert.Equal("old", await Value(again, "/a"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_damaged_snapshot_is_refused_and_the_leaf_starts_cold(bool cutOff)
    {
        await using (var leaf = await LeafUnderTest.Open(Options))
        {
            for (var i = 0; i < 1_000; i++) await leaf.Set($"/{i}", "value");
            await leaf.Service.DrainAsync(CancellationToken.None);
        }

        var bytes = await File.ReadAllBytesAsync(Snapshot);
        if (!cutOff) bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(Snapshot, cutOff ? bytes[..^1] : bytes);
        await using var cold = await LeafUnderTest.Open(Options);
        Assert.Null(await Value(cold, "/1"));
        Assert.Contains("starts cold", Text(cold));
        Assert.Contains(Snapshot, Text(cold));
    }

    [Fact]
    public async Task Nothing_is_written_or_loaded_when_that_is_switched_off()
    {
        await using (var leaf = await LeafUnderTest.Open(Options with { SnapshotOnDrain = false }))
        {
            await leaf.Set("/a", "one");
            await leaf.Service.DrainAsync(CancellationToken.None);
        }

        Assert.False(File.Exists(Snapshot));
        await using (var leaf = await LeafUnderTest.Open(Options))
        {
            await leaf.Set("/a", "one");
            await leaf.Service.DrainAsync(CancellationToken.None);
        }

        await using var cold = await LeafUnderTest.Open(Options with { SnapshotLoad = SnapshotLoad.Never });
        Assert.Null(await Value(cold, "/a"));
    }

    [Fact]
    public async Task A_leaf_in_memory_says_that_it_has_no_disk()
    {
        await using var leaf = await LeafUnderTest.Open();
        var answer = await leaf.Call(Opcode.Snapshot, []);
        Assert.Equal(StatusCode.BadRequest, answer.Status);
        Assert.Contains("leaf.data", answer.Text);
    }

    private static string Text(LeafUnderTest leaf) => string.Join('\n', leaf.Log.Lines);

    private static async Task<string?> Value(LeafUnderTest leaf, string path)
    {
        var answer = await leaf.Get(path);
        return answer.Status == StatusCode.NotFound ? null : answer.Value;
    }
}

using Hedgerow.Protocol;
using static Hedgerow.Leaf.Tests.Service.LeafUnderTest;

namespace Hedgerow.Leaf.Tests.Service;

/// <summary>Entries that become documents keep their time to live.</summary>
public sealed class EntryTakeoverTests : IDisposable
{
    private const string Json = """{"title":"word"}""";

    private static readonly CollectionSchema Taking = Wiki with { Name = "taken", OwnPrefix = "h:" };

    private readonly string _root = Directory.CreateTempSubdirectory("hedgerow-takeover-").FullName;

    private static ulong Now =>
        (ulong)new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero).ToUnixTimeMilliseconds() << 16;

    private string Expiries => Path.Combine(_root, "shard-0", "taken~expires");

    private LeafOptions OnDisk => SmallOptions with { DataDirectory = _root };

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_entry_that_was_to_expire_is_no_document_behind_its_time(bool restart)
    {
        var leaf = await TakenAsync();
        try
        {
            // Written since, it has no time to live, as after any plain write.
            await leaf.Set("h:written", Json, Now + 9);
            if (restart)
            {
                await leaf.DisposeAsync();
                leaf = await LeafUnderTest.Open(OnDisk);
            }

            leaf.Time.Advance(TimeSpan.FromSeconds(50));
            Assert.Equal(StatusCode.Ok, (await leaf.Get("h:short")).Status);
            leaf.Time.Advance(TimeSpan.FromSeconds(20));
            while ((await leaf.Get("h:short")).Status != StatusCode.NotFound || File.Exists(Expiries))
            {
                TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
                leaf.Time.Advance(TimeSpan.FromSeconds(1));
            }

            Assert.Equal(StatusCode.Ok, (await leaf.Get("h:kept")).Status);
            Assert.Equal(StatusCode.Ok, (await leaf.Get("h:written")).Status);
            Assert.Equal(StatusCode.VersionTooOld, (await leaf.Set("h:short", Json, Now + 1)).Status);
        }
        finally
        {
            await leaf.DisposeAsync();
        }

        await using var again = await LeafUnderTest.Open(OnDisk);
        Assert.Equal(StatusCode.NotFound, (await again.Get("h:short")).Status);
        Assert.Equal(StatusCode.Ok, (await again.Get("h:kept")).Status);
    }

    [Fact]
    public async Task A_damaged_list_of_them_is_noticed_and_named_and_mended_by_a_repair()
    {
        await (await TakenAsync()).DisposeAsync();
        var whole = File.ReadAllBytes(Expiries);
        for (var at = 0; at < whole.Length; at += 5)
        {
            byte[] damaged = [.. whole];
            damaged[at] ^= 1;
            File.WriteAllBytes(Expiries, damaged);
            await using var leaf = await LeafUnderTest.Open(OnDisk);
            var refused = await leaf.Call(Opcode.Search, SearchBody("word", "taken"));
            Assert.Equal(StatusCode.Corrupt, refused.Status);
            Assert.Contains("taken~expires", refused.Text);
        }

        await using (var leaf = await LeafUnderTest.Open(OnDisk))
        {
            var begin = await leaf.Call(Opcode.Repair, Encode(output => RepairCodec.Write(
                output, new RepairRequest { Collection = "taken", Step = RepairStep.Begin })));
            Assert.True(begin.Status == StatusCode.Ok, begin.Text);
            Assert.False(File.Exists(Expiries));
        }
    }

    [Fact]
    public async Task A_collection_that_is_dropped_takes_them_along()
    {
        await using var leaf = await TakenAsync();
        var drop = await leaf.Call(Opcode.CollectionChange, Encode(output => CollectionCodec.Write(
            output, new CollectionChange { Kind = CollectionChangeKind.Drop, Name = "taken" })));
        Assert.Equal(StatusCode.Ok, drop.Status);
        Assert.False(File.Exists(Expiries));
    }

    private async Task<LeafUnderTest> TakenAsync()
    {
        var leaf = await LeafUnderTest.Open(OnDisk);
        var end = leaf.Time.GetUtcNow().ToUnixTimeMilliseconds() + 60_000;
        await leaf.Set("h:short", Json, Now, end);
        await leaf.Set("h:written", Json, Now, end);
        await leaf.Set("h:kept", Json, Now);
        var declared = await leaf.Declare(Taking);
        Assert.True(declared.Status == StatusCode.Ok, declared.Text);
        foreach (var path in new[] { "h:short", "h:written", "h:kept" })
            Assert.Equal(StatusCode.Ok, (await leaf.Get(path)).Status);
        Assert.True(File.Exists(Expiries));
        return leaf;
    }
}

using System.Globalization;
using Hedgerow.Leaf.Tests.Service;
using Hedgerow.Protocol;
using static Hedgerow.Leaf.Tests.Service.LeafUnderTest;

namespace Hedgerow.Leaf.Tests.Durability;

/// <summary>A leaf's part of a repair: an empty index in the place of a damaged one, until it is full.</summary>
public sealed class RepairTests : IDisposable
{
    /// <summary>A version whose clock is far ahead: its delete is remembered.</summary>
    private const ulong Late = 1UL << 60;

    private readonly string _root = Directory.CreateTempSubdirectory("hedgerow-repair-").FullName;

    private LeafOptions OnDisk => SmallOptions with { DataDirectory = _root };

    private string Mark => Path.Combine(_root, "shard-0", "wiki~repair");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task What_is_being_filled_takes_writes_and_answers_nothing_until_it_is_told_that_it_has_all()
    {
        await FillAsync();
        Damage("segment-*");
        await using (var leaf = await LeafUnderTest.Open(OnDisk))
        {
            Assert.Equal((ReplicaState.NeedsRepair, 0), await StateAsync(leaf, RepairStep.Look));
            Assert.Equal(StatusCode.Corrupt, (await leaf.Get("/wiki/1")).Status);
            Assert.Equal(ReplicaState.Refilling, (await StateAsync(leaf, RepairStep.Begin)).State);
            var fill = (await CallAsync(leaf, RepairStep.Look)).Header.Version;
            await leaf.Bulk([.. Enumerable.Range(0, 30).Select(i => Document($"/wiki/{i}", 1, Json(i)))]);
            Assert.Equal(StatusCode.Ok, (await leaf.Delete("/wiki/3", Late)).Status);
            foreach (var opcode in new[] { Opcode.Search, Opcode.TermStatistics })
                Assert.Equal(StatusCode.Corrupt, (await leaf.Call(opcode, SearchBody("word"))).Status);
            Assert.Equal(StatusCode.Corrupt, (await leaf.Get("/wiki/1")).Status);
            Assert.Equal(
                StatusCode.Corrupt,
                (await leaf.Run(Command(Opcode.Add, "/wiki/1") with { Value = Json(1), Version = 9 })).Status);
            var counters = leaf.Service.Stats().Counters;
            Assert.Equal(1, counters["hedgerow_leaf_repairing_collections"]);
            Assert.Equal(1, counters["hedgerow_leaf_damaged_collections"]);
            Assert.True(File.Exists(Mark));

            Assert.Equal(StatusCode.NotFound, (await CallAsync(leaf, RepairStep.Finish, fill + 1)).Status);
            Assert.Equal(StatusCode.Ok, (await CallAsync(leaf, RepairStep.Finish, fill)).Status);
            Assert.Equal(StatusCode.NotFound, (await CallAsync(leaf, RepairStep.Finish, fill)).Status);
            Assert.Equal((ReplicaState.Well, 29), await StateAsync(leaf, RepairStep.Look));
            Assert.False(File.Exists(Mark));
            Assert.Equal(1, leaf.Service.Stats().Counters["hedgerow_leaf_repairs_total"]);
        }

        await using var again = await LeafUnderTest.Open(OnDisk);
        Assert.Equal(29, (await again.Search("word")).Total);
        Assert.Equal(StatusCode.VersionTooOld, (await again.Set("/wiki/3", Json(3), Late - 1)).Status);
        Assert.Equal(0, again.Service.Stats().Counters["hedgerow_leaf_damaged_collections"]);
    }

    [Fact]
    public async Task A_stop_before_it_has_all_leaves_it_out_of_service_until_it_is_begun_again()
    {
        await FillAsync();
        await using (var leaf = await LeafUnderTest.Open(OnDisk))
        {
            // Also of one that is well: its leaf may have lost what no checksum tells.
            await StateAsync(leaf, RepairStep.Begin);
            await leaf.Set("/wiki/1", Json(1), 1);
            await leaf.Service.DrainAsync(default);
        }

        await using var again = await LeafUnderTest.Open(OnDisk);
        var refused = await again.Call(Opcode.Search, SearchBody("word"));
        Assert.Equal(StatusCode.Corrupt, refused.Status);
        Assert.Contains("wiki~repair", refused.Text);
        Assert.Equal(StatusCode.Ok, (await again.Get("/other/1")).Status);
        await StateAsync(again, RepairStep.Begin);
        Assert.Equal((ReplicaState.Refilling, 0), await StateAsync(again, RepairStep.Begin));
        await Ok(again, Change(CollectionChangeKind.Drop));
        Assert.False(File.Exists(Mark));
    }

    [Fact]
    public async Task A_damaged_log_is_begun_anew_and_every_index_that_it_was_of_has_to_be_filled()
    {
        await FillAsync(drain: false);
        var log = Directory.GetFiles(Path.Combine(_root, "shard-0"), "wal-*.log").Single();
        var bytes = File.ReadAllBytes(log);
        bytes[120] ^= 1;
        File.WriteAllBytes(log, bytes);
        await using (var leaf = await LeafUnderTest.Open(OnDisk))
        {
            Assert.Contains(Path.GetFileName(log), (await ConditionAsync(leaf, RepairStep.Look)).Problem);
            await RefillAsync(leaf, 30);
            Assert.Equal(30, (await leaf.Search("word")).Total);
            Assert.Equal(StatusCode.Corrupt, (await leaf.Get("/other/1")).Status);
        }

        await using var again = await LeafUnderTest.Open(OnDisk);
        Assert.Equal(30, (await again.Search("word")).Total);
        var other = await again.Call(Opcode.Search, SearchBody("word", "other"));
        Assert.Equal(StatusCode.Corrupt, other.Status);
        Assert.Contains("other~repair", other.Text);
        await RefillAsync(again, 1, "other");
        Assert.Equal(StatusCode.Ok, (await again.Get("/other/0")).Status);
        Assert.Equal(0, again.Service.Stats().Counters["hedgerow_leaf_damaged_collections"]);
    }

    [Fact]
    public async Task A_reindex_and_a_repair_keep_out_of_each_others_way()
    {
        await FillAsync();
        await using var leaf = await LeafUnderTest.Open(OnDisk);
        await Ok(leaf, Change(CollectionChangeKind.BeginReindex) with { Schema = Wiki, Version = 5 });
        var refused = await CallAsync(leaf, RepairStep.Begin);
        Assert.Equal(StatusCode.SchemaConflict, refused.Status);
        Assert.Contains("--cancel", refused.Text);
        await Ok(leaf, Change(CollectionChangeKind.CancelReindex));
        await StateAsync(leaf, RepairStep.Begin);
        await Ok(leaf, Change(CollectionChangeKind.BeginReindex) with { Schema = Wiki, Version = 6 });
        Answer check;
        do check = await leaf.Call(Opcode.CollectionChange, Body(Change(CollectionChangeKind.CheckReindex)));
        while (check.Status == StatusCode.Unavailable);
        Assert.Equal(StatusCode.SchemaConflict, check.Status);
        Assert.Contains("copied from other replicas", check.Text);
    }

    [Fact]
    public async Task A_filling_whose_begin_failed_cannot_be_finished()
    {
        await FillAsync();
        await using var leaf = await LeafUnderTest.Open(OnDisk);
        // As where the empty index could not be made durable: it has no number, which was never answered.
        leaf.Service.Shards[0].Collections[0].IsRefilling = true;
        Assert.Equal(StatusCode.NotFound, (await CallAsync(leaf, RepairStep.Finish, 0)).Status);
        Assert.Equal(ReplicaState.Refilling, (await StateAsync(leaf, RepairStep.Look)).State);
    }

    private static string Json(int i) => $$"""{"title":"word {{i}}","year":{{i}}}""";

    private static CollectionChange Change(CollectionChangeKind kind) => new() { Kind = kind, Name = "wiki" };

    private static byte[] Body(CollectionChange change) => Encode(output => CollectionCodec.Write(output, change));

    private static async Task Ok(LeafUnderTest leaf, CollectionChange change)
    {
        var answer = await leaf.Call(Opcode.CollectionChange, Body(change));
        Assert.True(answer.Status == StatusCode.Ok, answer.Text);
    }

    private static Task<Answer> CallAsync(
        LeafUnderTest leaf, RepairStep step, ulong? fill = null, string collection = "wiki") =>
        leaf.Call(Opcode.Repair, Encode(output => RepairCodec.Write(output, new RepairRequest
        {
            Collection = collection, Step = step, Cursor = fill?.ToString(CultureInfo.InvariantCulture) ?? "",
        })));

    private static async Task<ReplicaCondition> ConditionAsync(
        LeafUnderTest leaf, RepairStep step, string collection = "wiki")
    {
        var answer = await CallAsync(leaf, step, null, collection);
        Assert.True(answer.Status == StatusCode.Ok, answer.Text);
        Assert.True(RepairCodec.TryRead(answer.Body, out RepairReply? reply, out var error), error);
        return Assert.Single(reply.Replicas);
    }

    private static async Task<(ReplicaState State, long Documents)> StateAsync(LeafUnderTest leaf, RepairStep step)
    {
        var condition = await ConditionAsync(leaf, step);
        return (condition.State, condition.Documents);
    }

    private static async Task RefillAsync(LeafUnderTest leaf, int documents, string collection = "wiki")
    {
        await ConditionAsync(leaf, RepairStep.Begin, collection);
        var fill = (await CallAsync(leaf, RepairStep.Look, null, collection)).Header.Version;
        var all = Enumerable.Range(0, documents).Select(i => Document($"/{collection}/{i}", 1, Json(i)));
        Assert.Equal(StatusCode.Ok, (await leaf.Call(Opcode.Bulk, BulkBody(collection, [.. all]))).Status);
        Assert.Equal(StatusCode.Ok, (await CallAsync(leaf, RepairStep.Finish, fill, collection)).Status);
    }

    private void Damage(string pattern)
    {
        var file = Directory.GetFiles(Path.Combine(_root, "shard-0", "wiki"), pattern)[0];
        var bytes = File.ReadAllBytes(file);
        bytes[bytes.Length / 2] ^= 4;
        File.WriteAllBytes(file, bytes);
    }

    private async Task FillAsync(bool drain = true)
    {
        await using var leaf = await LeafUnderTest.Open(OnDisk);
        await leaf.Declare();
        await leaf.Declare(Wiki with { Name = "other" });
        for (var i = 0; i < 30; i++) await leaf.Set($"/wiki/{i}", Json(i), 1);
        await leaf.Set("/other/1", Json(1), 1);
        if (drain) await leaf.Service.DrainAsync(default);
    }
}

using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Router.Tests;

public sealed class BulkTests
{
    private static readonly byte[] Json = """{"text": "a fish"}"""u8.ToArray();

    [Fact]
    public async Task Every_document_reaches_every_replica_of_its_shard_and_no_other_leaf()
    {
        var cluster = await Declared(shards: 5, replicas: 2, leaves: 4);
        await using var bulk = cluster.Client.OpenBulk("wiki");
        for (var i = 0; i < 3_000; i++) await bulk.AddAsync($"/wiki/{i}", Json);
        await bulk.CompleteAsync();
        Assert.Equal((3_000, 3_000, 0), (bulk.Acknowledged, bulk.SettledUpTo, bulk.Failed));
        for (var i = 0; i < 3_000; i++)
        {
            var replicas = cluster.Client.Locate($"/wiki/{i}").Replicas.Select(r => r.Id).ToHashSet();
            foreach (var leaf in cluster.Transport.Leaves.Values)
                Assert.Equal(replicas.Contains(leaf.Id), leaf.ValueOf($"/wiki/{i}") is not null);
        }

        Assert.All(cluster.Transport.Of(Opcode.Bulk), c => Assert.True(c.Body.Length < 2 * BulkWriter.BatchBytesMax));
    }

    [Fact]
    public async Task A_refused_document_is_reported_with_its_place_and_the_others_go_on()
    {
        var cluster = await Declared(shards: 3);
        foreach (var leaf in cluster.Transport.Leaves.Values) leaf.Documents.BadJson = "[]";
        await using var bulk = cluster.Client.OpenBulk("wiki");
        for (var i = 0; i < 100; i++) await bulk.AddAsync($"/wiki/{i}", i % 40 == 7 ? "[]"u8.ToArray() : Json);
        await bulk.CompleteAsync();
        Assert.Equal([7, 47, 87], bulk.Failures.Select(f => f.Index));
        Assert.All(bulk.Failures, f => Assert.Equal(StatusCode.BadDocument, f.Status));
        Assert.Equal((97, 100), (bulk.Acknowledged, bulk.SettledUpTo));
    }

    [Fact]
    public async Task A_document_with_a_condition_is_one_write_and_its_neighbours_are_a_batch()
    {
        var cluster = await Declared(shards: 1);
        await using var bulk = cluster.Client.OpenBulk("wiki");
        await bulk.AddAsync("/wiki/a", Json);
        await bulk.AddAsync("/wiki/b", Json, WriteCondition.OnlyIfAbsent);
        await bulk.AddAsync("/wiki/c", Json);
        await bulk.AddAsync("/wiki/b", Json, WriteCondition.OnlyIfAbsent);
        await bulk.CompleteAsync();
        Assert.Equal(3, bulk.Acknowledged);
        var failure = Assert.Single(bulk.Failures);
        Assert.Equal((3, StatusCode.Exists), (failure.Index, failure.Status));
        Assert.Equal(2, cluster.Transport.Of(Opcode.Add).Count());
        Assert.Equal(2, cluster.Transport.Of(Opcode.Bulk).Count());
    }

    [Fact]
    public async Task A_document_with_a_condition_whose_answer_is_lost_is_not_sent_again()
    {
        var cluster = await Declared(shards: 1);
        await using var bulk = cluster.Client.OpenBulk("wiki");
        await bulk.AddAsync("/wiki/a", Json, WriteCondition.OnlyIfAbsent);
        await bulk.CompleteAsync();
        Assert.Equal(1, bulk.Acknowledged);
        foreach (var leaf in new[] { "leaf-1", "leaf-2" }) cluster.Rule(leaf, Behaviour.Fails(StatusCode.Unavailable));
        await bulk.AddAsync("/wiki/a", Json, WriteCondition.OnlyIfVersion(7));
        await cluster.Finish(bulk.CompleteAsync(), withinMs: 60_000, stepMs: 100);
        Assert.Equal(StatusCode.Unavailable, Assert.Single(bulk.Failures).Status);
        Assert.Single(cluster.Transport.Of(Opcode.CompareAndSet));
        Assert.Equal(2, bulk.SettledUpTo);
    }

    [Fact]
    public async Task A_deletion_can_not_want_that_nothing_is_stored()
    {
        var cluster = await Declared(shards: 1);
        await using var bulk = cluster.Client.OpenBulk("wiki");
        await Assert.ThrowsAsync<ArgumentException>(
            async () => await bulk.AddAsync("/wiki/a", default, WriteCondition.OnlyIfAbsent));
        Assert.Throws<ArgumentOutOfRangeException>(() => WriteCondition.OnlyIfVersion(0));
    }

    [Fact]
    public async Task Documents_of_one_path_end_as_the_last_that_was_added()
    {
        var cluster = await Declared(shards: 2);
        await using var bulk = cluster.Client.OpenBulk("wiki");
        for (var i = 0; i < 2_500; i++) await bulk.AddAsync($"/wiki/{i % 3}", Encoding.UTF8.GetBytes($"{i}"));
        await bulk.AddAsync("/wiki/0", default);
        await bulk.CompleteAsync();
        foreach (var leaf in cluster.Transport.Leaves.Values)
            Assert.Equal([null, "2497", "2498"], Enumerable.Range(0, 3).Select(i => leaf.ValueOf($"/wiki/{i}")));
    }

    [Fact]
    public async Task A_shard_that_is_down_for_a_while_is_waited_for()
    {
        var cluster = await Declared(shards: 2);
        cluster.Rule("leaf-2", Behaviour.Fails(StatusCode.Unavailable));
        await using var bulk = cluster.Client.OpenBulk("wiki");
        for (var i = 0; i < 50; i++) await bulk.AddAsync($"/wiki/{i}", Json);
        var completing = bulk.CompleteAsync().AsTask();
        cluster.Advance(500);
        Assert.Equal((0, 0), (bulk.Acknowledged, bulk.SettledUpTo));
        cluster.Heal();
        await cluster.Finish(new ValueTask(completing), withinMs: 20_000, stepMs: 50);
        Assert.Equal(50, bulk.Acknowledged);
    }

    [Fact]
    public async Task A_shard_that_stays_down_fails_its_documents_with_the_reason()
    {
        var cluster = await Declared(shards: 1);
        cluster.Rule("leaf-2", Behaviour.Fails(StatusCode.Unavailable));
        await using var bulk = cluster.Client.OpenBulk("wiki");
        await bulk.AddAsync("/wiki/a", Json);
        await cluster.Finish(bulk.CompleteAsync(), withinMs: 60_000, stepMs: 100);
        var failure = Assert.Single(bulk.Failures);
        Assert.Equal(StatusCode.Unavailable, failure.Status);
        Assert.Equal(
            "1 of the 2 replicas of shard 0 have it; 2 must. leaf-2 says Unavailable.", failure.Message);
    }

    [Fact]
    public async Task A_collection_that_is_not_declared_fails_at_once()
    {
        var cluster = new Cluster();
        await using var bulk = cluster.Client.OpenBulk("wiki");
        await bulk.AddAsync("/wiki/a", Json);
        await bulk.CompleteAsync();
        Assert.Equal(StatusCode.NoSuchCollection, Assert.Single(bulk.Failures).Status);
    }

    [Fact]
    public async Task The_writer_waits_while_too_much_is_in_flight()
    {
        var cluster = await Declared(shards: 1);
        foreach (var leaf in new[] { "leaf-1", "leaf-2" }) cluster.Rule(leaf, Behaviour.After(100));
        await using var bulk = cluster.Client.OpenBulk("wiki");
        var adding = AddAllAsync();
        // One batch flies, the next is full: its last document waits.
        Assert.False(adding.IsCompleted);
        Assert.Single(cluster.Transport.Of(Opcode.Bulk).Select(c => c.Header.Shard).Distinct());
        Assert.Equal(2, cluster.Transport.Of(Opcode.Bulk).Count());
        await cluster.Finish(new ValueTask(adding), stepMs: 10);
        await cluster.Finish(bulk.CompleteAsync(), stepMs: 10);
        Assert.Equal(3_000, bulk.Acknowledged);

        async Task AddAllAsync()
        {
            for (var i = 0; i < 3_000; i++) await bulk.AddAsync($"/wiki/{i}", Json);
        }
    }

    [Fact]
    public async Task A_document_that_met_a_faster_clock_is_written_past_it()
    {
        var cluster = await Declared(shards: 1);
        var ahead = (ulong)cluster.Time.GetUtcNow().AddMinutes(5).ToUnixTimeMilliseconds() << 16;
        cluster["leaf-1"].Put("/wiki/a", "{}", ahead);
        await using var bulk = cluster.Client.OpenBulk("wiki");
        await bulk.AddAsync("/wiki/a", Json);
        await bulk.AddAsync("/wiki/b", Json);
        await bulk.CompleteAsync();
        Assert.Equal((2, 0), (bulk.Acknowledged, bulk.Failed));
        Assert.All(cluster.Transport.Leaves.Values, l => Assert.True(l.VersionOf("/wiki/a") > ahead));
    }

    [Fact]
    public async Task A_slow_replica_does_not_hold_up_a_majority()
    {
        var cluster = await Declared(shards: 1, replicas: 3);
        cluster.Rule("leaf-3", Behaviour.After(5_000));
        await using var bulk = cluster.Client.OpenBulk("wiki");
        await bulk.AddAsync("/wiki/a", Json);
        await cluster.Finish(bulk.CompleteAsync(), withinMs: 1_000);
        Assert.Equal(1, bulk.Acknowledged);
    }

    [Fact]
    public async Task A_document_too_large_is_refused_before_it_is_added()
    {
        var cluster = await Declared(shards: 1);
        await using var bulk = cluster.Client.OpenBulk("wiki");
        var error = await Assert.ThrowsAsync<HedgerowException>(
            async () => await bulk.AddAsync("/wiki/a", new byte[17 * 1024 * 1024]));
        Assert.Equal(StatusCode.TooLarge, error.Status);
        Assert.StartsWith(
            "/wiki/a: the document has 17825792 bytes; at most ", error.Message, StringComparison.Ordinal);
    }

    private static async Task<Cluster> Declared(int shards, int replicas = 2, int? leaves = null)
    {
        var cluster = new Cluster(shards, replicas, leaves: leaves);
        await WriteTests.Declare(cluster);
        return cluster;
    }
}

using Hedgerow.Protocol;

namespace Hedgerow.Router.Tests;

public sealed class WriteTests
{
    private static readonly byte[] One = "1"u8.ToArray();

    [Fact]
    public async Task A_set_goes_to_every_replica_under_one_version()
    {
        var cluster = new Cluster(replicas: 3);
        var written = await cluster.Client.SetAsync("/a", One);
        Assert.Equal(3, written.Replicas);
        Assert.All(cluster.Transport.Leaves.Values, l => Assert.Equal(written.Version, l.VersionOf("/a")));
        Assert.Equal((ulong)cluster.Time.GetUtcNow().ToUnixTimeMilliseconds(), written.Version >> 16);
    }

    [Fact]
    public async Task A_set_succeeds_with_one_replica_and_leaves_out_those_that_are_known_to_be_down()
    {
        var cluster = new Cluster();
        cluster.Rule("leaf-2", Behaviour.Fails(StatusCode.Unavailable));
        for (var i = 0; i < 10; i++) Assert.Equal(1, (await cluster.Client.SetAsync("/a", One)).Replicas);
        Assert.InRange(cluster.Transport.Of(Opcode.Set).Count(c => c.Leaf == "leaf-2"), 1, 3);
    }

    [Fact]
    public async Task A_set_waits_a_grace_for_a_slow_replica_and_does_not_cancel_it()
    {
        var cluster = new Cluster();
        await cluster.Client.SetAsync("/warm", One);
        cluster.Rule("leaf-2", Behaviour.After(40));
        var pending = cluster.Client.SetAsync("/a", One).AsTask();
        cluster.Advance(9);
        Assert.False(pending.IsCompleted);
        cluster.Advance(1.5);
        Assert.Equal(1, (await pending).Replicas);
        Assert.Null(cluster["leaf-2"].ValueOf("/a"));
        cluster.Advance(40);
        Assert.Equal("1", cluster["leaf-2"].ValueOf("/a"));
    }

    [Fact]
    public async Task A_document_needs_the_majority_and_the_error_counts_them()
    {
        var cluster = new Cluster(replicas: 3);
        await Declare(cluster);
        foreach (var leaf in new[] { "leaf-2", "leaf-3" }) cluster.Rule(leaf, Behaviour.Fails(StatusCode.Unavailable));
        Assert.True((await cluster.Client.SetAsync("/a", One)).Succeeded);
        var error = await Assert.ThrowsAsync<HedgerowException>(
            async () => await cluster.Client.SetAsync("/wiki/a", One));
        Assert.Equal(StatusCode.Unavailable, error.Status);
        Assert.Equal(
            "1 of the 3 replicas of shard 0 (leaf-1, leaf-2, leaf-3) have the write; 2 must. "
            + "leaf-3 said: leaf-3 says Unavailable.",
            error.Message.Replace("leaf-2 s", "leaf-3 s", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_collection_that_another_router_declared_is_learnt_before_the_first_write()
    {
        var cluster = new Cluster();
        foreach (var leaf in cluster.Transport.Leaves.Values)
            leaf.Handle(new RequestHeader { Opcode = Opcode.CollectionPut }, Encoded(Wiki));
        cluster.Rule("leaf-2", c => c.Header.Opcode == Opcode.Set ? Behaviour.Fails(StatusCode.ReadOnly) : null);
        var error = await Assert.ThrowsAsync<HedgerowException>(
            async () => await cluster.Client.SetAsync("/wiki/a", One));
        Assert.Equal(StatusCode.ReadOnly, error.Status);
    }

    [Fact]
    public async Task A_slow_clock_loses_no_write()
    {
        var cluster = new Cluster();
        var ahead = (ulong)cluster.Time.GetUtcNow().AddMinutes(5).ToUnixTimeMilliseconds() << 16;
        cluster["leaf-2"].Put("/a", "of a clock that is ahead", ahead);
        var written = await cluster.Client.SetAsync("/a", One);
        Assert.Equal(new WriteResult(StatusCode.Ok, ahead + 1, 2), written);
        Assert.All(cluster.Transport.Leaves.Values, l => Assert.Equal("1", l.ValueOf("/a")));
        Assert.True((await cluster.Client.SetAsync("/b", One)).Version > ahead);
    }

    [Fact]
    public async Task A_version_that_the_caller_gave_is_not_replaced()
    {
        var cluster = new Cluster();
        cluster["leaf-1"].Put("/a", "new", 100);
        var command = new CacheCommand { Opcode = Opcode.Set, Path = "/a"u8, Value = One, Version = 7 };
        using var reply = await cluster.Router.ExecuteAsync(
            new RequestHeader { Opcode = Opcode.Set }, Cluster.BodyOf(command), default);
        Assert.Equal(StatusCode.VersionTooOld, reply.Status);
        Assert.Equal(100ul, reply.Header.Version);
    }

    [Fact]
    public async Task The_same_write_arriving_twice_is_one_write()
    {
        var cluster = new Cluster();
        var body = Cluster.BodyOf(
            new CacheCommand { Opcode = Opcode.Set, Path = "/a"u8, Value = One, Version = 7 });
        for (var i = 0; i < 2; i++)
        {
            using var reply = await cluster.Router.ExecuteAsync(
                new RequestHeader { Opcode = Opcode.Set }, body, default);
            Assert.Equal(StatusCode.Ok, reply.Status);
        }
    }

    [Fact]
    public async Task The_owner_decides_an_add_and_the_others_get_its_entry_under_its_version()
    {
        var cluster = new Cluster(replicas: 3);
        var added = await cluster.Client.AddAsync("/a", One, new WriteOptions(EntryFlags: 9));
        Assert.Equal((StatusCode.Ok, 3), (added.Status, added.Replicas));
        Assert.Equal(["leaf-1"], cluster.Transport.Of(Opcode.Add).Select(c => c.Leaf));
        Assert.All(cluster.Transport.Leaves.Values, l => Assert.Equal(added.Version, l.VersionOf("/a")));
        Assert.All(cluster.Transport.Leaves.Values, l => Assert.Equal(9u, l.Entries["/a"].Flags));
        Assert.All(cluster.Transport.Of(Opcode.Set), c => Assert.Equal(FrameFlags.Replicated, c.Header.Flags));
        Assert.Equal(StatusCode.Exists, (await cluster.Client.AddAsync("/a", One)).Status);
    }

    [Fact]
    public async Task Append_increment_compare_and_set_and_conditional_delete_end_alike_everywhere()
    {
        var cluster = new Cluster();
        await cluster.Client.SetAsync("/n", One);
        Assert.True((await cluster.Client.AppendAsync("/n", One)).Succeeded);
        var (write, value) = await cluster.Client.IncrementAsync("/n", 4);
        Assert.Equal((15, 2), (value, write.Replicas));
        Assert.All(cluster.Transport.Leaves.Values, l => Assert.Equal("15", l.ValueOf("/n")));
        Assert.Equal(StatusCode.VersionMismatch, (await cluster.Client.CompareAndSetAsync("/n", One, 1)).Status);
        var set = await cluster.Client.CompareAndSetAsync("/n", "x"u8.ToArray(), write.Version);
        Assert.Equal(2, set.Replicas);
        Assert.Equal(StatusCode.NotANumber, (await cluster.Client.IncrementAsync("/n", 1)).Write.Status);
        Assert.Equal(StatusCode.VersionMismatch, (await cluster.Client.DeleteAsync("/n", write.Version)).Status);
        Assert.True((await cluster.Client.DeleteAsync("/n", set.Version)).Succeeded);
        Assert.All(cluster.Transport.Leaves.Values, l => Assert.Null(l.ValueOf("/n")));
        Assert.Equal(StatusCode.NotFound, (await cluster.Client.DeleteAsync("/n")).Status);
        Assert.Equal(7, (await cluster.Client.IncrementAsync("/fresh", 1, initial: 7)).Value);
    }

    [Fact]
    public async Task A_conditional_write_without_its_owner_says_so()
    {
        var cluster = new Cluster();
        cluster.Rule("leaf-1", Behaviour.Fails(StatusCode.Unavailable));
        for (var i = 0; i < 5; i++)
        {
            var error = await Assert.ThrowsAsync<HedgerowException>(
                async () => await cluster.Client.AddAsync("/a", One));
            Assert.StartsWith(
                "The owner of shard 0, leaf-1, can't be reached (", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(3, cluster.Transport.Of(Opcode.Add).Count());
        cluster.Heal();
        Assert.True(cluster.Topologies.TryReplace(cluster.Topologies.Current with
        {
            Epoch = 2, Shards = [new ShardAssignment(["leaf-2", "leaf-1"])],
        }));
        Assert.True((await cluster.Client.AddAsync("/a", One)).Succeeded);
    }

    [Fact]
    public async Task Touch_changes_the_expiry_on_every_replica()
    {
        var cluster = new Cluster();
        await cluster.Client.SetAsync("/a", One);
        Assert.True((await cluster.Client.TouchAsync("/a", TimeSpan.FromSeconds(30))).Succeeded);
        var expected = cluster.Time.GetUtcNow().AddSeconds(30).ToUnixTimeMilliseconds();
        Assert.All(cluster.Transport.Leaves.Values, l => Assert.Equal(expected, l.Entries["/a"].ExpiresAtMs));
        Assert.Equal(StatusCode.NotFound, (await cluster.Client.TouchAsync("/none", null)).Status);
    }

    [Fact]
    public async Task A_write_past_its_deadline_tells_how_far_it_came()
    {
        var cluster = new Cluster(configure: o => o.EntryAcksMin = 2);
        await cluster.Client.SetAsync("/warm", One);
        cluster.Rule("leaf-2", Behaviour.Never);
        var error = await Assert.ThrowsAsync<HedgerowException>(
            async () => await cluster.Finish(cluster.Client.SetAsync("/a", One)));
        Assert.Equal(StatusCode.DeadlineExceeded, error.Status);
        Assert.StartsWith("The deadline passed; 1 of the 2 replicas", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, StatusCode.BadRequest, "The path is empty.")]
    [InlineData(8193, StatusCode.TooLarge, "The path has 8193 bytes; at most 8192 are allowed.")]
    public async Task A_path_over_its_bounds_is_refused_before_it_is_sent(int length, StatusCode status, string message)
    {
        var cluster = new Cluster();
        var error = await Assert.ThrowsAsync<HedgerowException>(
            async () => await cluster.Client.SetAsync(new string('a', length), One));
        Assert.Equal((status, message), (error.Status, error.Message));
        Assert.Empty(cluster.Transport.Calls);
    }

    [Theory]
    [InlineData(Opcode.Set)]
    [InlineData(Opcode.Get)]
    [InlineData(Opcode.Increment)]
    public async Task A_body_cut_off_anywhere_is_refused(Opcode opcode)
    {
        var cluster = new Cluster();
        var whole = Cluster.BodyOf(new CacheCommand { Opcode = opcode, Path = "/a"u8 });
        for (var length = 0; length < whole.Length; length++)
        {
            using var reply = await cluster.Router.ExecuteAsync(
                new RequestHeader { Opcode = opcode }, whole.AsMemory(0, length), default);
            Assert.Equal(StatusCode.BadRequest, reply.Status);
        }
    }

    [Fact]
    public async Task An_opcode_that_is_not_the_routers_is_refused_by_name()
    {
        using var reply = await new Cluster().Router.ExecuteAsync(
            new RequestHeader { Opcode = Opcode.Hello }, default, default);
        Assert.Equal(StatusCode.UnknownOpcode, reply.Status);
        Assert.Equal("A router does not take Hello (0x01).", Cluster.TextOf(reply));
    }

    internal static CollectionSchema Wiki { get; } =
        new() { Name = "wiki", Fields = [new FieldSchema { Name = "text", Type = FieldType.Text }] };

    internal static ValueTask Declare(Cluster cluster) => cluster.Client.PutCollectionAsync(Wiki);

    private static byte[] Encoded(CollectionSchema schema)
    {
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        CollectionCodec.Write(output, schema);
        return output.WrittenMemory.ToArray();
    }
}

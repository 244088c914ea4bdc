using System.Buffers;
using System.Buffers.Binary;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Cache;

/// <summary>Transactions: all of it or none, whatever is in the way and whoever else writes.</summary>
public sealed class StoreTransactionTests
{
    private readonly ArrayBufferWriter<byte> _output = new();

    [Fact]
    public void All_writes_happen_under_one_version_and_say_what_they_found()
    {
        using var store = new StoreUnderTest(partitions: 4, memoryBytes: 16 << 20);
        store.Set("/old", "gone soon");
        var (status, results, version) = Run(
            store, [], [Set("/a", "1"), Set("/b", new string('x', 100_000)), Delete("/old"), Delete("/none")]);

        Assert.Equal(StatusCode.Ok, status);
        Assert.Equal([StatusCode.Ok, StatusCode.Ok, StatusCode.Ok, StatusCode.NotFound], results);
        Assert.Equal(StatusCode.Ok, store.Get("/a"));
        Assert.Equal(version, store.Meta.Version);
        Assert.Equal(StatusCode.Ok, store.Get("/b"));
        Assert.Equal((version, 100_000), (store.Meta.Version, store.Output.Length));
        Assert.Equal(StatusCode.NotFound, store.Get("/old"));
        Assert.Equal(version, store.Meta.Version);
    }

    [Fact]
    public void A_check_that_fails_names_itself_and_nothing_is_written()
    {
        using var store = new StoreUnderTest(partitions: 4, memoryBytes: 16 << 20);
        store.Set("/a", "1", version: 10);
        var (status, _, _) = Run(store, [("/a", 10), ("/none", 0), ("/a", 9)], [Set("/b", "2")]);

        Assert.Equal(StatusCode.VersionMismatch, status);
        Assert.Equal(2, BinaryPrimitives.ReadUInt16LittleEndian(_output.WrittenSpan));
        Assert.Equal(StatusCode.NotFound, store.Get("/b"));
        Assert.Equal(StatusCode.Ok, Run(store, [("/a", 10), ("/none", 0)], [Set("/b", "2")]).Status);
        Assert.Equal(StatusCode.VersionMismatch, Run(store, [("/b", 0)], []).Status);
    }

    [Fact]
    public void A_version_that_is_not_above_all_that_is_stored_is_refused_but_a_replica_takes_what_it_can()
    {
        using var store = new StoreUnderTest(partitions: 4, memoryBytes: 16 << 20);
        store.Set("/a", "new", version: 100);
        var refused = Run(store, [], [Set("/a", "old"), Set("/b", "old")], version: 50);
        Assert.Equal((StatusCode.VersionTooOld, 100UL), (refused.Status, refused.Version));
        Assert.Equal(StatusCode.NotFound, store.Get("/b"));

        var taken = Run(store, [("/a", 3)], [Set("/a", "old"), Set("/b", "old")], version: 50, isReplicated: true);
        Assert.Equal(StatusCode.Ok, taken.Status);
        Assert.Equal([StatusCode.VersionTooOld, StatusCode.Ok], taken.Results);
        store.Get("/a");
        Assert.Equal("new", store.OutputText);
        Assert.Equal(StatusCode.Ok, store.Get("/b"));
    }

    [Fact]
    public void Of_a_path_written_twice_the_later_counts()
    {
        using var store = new StoreUnderTest();
        Assert.Equal(StatusCode.Ok, Run(store, [("/a", 0)], [Set("/a", "1"), Delete("/a"), Set("/a", "22")]).Status);
        store.Get("/a");
        Assert.Equal("22", store.OutputText);
    }

    [Fact]
    public void A_touch_changes_the_time_and_finds_nothing_where_nothing_is()
    {
        using var store = new StoreUnderTest();
        store.Set("/a", new string('v', 90_000));
        var touch = new Write(Opcode.Touch, "/a", "", store.NowMs + 77);
        var (status, results, _) = Run(store, [], [touch, touch with { Path = "/none" }]);
        Assert.Equal((StatusCode.Ok, StatusCode.Ok, StatusCode.NotFound), (status, results[0], results[1]));
        Assert.Equal(StatusCode.Ok, store.Get("/a"));
        Assert.Equal((store.NowMs + 77, 90_000), (store.Meta.ExpiresAtMs, store.Output.Length));
    }

    [Fact]
    public void A_transaction_too_large_for_the_store_is_refused_and_changes_nothing()
    {
        using var store = new StoreUnderTest(memoryBytes: 1 << 20, partitions: 1);
        store.Set("/a", "1");
        Write[] writes = [.. Enumerable.Range(0, 900).Select(i => Set($"/big/{i}", new string('x', 2_000)))];
        Assert.Equal(StatusCode.Overloaded, Run(store, [], writes).Status);
        Assert.Equal(StatusCode.NotFound, store.Get("/big/0"));
        store.Store.Verify();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Under_pressure_a_transaction_is_whole_when_it_is_done_and_the_budget_holds(int seed)
    {
        using var store = new StoreUnderTest(memoryBytes: 2 << 20, partitions: 2, segmentBytes: 16 << 10);
        var random = new Random(seed);
        for (var step = 0; step < 1_500; step++)
        {
            Write[] writes = [.. Enumerable.Range(0, random.Next(1, 20)).Select(i => random.Next(5) == 0
                ? Delete($"/p/{random.Next(2_000)}")
                : Set($"/p/{random.Next(2_000)}", new string('x', random.Next(random.Next(8) == 0 ? 30_000 : 900))))];
            var (status, _, version) = Run(store, [], writes);
            Assert.Equal(StatusCode.Ok, status);
            var last = writes[^1];
            var isThere = store.Get(last.Path) == StatusCode.Ok;
            Assert.True(isThere == (last.Opcode == Opcode.Set), $"seed {seed}, step {step}: {last}");
            if (isThere) Assert.Equal((version, last.Value.Length), (store.Meta.Version, store.Output.Length));
            Assert.True(store.Stats.AllocatedBytes <= 2 << 20, $"seed {seed}, step {step}");
        }

        store.Store.Verify();
    }

    [Fact]
    public async Task Transfers_of_many_threads_keep_the_sum()
    {
        const int Accounts = 6;
        using var store = new StoreUnderTest(partitions: 8, memoryBytes: 16 << 20);
        for (var i = 0; i < Accounts; i++) store.Set($"/account/{i}", "100");
        var done = 0;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(() =>
        {
            var random = new Random(worker);
            var output = new ArrayBufferWriter<byte>();
            for (var i = 0; i < 2_000; i++)
            {
                var (from, to) = (random.Next(Accounts), random.Next(Accounts));
                if (from == to) continue;
                var (fromSum, fromVersion) = Read(store, from, output);
                var (toSum, toVersion) = Read(store, to, output);
                output.ResetWrittenCount();
                var status = Transact(
                    store, [($"/account/{from}", fromVersion), ($"/account/{to}", toVersion)],
                    [Set($"/account/{from}", $"{fromSum - 1}"), Set($"/account/{to}", $"{toSum + 1}")],
                    0, false, output, out _);
                Assert.True(status is StatusCode.Ok or StatusCode.VersionMismatch);
                if (status == StatusCode.Ok) Interlocked.Increment(ref done);
            }
        })));

        var reads = new ArrayBufferWriter<byte>();
        Assert.Equal(100 * Accounts, Enumerable.Range(0, Accounts).Sum(i => Read(store, i, reads).Sum));
        Assert.True(done > 0);
    }

    private static (int Sum, ulong Version) Read(StoreUnderTest store, int account, ArrayBufferWriter<byte> output)
    {
        output.ResetWrittenCount();
        var path = StoreUnderTest.Bytes($"/account/{account}");
        var get = new CacheCommand { Opcode = Opcode.Get, Path = path };
        store.Store.Execute(get, PathHash.OfPath(path), store.NowMs, output, out var meta);
        return (int.Parse(output.WrittenSpan), meta.Version);
    }

    private static Write Set(string path, string value) => new(Opcode.Set, path, value, 0);

    private static Write Delete(string path) => new(Opcode.Delete, path, "", 0);

    private (StatusCode Status, StatusCode[] Results, ulong Version) Run(
        StoreUnderTest store, (string Path, ulong Version)[] checks, Write[] writes, ulong version = 0,
        bool isReplicated = false)
    {
        _output.ResetWrittenCount();
        var status = Transact(store, checks, writes, version, isReplicated, _output, out var written);
        if (status != StatusCode.Ok) return (status, [], written);
        Assert.True(TransactCodec.TryReadReply(_output.WrittenSpan, out var reply, out var error), error);
        var results = new List<StatusCode>();
        while (reply.MoveNext()) results.Add(reply.Status);
        return (status, [.. results], written);
    }

    private static StatusCode Transact(
        StoreUnderTest store, (string Path, ulong Version)[] checks, Write[] writes, ulong version, bool isReplicated,
        IBufferWriter<byte> output, out ulong written)
    {
        var body = new ArrayBufferWriter<byte>();
        TransactCodec.Begin(body, version, checks.Length, writes.Length);
        foreach (var check in checks) TransactCodec.WriteCheck(body, StoreUnderTest.Bytes(check.Path), check.Version);
        foreach (var write in writes)
        {
            TransactCodec.WriteWrite(body, new CacheCommand
            {
                Opcode = write.Opcode,
                Path = StoreUnderTest.Bytes(write.Path),
                Value = StoreUnderTest.Bytes(write.Value),
                ExpiresAtMs = write.ExpiresAtMs,
            });
        }

        Assert.Equal(StatusCode.Ok, TransactCodec.TryRead(body.WrittenSpan, out var request, out _));
        return store.Store.Transact(request, isReplicated, store.NowMs, output, out written);
    }

    private sealed record Write(Opcode Opcode, string Path, string Value, long ExpiresAtMs);
}

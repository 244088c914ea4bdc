using System.Buffers.Binary;
using System.Text;
using Hedgerow.Protocol;
using Hedgerow.Tests;
using static Hedgerow.Leaf.Tests.Service.LeafUnderTest;

namespace Hedgerow.Leaf.Tests.Service;

public sealed class CacheRequestTests
{
    [Fact]
    public async Task A_value_that_was_set_is_got_with_its_flags_expiry_and_version()
    {
        await using var leaf = await Open();
        var expires = leaf.Time.GetUtcNow().ToUnixTimeMilliseconds() + 60_000;
        var set = await leaf.Run(
            Command(Opcode.Set, "/a") with { Value = "one", EntryFlags = 7, ExpiresAtMs = expires, Version = 42 });
        Assert.Equal(StatusCode.Ok, set.Status);
        Assert.Equal(42u, set.Header.Version);
        Assert.Empty(set.Body);
        var got = await leaf.Get("/a");
        Assert.Equal((StatusCode.Ok, 42u), (got.Status, (uint)got.Header.Version));
        Assert.True(EntryBody.TryRead(got.Body, out var entry));
        Assert.Equal((7u, expires, "one"), (entry.EntryFlags, entry.ExpiresAtMs, got.Value));
    }

    [Fact]
    public async Task Cache_operations_are_answered_before_the_call_returns()
    {
        await using var leaf = await Open();
        foreach (var opcode in Enum.GetValues<Opcode>().Where(CacheCommand.Carries))
        {
            var id = leaf.Send(opcode, Bytes(Command(opcode, "/a") with { Value = "1", Initial = 1 }));
            Assert.True(leaf.Sink.IsAnswered(id), $"{opcode}");
        }
    }

    [Fact]
    public async Task Expected_failures_carry_the_stored_version_and_no_text()
    {
        await using var leaf = await Open();
        Assert.Equal(StatusCode.NotFound, (await leaf.Get("/a")).Status);
        await leaf.Set("/a", "one", version: 100);
        await Expect(StatusCode.Exists, leaf.Run(Command(Opcode.Add, "/a") with { Value = "x" }));
        await Expect(StatusCode.VersionTooOld, leaf.Set("/a", "x", version: 99));
        await Expect(StatusCode.VersionMismatch,
            leaf.Run(Command(Opcode.CompareAndSet, "/a") with { Value = "x", CompareVersion = 7, Version = 200 }));
        Assert.Equal("one", (await leaf.Get("/a")).Value);

        static async Task Expect(StatusCode status, Task<Answer> call)
        {
            var answer = await call;
            Assert.Equal((status, 100u), (answer.Status, (uint)answer.Header.Version));
            Assert.Empty(answer.Body);
        }
    }

    [Fact]
    public async Task Conditional_writes_return_the_entry_when_asked()
    {
        await using var leaf = await Open();
        await leaf.Run(Command(Opcode.Set, "/a") with { Value = "b", EntryFlags = 3, Version = 1 });
        var appended = await leaf.Run(
            Command(Opcode.Append, "/a") with { Value = "c", Version = 2 }, FrameFlags.ReturnEntry);
        Assert.Equal("bc", appended.Value);
        Assert.Equal(2u, appended.Header.Version);
        var silent = await leaf.Run(Command(Opcode.Prepend, "/a") with { Value = "a", Version = 3 });
        Assert.Equal(3L, BitConverter.ToInt64(silent.Body));
        var swapped = await leaf.Run(
            Command(Opcode.CompareAndSet, "/a") with { Value = "z", CompareVersion = 3, Version = 4 },
            FrameFlags.ReturnEntry);
        Assert.Equal((StatusCode.Ok, "z"), (swapped.Status, swapped.Value));
        var replaced = await leaf.Run(
            Command(Opcode.Replace, "/a") with { Value = "y", Version = 5 }, FrameFlags.ReturnEntry);
        Assert.Equal("y", replaced.Value);
    }

    [Fact]
    public async Task Increment_answers_the_number_or_the_entry_with_its_text()
    {
        await using var leaf = await Open();
        var first = await leaf.Run(Command(Opcode.Increment, "/n") with { Delta = 5, Initial = -40 });
        Assert.Equal(-40, BinaryPrimitives.ReadInt64LittleEndian(first.Body));
        var second = await leaf.Run(Command(Opcode.Increment, "/n") with { Delta = 45 });
        Assert.Equal(5, BinaryPrimitives.ReadInt64LittleEndian(second.Body));
        var third = await leaf.Run(Command(Opcode.Increment, "/n") with { Delta = 1 }, FrameFlags.ReturnEntry);
        Assert.Equal("6", third.Value);
        await leaf.Set("/n", "six");
        var wrong = await leaf.Run(Command(Opcode.Increment, "/n") with { Delta = 1 });
        Assert.Equal(StatusCode.NotANumber, wrong.Status);
        Assert.Contains("64-bit", wrong.Text);
    }

    [Fact]
    public async Task Entries_expire_by_the_wall_clock_and_touch_moves_the_hour()
    {
        await using var leaf = await Open();
        var now = leaf.Time.GetUtcNow().ToUnixTimeMilliseconds();
        await leaf.Set("/a", "one", expiresAtMs: now + 5_000);
        await leaf.Set("/b", "two", expiresAtMs: now + 5_000);
        await leaf.Run(Command(Opcode.Touch, "/b") with { ExpiresAtMs = now + 60_000 });
        leaf.Time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(StatusCode.NotFound, (await leaf.Get("/a")).Status);
        Assert.Equal("two", (await leaf.Get("/b")).Value);
    }

    [Fact]
    public async Task A_get_may_demand_a_version()
    {
        await using var leaf = await Open();
        await leaf.Set("/a", "one", version: 10);
        Assert.Equal(StatusCode.Ok, (await leaf.Get("/a", atLeast: 10)).Status);
        Assert.Equal(StatusCode.NotFound, (await leaf.Get("/a", atLeast: 11)).Status);
    }

    [Fact]
    public async Task Get_many_answers_in_the_order_asked()
    {
        await using var leaf = await Open();
        await leaf.Set("/a", "one", version: 3);
        await leaf.Set("/c", "three", version: 4);
        var answer = await leaf.Call(Opcode.GetMany, Encode(output =>
        {
            GetManyCodec.WriteCount(output, 3);
            foreach (var path in new[] { "/c", "/b", "/a" })
                GetManyCodec.WritePath(output, 0, Encoding.UTF8.GetBytes(path));
        }));
        Assert.Equal(StatusCode.Ok, GetManyCodec.TryReadReply(answer.Body, out var rows, out var error));
        Assert.Null(error);
        var read = new List<string>();
        while (rows.MoveNext())
        {
            read.Add(rows.TryReadEntry(out var entry)
                ? $"{rows.Version} {Encoding.UTF8.GetString(entry.Value)}"
                : $"{rows.Status}");
        }

        Assert.Equal(["4 three", "NotFound", "3 one"], read);
    }

    [Fact]
    public async Task Rows_of_a_get_many_that_outgrow_a_message_are_too_large_and_the_rest_are_not()
    {
        await using var leaf = await Open(SmallOptions with { MemoryBytes = 128 << 20 });
        var big = new string('x', 6 << 20);
        foreach (var path in new[] { "/a", "/b", "/c" }) await leaf.Set(path, big);
        await leaf.Set("/d", "small");
        var answer = await leaf.Call(Opcode.GetMany, Encode(output =>
        {
            GetManyCodec.WriteCount(output, 4);
            foreach (var path in new[] { "/a", "/b", "/c", "/d" })
                GetManyCodec.WritePath(output, 0, Encoding.UTF8.GetBytes(path));
        }));
        Assert.True(answer.Body.Length < ProtocolLimits.Default.MessageBytesMax);
        Assert.Equal(StatusCode.Ok, GetManyCodec.TryReadReply(answer.Body, out var rows, out _));
        var statuses = new List<StatusCode>();
        while (rows.MoveNext()) statuses.Add(rows.Status);
        Assert.Equal([StatusCode.Ok, StatusCode.Ok, StatusCode.TooLarge, StatusCode.Ok], statuses);
    }

    [Fact]
    public async Task Cache_operations_allocate_nothing()
    {
        await using var leaf = await Open();
        var sink = new NullSink();
        var path = "/pages/1"u8.ToArray();
        var hash = PathHash.OfPath(path);
        var value = new byte[1_000];
        CommandText[] commands =
        [
            Command(Opcode.Set, "/pages/1") with { Value = Encoding.ASCII.GetString(value) },
            Command(Opcode.Get, "/pages/1"),
            Command(Opcode.Touch, "/pages/1"),
            Command(Opcode.Get, "/pages/2"),
            Command(Opcode.Increment, "/n") with { Delta = 1, Initial = 0 },
            Command(Opcode.Delete, "/pages/1"),
        ];
        var requests = commands.Select(c => (c.Opcode, Hash: PathHash.OfPath(Encoding.UTF8.GetBytes(c.Path)), Bytes(c)))
            .ToArray();
        Run(200);
        var before = AllocatedBytes.Start();
        Run(1_000);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(0, allocated);
        Assert.Equal(StatusCode.Ok, sink.Last);
        Assert.True(sink.Bytes > 1_000_000);

        void Run(int times)
        {
            for (var i = 0; i < times; i++)
            {
                foreach (var (opcode, pathHash, body) in requests)
                {
                    var header = new RequestHeader { Opcode = opcode, PathHash = pathHash, Epoch = 5 };
                    leaf.Service.OnRequest(header, body, sink);
                }
            }
        }
    }

    [Fact]
    public async Task A_hash_that_is_not_the_paths_is_said_so()
    {
        await using var leaf = await Open();
        var answer = await leaf.Sink.Answer(leaf.Send(Opcode.Get, Bytes(Command(Opcode.Get, "/a")), pathHash: 1));
        Assert.Contains(answer.Status, new[] { StatusCode.BadRequest, StatusCode.NotFound });
    }

    [Fact]
    public async Task A_value_over_its_limit_is_refused_with_the_limit()
    {
        await using var leaf = await Open(SmallOptions with { ValueBytesMax = 1_000 });
        var answer = await leaf.Set("/a", new string('x', 1_001));
        Assert.Equal(StatusCode.TooLarge, answer.Status);
        Assert.Contains("1000", answer.Text);
    }
}

using System.Buffers;
using System.Text;
using Hedgerow.Leaf;
using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.FrontEnds.Commands;
using Hedgerow.Tests;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hedgerow.Server.Tests.Commands;

public sealed class LeafExecutorTests
{
    private static readonly LeafOptions Options = new() { Name = "leaf", MemoryBytes = 64 << 20, AllowFaults = true };

    [Fact]
    public async Task What_is_set_at_once_is_read_at_once_and_by_frames()
    {
        await using var leaf = await OpenAsync([3]);
        await using var executor = Alone(leaf, [3]);
        Assert.Equal(1, executor.Shards);
        var set = Execute(executor, Opcode.Set, "/a", "one", out _);
        Assert.Equal(StatusCode.Ok, set.Status);
        Assert.True(set.Version > 1UL << HybridClock.CounterBits);
        var get = Execute(executor, Opcode.Get, "/a", "", out var value);
        Assert.Equal((StatusCode.Ok, set.Version, "one"), (get.Status, get.Version, value));
        using var reply = await SendAsync(executor, Opcode.Get, "/a", "");
        Assert.True(EntryBody.TryRead(reply.Body.Span, out var entry));
        Assert.Equal("one", Encoding.UTF8.GetString(entry.Value));
    }

    [Fact]
    public async Task A_leaf_of_several_shards_places_paths_as_a_router_over_it_would()
    {
        await using var leaf = await OpenAsync([0, 1, 2, 3]);
        await using var executor = Alone(leaf, [0, 1, 2, 3]);
        Assert.Equal(4, executor.Shards);
        for (var i = 0; i < 100; i++)
        {
            using var written = await SendAsync(executor, Opcode.Set, $"/{i}", $"{i}");
            Assert.Equal(StatusCode.Ok, written.Status);
            Execute(executor, Opcode.Get, $"/{i}", "", out var value);
            Assert.Equal($"{i}", value);
        }

        Assert.All(leaf.Stats().Shards, shard => Assert.InRange(shard.Entries, 5, 50));
    }

    [Fact]
    public async Task A_newer_version_that_is_stored_does_not_lose_a_write()
    {
        await using var leaf = await OpenAsync([0]);
        await using var executor = Alone(leaf, [0]);
        var ahead = 1UL << 62;
        var command = new CacheCommand { Opcode = Opcode.Set, Path = "/a"u8, Value = "1"u8, Version = ahead };
        Assert.True(executor.TryExecute(command, 0, new ArrayBufferWriter<byte>(), out var first));
        Assert.Equal(ahead, first.Version);
        Assert.True(Execute(executor, Opcode.Set, "/a", "2", out _).Version > ahead);
        Execute(executor, Opcode.Get, "/a", "", out var value);
        Assert.Equal("2", value);
    }

    [Fact]
    public async Task A_document_is_read_at_once_and_written_by_frames()
    {
        await using var leaf = await OpenAsync([0]);
        await using var executor = Alone(leaf, [0]);
        var schema = new ArrayBufferWriter<byte>();
        CollectionCodec.Write(schema, new CollectionSchema
        {
            Name = "notes", Fields = [new FieldSchema { Name = "text", Type = FieldType.Text }],
        });
        using (var put = await executor.ExecuteAsync(
            new RequestHeader { Opcode = Opcode.CollectionPut }, schema.WrittenMemory, default))
            Assert.Equal(StatusCode.Ok, put.Status);
        var command = new CacheCommand { Opcode = Opcode.Set, Path = "/notes/1"u8, Value = "{}"u8 };
        Assert.False(executor.TryExecute(command, 0, new ArrayBufferWriter<byte>(), out _));
        using var set = await SendAsync(executor, Opcode.Set, "/notes/1", "{\"text\":\"a\"}");
        Assert.Equal(StatusCode.Ok, set.Status);
        Assert.Equal(StatusCode.Ok, Execute(executor, Opcode.Get, "/notes/1", "", out var json).Status);
        Assert.Equal("{\"text\":\"a\"}", json);
    }

    [Fact]
    public async Task A_leaf_that_drains_refuses_and_one_with_a_fault_answers_later()
    {
        await using var leaf = await OpenAsync([0]);
        await using var executor = Alone(leaf, [0]);
        var toLeaf = new RequestHeader { Opcode = Opcode.Fault, PathHash = PathHash.OfPath("leaf"u8) };
        var fault = new ArrayBufferWriter<byte>();
        FaultCodec.Write(fault, new FaultRequest(1, 1_000, 0));
        using (var set = await executor.ExecuteAsync(
            toLeaf, fault.WrittenMemory, default))
            Assert.Equal(StatusCode.Ok, set.Status);
        var command = new CacheCommand { Opcode = Opcode.Get, Path = "/a"u8 };
        Assert.False(executor.TryExecute(command, 0, new ArrayBufferWriter<byte>(), out _));
        using (var late = await SendAsync(executor, Opcode.Get, "/a", ""))
            Assert.Equal(StatusCode.NotFound, late.Status);
        fault.ResetWrittenCount();
        FaultCodec.Write(fault, new FaultRequest(0, 0, 0));
        (await executor.ExecuteAsync(toLeaf, fault.WrittenMemory, default))
            .Dispose();
        await leaf.DrainAsync(default);
        Assert.Equal(StatusCode.Unavailable, Execute(executor, Opcode.Get, "/a", "", out _).Status);
    }

    [Fact]
    public async Task Commands_allocate_nothing()
    {
        await using var leaf = await OpenAsync([0, 1]);
        await using var executor = Alone(leaf, [0, 1]);
        var output = new ArrayBufferWriter<byte>(1 << 16);
        var path = new byte[16];
        Run(0, 10_000);
        Assert.Equal(0, AllocatedBytes.Least(() => Run(10_000, 20_000)));

        void Run(int from, int to)
        {
            for (var i = from; i < to; i++)
            {
                System.Buffers.Text.Utf8Formatter.TryFormat(i % 1_000, path, out var length);
                output.ResetWrittenCount();
                executor.BeginBatch();
                var set = new CacheCommand { Opcode = Opcode.Set, Path = path.AsSpan(0, length), Value = "v"u8 };
                executor.TryExecute(set, 0, output, out _);
                var get = new CacheCommand { Opcode = Opcode.Get, Path = path.AsSpan(0, length) };
                executor.TryExecute(get, 0, output, out var outcome);
                executor.EndBatch();
                if (outcome.Status != StatusCode.Ok) throw new InvalidOperationException($"{outcome.Status}");
            }
        }
    }

    private static ValueTask<LeafService> OpenAsync(ushort[] shards) => LeafService.OpenAsync(
        Options, 0, shards, TimeProvider.System, NullLoggerFactory.Instance, TestContext.Current.CancellationToken);

    private static LeafExecutor Alone(LeafService leaf, ushort[] shards) =>
        LeafExecutor.Alone(leaf, shards, new RouterOptions(), TimeProvider.System, NullLoggerFactory.Instance);

    private static CommandOutcome Execute(
        LeafExecutor executor, Opcode opcode, string path, string value, out string read)
    {
        var output = new ArrayBufferWriter<byte>();
        var command = new CacheCommand
        {
            Opcode = opcode, Path = Encoding.UTF8.GetBytes(path), Value = Encoding.UTF8.GetBytes(value),
        };
        Assert.True(executor.TryExecute(command, 0, output, out var outcome));
        read = Encoding.UTF8.GetString(output.WrittenSpan);
        return outcome;
    }

    private static ValueTask<Reply> SendAsync(LeafExecutor executor, Opcode opcode, string path, string value)
    {
        var command = new CacheCommand
        {
            Opcode = opcode, Path = Encoding.UTF8.GetBytes(path), Value = Encoding.UTF8.GetBytes(value),
        };
        var body = new byte[command.Length];
        command.WriteTo(body);
        return executor.ExecuteAsync(
            new RequestHeader { Opcode = opcode }, body, TestContext.Current.CancellationToken);
    }
}

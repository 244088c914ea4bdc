using System.Buffers;
using System.Text;
using Hedgerow.Leaf.Durability;
using Hedgerow.Leaf.Tests.Durability;
using Hedgerow.Protocol;
using Microsoft.Extensions.Time.Testing;

namespace Hedgerow.Leaf.Tests.Service;

/// <summary>A leaf with a peer, a clock that stands still, and one-line requests.</summary>
internal sealed class LeafUnderTest : IAsyncDisposable
{
    private int _nextId;

    private LeafUnderTest(LeafService service, FakeTimeProvider time, LogLines log)
    {
        Service = service;
        Time = time;
        Log = log;
    }

    public LeafService Service { get; }

    public FakeTimeProvider Time { get; }

    public LogLines Log { get; }

    public RecordingSink Sink { get; } = new();

    public uint LastId => (uint)Volatile.Read(ref _nextId);

    public static LeafOptions SmallOptions { get; } = new()
    {
        Name = "leaf-1", MemoryBytes = 32 << 20, SearchThreads = 1, SearchQueueMax = 4, AllowFaults = true,
    };

    public static CollectionSchema Wiki { get; } = new()
    {
        Name = "wiki",
        Fields =
        [
            new FieldSchema { Name = "title", Type = FieldType.Text, Analyzer = "english" },
            new FieldSchema { Name = "year", Type = FieldType.Number },
        ],
    };

    public static async Task<LeafUnderTest> Open(
        LeafOptions? options = null, uint epoch = 5, ushort[]? shards = null, IFileStore? files = null,
        DurabilityLimits? limits = null)
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
        var log = new LogLines();
        var service = await LeafService.OpenAsync(
            options ?? SmallOptions, epoch, shards ?? [0, 1], time, log, files ?? DiskFiles.Instance,
            limits ?? DurabilityLimits.Default, default);
        return new LeafUnderTest(service, time, log);
    }

    /// <summary>Sends and returns the id.</summary>
    public uint Send(
        Opcode opcode, ReadOnlySpan<byte> body, ushort shard = 0, uint epoch = 5, uint deadlineMicros = 0,
        FrameFlags flags = FrameFlags.None, ulong pathHash = 0)
    {
        var id = (uint)Interlocked.Increment(ref _nextId);
        var header = new RequestHeader
        {
            Opcode = opcode,
            RequestId = id,
            Shard = shard,
            Epoch = epoch,
            DeadlineMicros = deadlineMicros,
            Flags = flags,
            PathHash = pathHash,
            BodyLength = body.Length,
        };
        Service.OnRequest(header, body, Sink);
        return id;
    }

    public Task<Answer> Call(
        Opcode opcode, ReadOnlySpan<byte> body, ushort shard = 0, uint epoch = 5, uint deadlineMicros = 0,
        FrameFlags flags = FrameFlags.None) => Sink.Answer(Send(opcode, body, shard, epoch, deadlineMicros, flags));

    public Task<Answer> Get(string path, ulong atLeast = 0) =>
        Call(Opcode.Get, Bytes(Command(Opcode.Get, path) with { Version = atLeast }));

    public Task<Answer> Set(string path, string value, ulong version = 0, long expiresAtMs = 0) => Call(
        Opcode.Set,
        Bytes(Command(Opcode.Set, path) with { Value = value, Version = version, ExpiresAtMs = expiresAtMs }));

    public Task<Answer> Delete(string path, ulong version = 0) =>
        Call(Opcode.Delete, Bytes(Command(Opcode.Delete, path) with { Version = version }));

    public Task<Answer> Run(CommandText command, FrameFlags flags = FrameFlags.None) =>
        Call(command.Opcode, Bytes(command), flags: flags);

    public Task<Answer> Declare(CollectionSchema? schema = null) =>
        Call(Opcode.CollectionPut, Encode(output => CollectionCodec.Write(output, schema ?? Wiki)));

    public Task<Answer> Refresh(string collection = "wiki") =>
        Call(Opcode.Refresh, Encoding.UTF8.GetBytes(collection));

    public static byte[] SearchBody(string text, string collection = "wiki") =>
        Encode(output => SearchCodec.Write(output, new SearchRequest
        {
            Collection = collection, Query = new QueryStringQuery(text, [], false),
        }));

    public async Task<SearchReply> Search(string text)
    {
        var answer = await Call(Opcode.Search, SearchBody(text));
        Assert.True(answer.Status == StatusCode.Ok, answer.Text);
        Assert.True(SearchCodec.TryRead(answer.Body, out SearchReply? reply, out var error), error);
        return reply;
    }

    public async Task<BulkReply> Bulk(params BulkDocument[] documents)
    {
        var answer = await Call(Opcode.Bulk, BulkBody("wiki", documents));
        Assert.True(answer.Status == StatusCode.Ok, answer.Text);
        Assert.True(BulkCodec.TryRead(answer.Body, out BulkReply? reply, out var error), error);
        return reply;
    }

    public static byte[] BulkBody(string collection, params BulkDocument[] documents) => Encode(output =>
        BulkCodec.Write(output, new BulkRequest { Collection = collection, Documents = documents }));

    public static BulkDocument Document(string path, ulong version, string json) =>
        new(path, version, Encoding.UTF8.GetBytes(json));

    public static byte[] Encode(Action<IBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output);
        return output.WrittenSpan.ToArray();
    }

    public static CommandText Command(Opcode opcode, string path) => new(opcode, path);

    public static byte[] Bytes(CommandText text)
    {
        var command = new CacheCommand
        {
            Opcode = text.Opcode,
            Path = Encoding.UTF8.GetBytes(text.Path),
            Value = Encoding.UTF8.GetBytes(text.Value),
            EntryFlags = text.EntryFlags,
            ExpiresAtMs = text.ExpiresAtMs,
            Version = text.Version,
            CompareVersion = text.CompareVersion,
            Delta = text.Delta,
            Initial = text.Initial ?? 0,
            HasInitial = text.Initial is not null,
        };
        var bytes = new byte[command.Length];
        command.WriteTo(bytes);
        return bytes;
    }

    public ValueTask DisposeAsync() => Service.DisposeAsync();
}

/// <summary>A cache command that can be kept and changed.</summary>
internal sealed record CommandText(Opcode Opcode, string Path)
{
    public string Value { get; init; } = "";

    public uint EntryFlags { get; init; }

    public long ExpiresAtMs { get; init; }

    public ulong Version { get; init; }

    public ulong CompareVersion { get; init; }

    public long Delta { get; init; }

    public long? Initial { get; init; }
}

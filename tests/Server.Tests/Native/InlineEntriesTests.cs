using System.Buffers;
using System.Text;
using Hedgerow.Leaf;
using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Native;
using Hedgerow.Server.Tests.Sockets;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hedgerow.Server.Tests.Native;

/// <summary>Frames that a native session serves where it reads them.</summary>
public sealed class InlineEntriesTests
{
    private readonly ClientLink _client = new(
        new HelloRequest(), ProtocolLimits.Default, TimeProvider.System, static () => { });

    private readonly ArrayBufferWriter<byte> _input = new();

    [Fact]
    public async Task A_value_of_several_frames_is_read_and_counted_once_and_comes_whole()
    {
        await using var leaf = await LeafService.OpenAsync(
            new LeafOptions { MemoryBytes = 64 << 20 }, 1, [0], TimeProvider.System, NullLoggerFactory.Instance,
            TestContext.Current.CancellationToken);
        var context = new DetachedContext();
        var session = new NativeSession(
            context, leaf, new TokenHelloPolicy(new HelloReply(), new SharedToken(""), () => 1),
            ProtocolLimits.Default, TimeProvider.System, NullLogger.Instance);
        var value = new byte[(2 * ProtocolLimits.Default.ChunkBytesMax) + 3];
        new Random(1).NextBytes(value);
        Store(leaf, "/large", value);
        Store(leaf, "/small", "s"u8);
        _client.WriteHello(_input);
        Exchange(session, context);

        // One batch: what is behind the large one is answered too, perhaps before its last part.
        var first = Get("/small");
        var large = Get("/large");
        var last = Get("/small");
        Exchange(session, context);
        Assert.Equal("s", Encoding.ASCII.GetString(ValueOf(await first)));
        Assert.Equal(value, ValueOf(await large));
        Assert.Equal("s", Encoding.ASCII.GetString(ValueOf(await last)));
        Assert.Equal(3, leaf.Stats().Counters["hedgerow_leaf_cache_hits_total"]);
        session.OnClosed();
    }

    private static void Store(LeafService leaf, string path, ReadOnlySpan<byte> value)
    {
        var set = new CacheCommand { Opcode = Opcode.Set, Path = Encoding.ASCII.GetBytes(path), Value = value };
        Assert.True(leaf.TryExecute(set, 0, 0, 0, leaf.UtcNowMs, new ArrayBufferWriter<byte>(), out var outcome));
        Assert.Equal(StatusCode.Ok, outcome.Status);
    }

    private static byte[] ValueOf(Reply reply)
    {
        using (reply)
        {
            Assert.Equal(StatusCode.Ok, reply.Status);
            Assert.True(EntryBody.TryRead(reply.Body.Span, out var entry));
            return entry.Value.ToArray();
        }
    }

    private ValueTask<Reply> Get(string path)
    {
        var get = new CacheCommand { Opcode = Opcode.Get, Path = Encoding.ASCII.GetBytes(path) };
        var body = new byte[get.Length];
        get.WriteTo(body);
        Assert.True(_client.TrySend(
            new RequestHeader { Opcode = Opcode.Get, Epoch = 1 }, body, _input, out var reply, default));
        return reply;
    }

    // What the client wrote goes to the session, and what that answers back, until neither has more.
    private void Exchange(NativeSession session, DetachedContext context)
    {
        var answers = new List<byte>();
        var input = _input.WrittenSpan.ToArray().AsSpan();
        _input.ResetWrittenCount();
        do
        {
            if (!session.IsWaiting) input = input[session.Consume(input)..];
            answers.AddRange(context.TakeOutput());
            if (session.HasMoreOutput) session.WriteMore();
            answers.AddRange(context.TakeOutput());
        }
        while (session.HasMoreOutput || input.Length > 0);

        var used = _client.Consume(answers.ToArray(), out var error);
        Assert.Null(error);
        Assert.Equal(answers.Count, used);
    }
}

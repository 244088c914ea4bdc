using System.Text;
using Hedgerow.Server.FrontEnds.Resp;
using Hedgerow.Server.Tests.Sockets;
using Hedgerow.Tests;

namespace Hedgerow.Server.Tests.Resp.Commands;

public sealed class AllocationTests
{
    [Theory]
    [InlineData("get key:1")]
    [InlineData("set key:1 value")]
    [InlineData("set key:1 value ex 100")]
    [InlineData("set key:1 value nx")]
    [InlineData("setnx key:1 value")]
    [InlineData("setex key:1 100 value")]
    [InlineData("del key:none")]
    [InlineData("exists key:1")]
    [InlineData("incr counter")]
    [InlineData("incrby counter 12")]
    [InlineData("expire key:1 100")]
    [InlineData("ttl key:1")]
    [InlineData("pttl key:1")]
    [InlineData("strlen key:1")]
    [InlineData("type key:1")]
    [InlineData("hset hash field value")]
    [InlineData("hget hash field")]
    [InlineData("hincrby hash count 1")]
    [InlineData("hgetall hash")]
    public async Task A_command_before_a_bare_leaf_allocates_nothing(string line)
    {
        const int Times = 500;
        await using var node = await RespNode.LeafAsync();
        var context = new DetachedContext();
        var session = new RespSession(context, node.Server);
        Run(session, context, "set key:1 value", 1);
        Run(session, context, "hset hash field value count 1", 1);
        var batch = Batch(line, 10);
        for (var i = 0; i < Times; i++) Run(session, context, batch);
        var bytes = AllocatedBytes.Least(() =>
        {
            for (var i = 0; i < Times; i++) Run(session, context, batch);
        });
        Assert.True(bytes == 0, $"{line}: {(double)bytes / Times / 10} bytes each");
        session.OnClosed();
    }

    private static void Run(RespSession session, DetachedContext context, string line, int times) =>
        Run(session, context, Batch(line, times));

    private static void Run(RespSession session, DetachedContext context, byte[] batch)
    {
        // Without assertions that box.
        if (session.Consume(batch) != batch.Length) Assert.Fail("Not all was consumed.");
        if (context.Output.Unsent[0] == '-') Assert.Fail(Encoding.ASCII.GetString(context.Output.Unsent));
        context.Output.Clear();
    }

    private static byte[] Batch(string line, int times)
    {
        var words = line.Split(' ');
        var one = $"*{words.Length}\r\n" + string.Concat(words.Select(word => $"${word.Length}\r\n{word}\r\n"));
        return Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(one, times)));
    }
}

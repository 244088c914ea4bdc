using System.Net;
using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Memcached;
using Hedgerow.Server.FrontEnds.Sockets;
using Hedgerow.Server.Tests.Hosting;
using Hedgerow.Server.Tests.Sockets;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hedgerow.Server.Tests.Memcached;

/// <summary>Memcached clients of a router whose leaves are behind the loops' own links.</summary>
public sealed class RouterTests : IAsyncLifetime
{
    private readonly SessionLoops _loops = SessionLoops.Start(1, SessionLoopKind.BestOfSystem, TimeProvider.System);
    private RemoteCluster _cluster = null!;
    private MemcachedFrontEnd _frontEnd = null!;
    private SessionListener _listener = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await RemoteCluster.StartAsync(leaves: 3, replicas: 2, memoryBytes: 32 << 20);
        _frontEnd = new MemcachedFrontEnd(
            _cluster.Commands, new MemcachedOptions { ValueBytesMax = 1 << 20 },
            _ => ValueTask.FromResult<IReadOnlyList<StatsReply>>([]), TimeProvider.System, NullLogger.Instance);
        var options = new SessionListenerOptions { EndPoint = new IPEndPoint(IPAddress.Loopback, 0), Name = "mc" };
        _listener = SessionListener.Bind(options, _loops, TimeProvider.System, NullLogger.Instance);
        _listener.Start(_frontEnd);
    }

    public async ValueTask DisposeAsync()
    {
        await _listener.DisposeAsync();
        _frontEnd.Dispose();
        await _cluster.DisposeAsync();
        _loops.Dispose();
    }

    [Fact]
    public void A_pipeline_is_answered_in_its_order_each_by_what_was_written_before()
    {
        using var client = new LoopUnderTest.Client(_listener.EndPoint);
        for (var round = 0; round < 20; round++)
        {
            var (sent, expected) = ("", "");
            for (var i = 0; i < 50; i++)
            {
                sent += $"set k{i} 5 0 2\r\n{i:00}\r\nget k{i}\r\ntouch k{i} 100\r\nmg k{i} v f\r\n"
                    + $"set k{i} 0 0 1 noreply\r\nx\r\nget k{i}\r\n"
                    + $"delete k{i}\r\nget k{i}\r\ndelete k{i}\r\ntouch k{i} 1\r\n";
                expected += $"STORED\r\nVALUE k{i} 5 2\r\n{i:00}\r\nEND\r\nTOUCHED\r\nVA 2 f5\r\n{i:00}\r\n"
                    + $"VALUE k{i} 0 1\r\nx\r\nEND\r\nDELETED\r\nEND\r\nNOT_FOUND\r\nNOT_FOUND\r\n";
            }

            client.Send(sent);
            Assert.Equal(expected, client.Receive(expected.Length));
        }
    }

    [Fact]
    public void Conditional_commands_and_large_values_go_through_as_well()
    {
        using var client = new LoopUnderTest.Client(_listener.EndPoint);
        var large = new string('v', 300_000);
        for (var round = 0; round < 5; round++)
        {
            client.Send($"set big 0 0 {large.Length}\r\n{large}\r\nadd big 0 0 1\r\nx\r\nappend big 0 0 3\r\nend\r\n");
            client.Send("get big\r\nset n 0 0 1\r\n7\r\nincr n 5\r\nget n none\r\n");
            var expected = $"STORED\r\nNOT_STORED\r\nSTORED\r\nVALUE big 0 {large.Length + 3}\r\n{large}end\r\nEND\r\n"
                + "STORED\r\n12\r\nVALUE n 0 2\r\n12\r\nEND\r\n";
            Assert.Equal(expected, client.Receive(expected.Length));
        }
    }
}

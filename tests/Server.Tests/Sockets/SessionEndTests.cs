using System.Net.Sockets;

namespace Hedgerow.Server.Tests.Sockets;

public class SessionEndTests
{
    public static TheoryData<string> Kinds => LoopUnderTest.Kinds();

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_peer_that_said_no_more_gets_what_it_asked_for_and_then_the_end(string kind)
    {
        await using var loop = LoopUnderTest.Start(kind);
        var client = loop.Connect();
        client.Send("echo a\nfill 3000000\nwait\necho b\nec");
        client.SayNoMore();
        Assert.True(await loop.Factory.Awaiting.WaitAsync(LoopUnderTest.Patience));
        loop.Factory.Only.Answer();
        var text = client.ReceiveToEnd();
        Assert.StartsWith("a\nxxx", text, StringComparison.Ordinal);
        Assert.EndsWith("xxdone\nb\n", text, StringComparison.Ordinal);
        Assert.Equal(2 + 3_000_000 + 5 + 2, text.Length);
        Assert.True(await loop.Factory.Closed.WaitAsync(LoopUnderTest.Patience));
        Assert.Equal(1, loop.Factory.Only.Closings);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task An_end_that_came_together_with_the_last_command_is_seen(string kind)
    {
        await using var loop = LoopUnderTest.Start(kind);
        var client = loop.Connect();
        var holder = loop.Connect();
        Assert.Equal("x\n", client.Ask("echo x", "x\n"));
        holder.Send("hold\n");
        Assert.True(await loop.Factory.Awaiting.WaitAsync(LoopUnderTest.Patience));
        client.Send("echo last\n");
        client.SayNoMore();
        loop.Factory.Go.Release();
        Assert.Equal("last\n", client.ReceiveToEnd());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_session_that_throws_is_logged_and_closes_only_itself(string kind)
    {
        await using var loop = LoopUnderTest.Start(kind);
        var bad = loop.Connect();
        var good = loop.Connect();
        Assert.Equal("1\n", good.Ask("echo 1", "1\n"));
        bad.Send("nonsense\n");
        Assert.Equal("", bad.ReceiveToEnd());
        Assert.Equal("2\n", good.Ask("echo 2", "2\n"));
        Assert.Contains("met a defect", loop.Log.Text, StringComparison.Ordinal);
        Assert.Equal(1, loop.Listener.Connections);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_peer_that_quits_gets_every_answer_though_it_sent_more(string kind)
    {
        await using var loop = LoopUnderTest.Start(kind);
        for (var i = 0; i < 50; i++)
        {
            var client = loop.Connect();
            client.Send("fill 100000\nquit\n" + new string('y', 20_000));
            Assert.Equal(100_000, client.ReceiveToEnd().Length);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_connection_that_is_reset_or_aborted_or_killed_is_gone(string kind)
    {
        await using var loop = LoopUnderTest.Start(kind);
        var reset = loop.Connect();
        Assert.Equal("x\n", reset.Ask("echo x", "x\n"));
        reset.Reset();
        Assert.True(await loop.Factory.Closed.WaitAsync(LoopUnderTest.Patience));
        loop.Connect().Send("abort\n");
        Assert.True(await loop.Factory.Closed.WaitAsync(LoopUnderTest.Patience));
        var killed = loop.Connect();
        Assert.Equal("x\n", killed.Ask("echo x", "x\n"));
        var session = Assert.Single(loop.Listener.Sessions);
        Assert.Same(session, loop.Listener.Find(session.Id));
        session.Kill();
        Assert.Equal("", killed.ReceiveToEnd());
        Assert.True(await loop.Factory.Closed.WaitAsync(LoopUnderTest.Patience));
        Assert.Equal(0, loop.Listener.Connections);
        Assert.Null(loop.Listener.Find(session.Id));
        Assert.Equal(0, loop.Loops.Connections);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task One_connection_too_many_is_closed_on_arrival(string kind)
    {
        await using var loop = LoopUnderTest.Start(kind, o => o with { ConnectionsMax = 2 });
        var first = loop.Connect();
        var second = loop.Connect();
        Assert.Equal("1\n", first.Ask("echo 1", "1\n"));
        Assert.Equal("2\n", second.Ask("echo 2", "2\n"));
        Assert.Equal("", loop.Connect().ReceiveToEnd());
        Assert.Contains("2 are open", loop.Log.Text, StringComparison.Ordinal);
        Assert.Equal("1\n", first.Ask("echo 1", "1\n"));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task An_idle_connection_is_closed_after_its_timeout_and_one_that_asks_is_not(string kind)
    {
        await using var loop = LoopUnderTest.Start(kind, o => o with { IdleTimeout = TimeSpan.FromSeconds(30) });
        var idle = loop.Connect();
        var asking = loop.Connect();
        Assert.Equal("1\n", idle.Ask("echo 1", "1\n"));
        for (var i = 0; i < 40; i++)
        {
            Assert.Equal("2\n", asking.Ask("echo 2", "2\n"));
            loop.Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal("", idle.ReceiveToEnd());
        Assert.Equal("2\n", asking.Ask("echo 2", "2\n"));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_drain_lets_consumed_commands_finish_and_then_closes(string kind)
    {
        await using var loop = LoopUnderTest.Start(kind);
        var client = loop.Connect();
        var idle = loop.Connect();
        Assert.Equal("1\n", idle.Ask("echo 1", "1\n"));
        client.Send("fill 1000000\nwait\n");
        Assert.True(await loop.Factory.Awaiting.WaitAsync(LoopUnderTest.Patience));
        var draining = loop.Listener.DrainAsync(CancellationToken.None);
        Assert.Equal("", idle.ReceiveToEnd());
        Assert.Throws<SocketException>(() => loop.Connect());
        Assert.False(draining.IsCompleted);
        loop.Factory.Sessions.Single(s => s.HasUnanswered).Answer();
        Assert.Equal(1_000_005, client.ReceiveToEnd().Length);
        client.Dispose();
        idle.Dispose();
        await draining.WaitAsync(LoopUnderTest.Patience);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_drain_that_gives_up_cuts_off_what_is_left(string kind)
    {
        await using var loop = LoopUnderTest.Start(kind);
        var client = loop.Connect();
        client.Send("wait\n");
        Assert.True(await loop.Factory.Awaiting.WaitAsync(LoopUnderTest.Patience));
        await loop.Listener.DrainAsync(new CancellationToken(canceled: true)).WaitAsync(LoopUnderTest.Patience);
        Assert.Equal("", client.ReceiveToEnd());
        Assert.Contains("cut off", loop.Log.Text, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Connections_are_spread_over_the_loops(string kind)
    {
        await using var loop = LoopUnderTest.Start(kind, loops: 3);
        for (var i = 0; i < 9; i++) Assert.Equal("x\n", loop.Connect().Ask("echo x", "x\n"));
        Assert.Equal([3, 3, 3], loop.Factory.Sessions.CountBy(s => s.LoopIndex).Select(pair => pair.Value));
    }
}

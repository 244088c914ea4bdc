using System.Text;

namespace Hedgerow.Server.Tests.Sockets;

public class SessionLoopTests
{
    public static TheoryData<string> Kinds => LoopUnderTest.Kinds();

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_command_cut_at_every_byte_is_answered(string kind)
    {
        await using var loop = LoopUnderTest.Start(kind);
        var client = loop.Connect();
        const string Commands = "echo one\ntake 5\n12345echo two\n";
        for (var cut = 1; cut < Commands.Length; cut++)
        {
            client.Send(Commands[..cut]);
            // An answer in between shows that the first part was looked at alone.
            if (cut >= 9) Assert.Equal("one\n", client.Receive(4));
            client.Send(Commands[cut..]);
            Assert.Equal(cut >= 9 ? "taken\ntwo\n" : "one\ntaken\ntwo\n", client.Receive(cut >= 9 ? 10 : 14));
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_million_tiny_commands_in_one_stream_are_answered_in_order(string kind)
    {
        await using var loop = LoopUnderTest.Start(kind);
        var client = loop.Connect();
        var commands = new StringBuilder();
        var answers = new StringBuilder();
        for (var i = 0; i < 1_000_000; i++)
        {
            commands.Append("echo ").Append(i % 1_000).Append('\n');
            answers.Append(i % 1_000).Append('\n');
        }

        var sending = Task.Run(() => client.Send(commands.ToString()));
        Assert.Equal(answers.ToString(), client.Receive(answers.Length));
        await sending;
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_large_command_is_looked_at_a_few_times_only_and_its_buffer_is_given_back(string kind)
    {
        await using var loop = LoopUnderTest.Start(kind);
        var client = loop.Connect();
        var body = new byte[5_000_000];
        client.Send($"take {body.Length}\n");
        client.Send(body);
        Assert.Equal("taken\n", client.Receive(6));
        // The loop's thread is done with the one when it answers the other.
        Assert.Equal("x\n", loop.Connect().Ask("echo x", "x\n"));
        Assert.InRange(loop.Factory.Sessions.First().Calls, 1, 5);
        Assert.Equal(0, loop.Factory.Sessions.First().BufferBytes);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_command_that_wants_more_than_the_limit_ends_its_connection(string kind)
    {
        await using var loop = LoopUnderTest.Start(kind, o => o with { InputBytesMax = 1_000 });
        var client = loop.Connect();
        client.Send("take 1001\n");
        Assert.Equal("", client.ReceiveToEnd());
        Assert.Contains("a command wanted 1011 bytes, and 1000 are allowed", loop.Log.Text, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task What_is_announced_but_not_sent_takes_no_memory(string kind)
    {
        await using var loop = LoopUnderTest.Start(kind);
        var client = loop.Connect();
        var other = loop.Connect();
        client.Send("echo a\ntake 500000000\n");
        Assert.Equal("a\n", client.Receive(2));
        Assert.Equal("b\n", other.Ask("echo b", "b\n"));
        Assert.InRange(loop.Factory.Sessions.First().BufferBytes, 0, 256 * 1024);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_peer_that_does_not_read_holds_up_its_own_commands_and_gets_everything_later(string kind)
    {
        await using var loop = LoopUnderTest.Start(kind, o => o with { OutputBytesSoft = 64 * 1024 });
        var slow = loop.Connect();
        const int Commands = 400;
        var sending = Task.Run(() => slow.Send(string.Concat(Enumerable.Repeat("fill 100000\n", Commands))));
        var quick = loop.Connect();
        for (var i = 0; i < 100; i++) Assert.Equal("here\n", quick.Ask("echo here", "here\n"));
        Assert.InRange(loop.Factory.Sessions.First().OutputBytes, 0, 300_000);
        Assert.Equal(100_000 * Commands, slow.Receive(100_000 * Commands).Length);
        await sending;
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_peer_that_takes_too_little_of_what_is_pushed_is_cut_off(string kind)
    {
        await using var loop = LoopUnderTest.Start(kind, o => o with { OutputBytesMax = 20_000_000 });
        var client = loop.Connect();
        client.Send("fill 30000000\n");
        Assert.True(await loop.Factory.Closed.WaitAsync(LoopUnderTest.Patience));
        Assert.Contains("bytes were waiting for it, and 20000000 may", loop.Log.Text, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_session_that_waits_is_not_fed_until_it_was_woken(string kind)
    {
        await using var loop = LoopUnderTest.Start(kind);
        var client = loop.Connect();
        client.Send("wait\necho after\n");
        Assert.True(await loop.Factory.Awaiting.WaitAsync(LoopUnderTest.Patience));
        loop.Factory.Only.Answer();
        Assert.Equal("done\nafter\n", client.Receive(11));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Wakes_from_many_threads_lose_nothing_and_run_together(string kind)
    {
        await using var loop = LoopUnderTest.Start(kind);
        var client = loop.Connect();
        Assert.Equal("x\n", client.Ask("echo x", "x\n"));
        var session = loop.Factory.Only;
        var threads = Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 5_000; i++) session.Answer();
        }));
        await Task.WhenAll(threads);
        Assert.Equal(100_000, client.Receive(100_000).Length);
        Assert.InRange(session.Wakings, 1, 20_000);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Many_clients_that_are_heard_together_are_all_answered(string kind)
    {
        await using var loop = LoopUnderTest.Start(kind);
        loop.Loops.Next().Gathers = true;
        var clients = Enumerable.Range(0, 40).Select(_ => loop.Connect()).ToArray();
        for (var round = 0; round < 50; round++)
        {
            foreach (var client in clients) client.Send("echo x\n");
            foreach (var client in clients) Assert.Equal("x\n", client.Receive(2));
        }

        // Their time stands still, so they are all of one millisecond.
        Assert.Equal(kind != LoopUnderTest.Portable, loop.Loops.Next().Gathering.IsCrowded);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_steady_stream_of_commands_allocates_nothing_on_the_loop(string kind)
    {
        Assert.SkipWhen(kind == LoopUnderTest.Portable, "Receives that wait allocate in the runtime off Linux.");
        await using var loop = LoopUnderTest.Start(kind);
        var client = loop.Connect();
        for (var round = 0; round < 3; round++)
        {
            for (var i = 0; i < 500; i++) Assert.Equal("0123456789\n", client.Ask("echo 0123456789", "0123456789\n"));
            client.Send("mark\necho m\n");
            Assert.Equal("m\n", client.Receive(2));
        }

        var marks = loop.Factory.Only.Marks.ToArray();
        Assert.Equal(marks[1], marks[2]);
    }
}

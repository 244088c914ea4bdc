namespace Hedgerow.Server.Tests.Resp;

public sealed class PubSubTests
{
    [Fact]
    public async Task A_message_reaches_who_listens_by_channel_and_by_pattern()
    {
        await using var harness = await RespHarness.LeafAsync();
        var listener = harness.Connect();
        Assert.Equal(
            "*3\r\n$9\r\nsubscribe\r\n$3\r\nabc\r\n:1\r\n*3\r\n$10\r\npsubscribe\r\n$2\r\na*\r\n:2\r\n",
            listener.Say("SUBSCRIBE abc\r\nPSUBSCRIBE a*"));
        var publisher = harness.Connect();
        Assert.Equal(":2\r\n:1\r\n:0\r\n", publisher.Say("PUBLISH abc hi\r\nPUBLISH ax ho\r\nPUBLISH b no"));
        Assert.Equal(
            "*3\r\n$7\r\nmessage\r\n$3\r\nabc\r\n$2\r\nhi\r\n"
            + "*4\r\n$8\r\npmessage\r\n$2\r\na*\r\n$3\r\nabc\r\n$2\r\nhi\r\n"
            + "*4\r\n$8\r\npmessage\r\n$2\r\na*\r\n$2\r\nax\r\n$2\r\nho\r\n", listener.Pump());
        Assert.Equal(":1\r\n", publisher.Say("PUBSUB NUMPAT"));
        Assert.Equal("*1\r\n$3\r\nabc\r\n", publisher.Say("PUBSUB CHANNELS"));
        Assert.Equal("*4\r\n$3\r\nabc\r\n:1\r\n$1\r\nx\r\n:0\r\n", publisher.Say("PUBSUB NUMSUB abc x"));
        Assert.Equal(
            "*3\r\n$11\r\nunsubscribe\r\n$3\r\nabc\r\n:1\r\n*3\r\n$12\r\npunsubscribe\r\n$2\r\na*\r\n:0\r\n",
            listener.Say("UNSUBSCRIBE\r\nPUNSUBSCRIBE"));
        Assert.Equal("*3\r\n$11\r\nunsubscribe\r\n$-1\r\n:0\r\n+PONG\r\n", listener.Say("UNSUBSCRIBE\r\nPING"));
        Assert.Equal(":0\r\n", publisher.Say("PUBLISH abc hi"));
    }

    [Fact]
    public async Task A_RESP2_listener_may_only_change_what_it_listens_to()
    {
        await using var harness = await RespHarness.LeafAsync();
        var listener = harness.Connect();
        listener.Say("SUBSCRIBE a");
        Assert.Equal(
            "-ERR Can't execute 'echo': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in "
            + "this context\r\n", listener.Say("ECHO x"));
        Assert.Equal("*2\r\n$4\r\npong\r\n$0\r\n\r\n", listener.Say("PING"));
        Assert.Equal("*2\r\n$4\r\npong\r\n$1\r\nx\r\n", listener.Say("PING x"));
        Assert.Equal("+RESET\r\n$1\r\nx\r\n", listener.Say("RESET\r\nECHO x"));
    }

    [Fact]
    public async Task A_RESP3_listener_gets_pushes_between_its_answers()
    {
        await using var harness = await RespHarness.LeafAsync();
        var listener = harness.Connect();
        listener.Say("HELLO 3");
        Assert.Equal(">3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n$1\r\nx\r\n", listener.Say("SUBSCRIBE a\r\nECHO x"));
        Assert.Equal(":1\r\n", listener.Say("PUBLISH a self"));
        Assert.Equal(">3\r\n$7\r\nmessage\r\n$1\r\na\r\n$4\r\nself\r\n", listener.Pump());
    }

    [Fact]
    public async Task Shard_channels_are_a_world_of_their_own()
    {
        await using var harness = await RespHarness.LeafAsync();
        var listener = harness.Connect();
        Assert.Equal("*3\r\n$10\r\nssubscribe\r\n$1\r\na\r\n:1\r\n", listener.Say("SSUBSCRIBE a"));
        var publisher = harness.Connect();
        Assert.Equal(":0\r\n:1\r\n", publisher.Say("PUBLISH a x\r\nSPUBLISH a y"));
        Assert.Equal("*3\r\n$8\r\nsmessage\r\n$1\r\na\r\n$1\r\ny\r\n", listener.Pump());
        Assert.Equal("*1\r\n$1\r\na\r\n*0\r\n", publisher.Say("PUBSUB SHARDCHANNELS\r\nPUBSUB CHANNELS"));
        Assert.Equal("*3\r\n$12\r\nsunsubscribe\r\n$1\r\na\r\n:0\r\n", listener.Say("SUNSUBSCRIBE a"));
    }

    [Fact]
    public async Task What_a_client_listens_to_is_bounded_in_names_and_bytes()
    {
        const string TooMany = "-ERR a client listens to at most 65536 names of together 16777216 bytes\r\n";
        await using var harness = await RespHarness.LeafAsync();
        var listener = harness.Connect();
        var large = Enumerable.Range(0, 17).Select(i => (char)('a' + i) + new string('n', 1_000_000)).ToArray();
        Assert.Equal(TooMany, listener.Ask(["SUBSCRIBE", .. large]));
        Assert.Equal("*0\r\n", harness.Connect().Say("PUBSUB CHANNELS"));
        foreach (var name in large[..16]) Assert.StartsWith("*3\r\n", listener.Ask("SUBSCRIBE", name));
        Assert.Equal(TooMany, listener.Ask("PSUBSCRIBE", large[16]));
        listener.Ask("UNSUBSCRIBE", large[0]);
        Assert.StartsWith("*3\r\n", listener.Ask("PSUBSCRIBE", large[16]));

        var other = harness.Connect(softLimit: 64 << 20);
        var small = Enumerable.Range(0, 65_537).Select(i => $"{i}").ToArray();
        Assert.Equal(TooMany, other.Ask(["SSUBSCRIBE", .. small]));
        Assert.EndsWith(":65536\r\n", other.Ask(["SSUBSCRIBE", .. small[1..]]), StringComparison.Ordinal);
        Assert.Equal(TooMany, other.Say("SUBSCRIBE one-more"));
        other.Say("RESET");
        Assert.StartsWith("*3\r\n", other.Say("SUBSCRIBE one-more"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_listener_that_takes_nothing_is_closed_and_forgotten()
    {
        await using var harness = await RespHarness.LeafAsync(s => s with { RespListenerBytesMax = 10_000 });
        var listener = harness.Connect();
        listener.Say("SUBSCRIBE a");
        var publisher = harness.Connect();
        for (var i = 0; i < 9; i++) Assert.Equal(":1\r\n", publisher.Ask("PUBLISH", "a", new string('m', 1000)));
        Assert.False(listener.Context.IsKilled);
        publisher.Ask("PUBLISH", "a", new string('m', 1000));
        Assert.True(listener.Context.IsKilled);
        listener.Session.OnClosed();
        Assert.Equal(":0\r\n", publisher.Say("PUBLISH a x"));
    }

    [Fact]
    public async Task Notifications_say_what_was_asked_for_of_keys_that_change()
    {
        await using var harness = await RespHarness.LeafAsync();
        var listener = harness.Connect();
        listener.Say("PSUBSCRIBE __key*");
        var client = harness.Connect();
        client.Say("SET k v");
        Assert.Equal("", listener.Pump());
        Assert.Equal("+OK\r\n", client.Say("CONFIG SET notify-keyspace-events KE$g"));
        Assert.Equal(
            "*2\r\n$22\r\nnotify-keyspace-events\r\n$4\r\ng$KE\r\n", client.Say("CONFIG GET notify-keyspace-events"));
        client.Say("SET k v\r\nGET k\r\nDEL k\r\nDEL k");
        Assert.Equal(
            ["__keyspace@0__:k set", "__keyevent@0__:set k", "__keyspace@0__:k del", "__keyevent@0__:del k"],
            Messages(listener.Pump()));
    }

    [Fact]
    public void Event_letters_are_read_and_shown_as_Redis_does()
    {
        (string Given, string Shown)[] rows = [("KEA", "AKE"), ("Elg$", "g$lE"), ("", ""), ("AKEmn", "AKEmn")];
        foreach (var (given, shown) in rows)
            Assert.Equal(
                shown, FrontEnds.Resp.EventLetters.Format(FrontEnds.Resp.EventLetters.Parse(given)!.Value));
        Assert.Null(FrontEnds.Resp.EventLetters.Parse("Kq"));
    }

    // Channel and message of each pmessage.
    private static List<string> Messages(string bytes)
    {
        var lines = bytes.Split("\r\n");
        var messages = new List<string>();
        for (var i = 0; i + 8 < lines.Length; i += 9) messages.Add($"{lines[i + 6]} {lines[i + 8]}");
        return messages;
    }
}

using System.Buffers.Binary;
using System.Text;
using Hedgerow.Leaf.Messages;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Service;

/// <summary>Messages of channels that a leaf passes on between routers.</summary>
public sealed class MessageRelayTests
{
    private const uint WaitMs = 5_000;

    [Fact]
    public async Task What_one_publishes_the_others_get_and_it_does_not()
    {
        await using var leaf = await LeafUnderTest.Open();
        var (first, second) = (Listen(leaf, 1), Listen(leaf, 2));
        Assert.Equal(1, await Publish(leaf, 1, "news", "hello"));
        Assert.Equal("0: news=hello", await Heard(leaf, second));
        Assert.False(leaf.Sink.IsAnswered(first));
    }

    [Fact]
    public async Task What_comes_between_two_listens_is_kept_in_order()
    {
        await using var leaf = await LeafUnderTest.Open();
        var first = Listen(leaf, 2);
        await Publish(leaf, 1, "a", "1");
        Assert.Equal("0: a=1", await Heard(leaf, first));
        await Publish(leaf, 1, "a", "2");
        await Publish(leaf, 3, "b", "3");
        Assert.Equal("0: a=2 b=3", await Heard(leaf, Listen(leaf, 2)));
    }

    [Fact]
    public async Task A_listen_without_messages_is_answered_when_its_time_is_over()
    {
        await using var leaf = await LeafUnderTest.Open();
        var listen = Listen(leaf, 1);
        leaf.Time.Advance(TimeSpan.FromSeconds(3));
        Assert.False(leaf.Sink.IsAnswered(listen));
        for (var i = 0; i < 4; i++) leaf.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("0:", await Heard(leaf, listen));
    }

    [Fact]
    public async Task A_listener_that_does_not_come_back_is_forgotten()
    {
        await using var leaf = await LeafUnderTest.Open();
        await leaf.Sink.Answer(Listen(leaf, 1, waitMs: 0, advance: true));
        Assert.Equal(1, leaf.Service.MessageListeners);
        for (var i = 0; i < 32; i++) leaf.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(0, leaf.Service.MessageListeners);
        Assert.Equal(0, await Publish(leaf, 2, "a", "1"));
    }

    [Fact]
    public async Task What_a_listener_does_not_take_is_lost_beyond_its_room_and_counted()
    {
        await using var leaf = await LeafUnderTest.Open();
        await leaf.Sink.Answer(Listen(leaf, 1, waitMs: 0, advance: true));
        var message = new string('m', 1 << 20);
        const int Fit = (Mailbox.BytesMax >> 20) - 1;
        for (var i = 0; i < Fit + 5; i++) await Publish(leaf, 2, "a", message);
        Assert.InRange(leaf.Service.MessagesLost, 5, 6);
        var answer = await leaf.Sink.Answer(Listen(leaf, 1));
        Assert.True(MessageCodec.TryRead(answer.Body, out var lost, out var messages, out _));
        Assert.Equal(leaf.Service.MessagesLost, (long)lost);
        Assert.Equal(Fit + 5, messages.Count + (int)lost);
    }

    [Fact]
    public async Task A_second_listen_takes_the_place_of_the_first()
    {
        await using var leaf = await LeafUnderTest.Open();
        var first = Listen(leaf, 1);
        var second = Listen(leaf, 1);
        Assert.Equal("0:", await Heard(leaf, first));
        await Publish(leaf, 2, "a", "1");
        Assert.Equal("0: a=1", await Heard(leaf, second));
    }

    [Fact]
    public async Task A_drain_waits_for_no_listener()
    {
        await using var leaf = await LeafUnderTest.Open();
        var listen = Listen(leaf, 1);
        leaf.Service.EndListening();
        Assert.Equal("0:", await Heard(leaf, listen));
        Assert.Equal(StatusCode.Unavailable, (await leaf.Sink.Answer(Listen(leaf, 1))).Status);
        await leaf.Service.DrainAsync(default);
    }

    [Fact]
    public async Task A_cancelled_listen_loses_no_message()
    {
        await using var leaf = await LeafUnderTest.Open();
        var listen = Listen(leaf, 1);
        leaf.Service.OnCancel(listen, leaf.Sink);
        Assert.Equal(StatusCode.Cancelled, (await leaf.Sink.Answer(listen)).Status);
        await Publish(leaf, 2, "a", "1");
        Assert.Equal("0: a=1", await Heard(leaf, Listen(leaf, 1)));
    }

    [Fact]
    public async Task The_leafs_own_front_end_hears_and_is_heard()
    {
        await using var leaf = await LeafUnderTest.Open();
        var own = new Ear();
        leaf.Service.MessageListener = own;
        var listen = Listen(leaf, 1);
        await Publish(leaf, 1, "a", "1");
        Assert.Equal("a=1", own.Heard);
        leaf.Service.PassOn(LeafUnderTest.Encode(o => MessageCodec.WriteRow(o, MessageKind.Channel, "b"u8, "2"u8)));
        Assert.Equal("0: b=2", await Heard(leaf, listen));
    }

    [Fact]
    public async Task Bodies_that_are_none_are_refused()
    {
        await using var leaf = await LeafUnderTest.Open();
        Assert.Equal(StatusCode.BadRequest, (await leaf.Call(Opcode.Publish, [1, 2, 3])).Status);
        Assert.Equal(StatusCode.BadRequest, (await leaf.Call(Opcode.Listen, [1, 2, 3])).Status);
        Assert.Equal(StatusCode.BadRequest, (await leaf.Sink.Answer(Listen(leaf, 0))).Status);
    }

    private static uint Listen(LeafUnderTest leaf, ulong number, uint waitMs = WaitMs, bool advance = false)
    {
        var id = leaf.Send(Opcode.Listen, LeafUnderTest.Encode(o => MessageCodec.WriteListen(o, number, waitMs)));
        for (var i = 0; advance && i < 2; i++) leaf.Time.Advance(TimeSpan.FromSeconds(1));
        return id;
    }

    private static async Task<int> Publish(LeafUnderTest leaf, ulong sender, string channel, string message)
    {
        var answer = await leaf.Call(Opcode.Publish, LeafUnderTest.Encode(output =>
        {
            MessageCodec.WriteHead(output, sender);
            MessageCodec.WriteRow(
                output, MessageKind.Channel, Encoding.ASCII.GetBytes(channel), Encoding.ASCII.GetBytes(message));
        }));
        Assert.Equal(StatusCode.Ok, answer.Status);
        return (int)BinaryPrimitives.ReadUInt32LittleEndian(answer.Body);
    }

    private static async Task<string> Heard(LeafUnderTest leaf, uint listen)
    {
        var answer = await leaf.Sink.Answer(listen);
        Assert.Equal(StatusCode.Ok, answer.Status);
        Assert.True(MessageCodec.TryRead(answer.Body, out var lost, out var messages, out var error), error);
        var text = new StringBuilder($"{lost}:");
        while (messages.MoveNext())
            text.Append($" {Encoding.ASCII.GetString(messages.Channel)}={Encoding.ASCII.GetString(messages.Message)}");
        return text.ToString();
    }

    private sealed class Ear : IMessageListener
    {
        public string Heard { get; private set; } = "";

        public void Hear(MessageKind kind, ReadOnlySpan<byte> channel, ReadOnlySpan<byte> message) =>
            Heard += $"{Encoding.ASCII.GetString(channel)}={Encoding.ASCII.GetString(message)}";
    }
}

using Hedgerow.Server.FrontEnds.Commands;

namespace Hedgerow.Server.Tests.Resp;

/// <summary>What answers may take while they wait for their turn.</summary>
public sealed class AnswerRoomTests
{
    private const int RoomBytes = 1 << 20;
    private const int ValueBytes = 400_000;

    private readonly HeldExecutor _cluster = new();

    [Fact]
    public void Large_answers_behind_one_that_is_late_are_bounded_and_none_is_lost()
    {
        const int Commands = 100;
        var connection = Connect();
        connection.Say(string.Join("\r\n", Enumerable.Range(0, Commands).Select(i => $"GET k{i}")));
        Assert.Equal(Commands, _cluster.Asked.Count);
        for (var i = Commands - 1; i > 0; i--)
        {
            _cluster.Answer(i, Value(i));
            Assert.Equal("", connection.Pump());
            Assert.InRange(connection.Session.AnswerBytes, 0, RoomBytes);
        }

        _cluster.Answer(0, Value(0));
        var taken = connection.Pump();
        for (var asked = Commands; taken.Length < Commands * AnswerBytes; asked++)
        {
            Assert.True(asked < _cluster.Asked.Count, $"after {taken.Length / AnswerBytes} answers nothing is asked");
            _cluster.Answer(asked, Value(int.Parse(_cluster.Asked[asked]["Get k".Length..])));
            taken += connection.Pump();
            Assert.InRange(connection.Session.AnswerBytes, 0, RoomBytes + ValueBytes);
        }

        Assert.Equal(string.Concat(Enumerable.Range(0, Commands).Select(i => Bulk(Value(i)))), taken);

        // Each was dropped once at most.
        Assert.InRange(_cluster.Asked.Count, Commands + 1, 2 * Commands);
        Assert.Equal(0, connection.Session.AnswerBytes);
        Assert.False(connection.Session.HasUnanswered);
    }

    [Fact]
    public void Once_answers_are_large_no_more_begin_than_have_room()
    {
        var connection = Connect();
        connection.Say("GET a\r\nGET b");
        _cluster.Answer(1, Value(1));
        _cluster.Answer(0, Value(0));
        connection.Pump();
        connection.Say(string.Join("\r\n", Enumerable.Range(0, 50).Select(i => $"GET k{i}")));
        Assert.Equal(2 + (RoomBytes / ValueBytes), _cluster.Asked.Count);
        Assert.True(connection.Session.IsWaiting);

        // Small ones have all the room that there is for commands.
        for (var i = 2; i < 52; i++)
        {
            _cluster.Answer(i, "small");
            connection.Pump();
        }

        connection.Say(string.Join("\r\n", Enumerable.Range(0, 300).Select(i => $"GET s{i}")));
        for (var i = 52; i < _cluster.Asked.Count; i++) _cluster.Answer(i, "small");
        connection.Pump();
        Assert.Equal(0, connection.Session.AnswerBytes);
    }

    [Fact]
    public void After_an_answer_larger_than_all_room_one_command_at_a_time_begins()
    {
        var connection = Connect();
        connection.Say("GET a");
        var large = new string('v', 3 * RoomBytes);
        _cluster.Answer(0, large);
        Assert.Equal(Bulk(large), connection.Pump());
        foreach (var command in (string[])["GETRANGE b 0 -1", "GET c"])
        {
            var asked = _cluster.Asked.Count;
            connection.Say(command + "\r\nGETRANGE d 0 -1");
            Assert.Equal(asked + 1, _cluster.Asked.Count);
            _cluster.Answer(asked, large);
            connection.Pump();
            connection.Pump();
            Assert.Equal(asked + 2, _cluster.Asked.Count);
            _cluster.Answer(asked + 1, "small");
            Assert.Equal(Bulk("small"), connection.Pump());
            Assert.False(connection.Session.HasUnanswered);
        }
    }

    [Fact]
    public void Steps_that_read_wait_for_their_turn_too()
    {
        const int Commands = 20;
        var connection = Connect();
        connection.Say(string.Join("\r\n", Enumerable.Range(0, Commands).Select(i => $"GETRANGE k{i} 0 -1")));
        Assert.Equal(Commands, _cluster.Asked.Count);
        for (var i = Commands - 1; i > 0; i--)
        {
            _cluster.Answer(i, Value(i));
            Assert.InRange(connection.Session.AnswerBytes, 0, RoomBytes);
        }

        connection.Session.OnClosed();
        Assert.Equal("", connection.Taken());
    }

    [Fact]
    public void Answers_leave_as_the_peer_takes_them()
    {
        var connection = Connect();
        connection.Say("GET a\r\nGET b\r\nGET c");
        for (var i = 0; i < 2; i++) _cluster.Answer(i, Value(i));
        connection.Session.OnWake();

        // The output is past its limit with the first: the second waits until that is sent.
        Assert.Equal(AnswerBytes, connection.Context.TakeOutput().Length);
        Assert.True(connection.Session.HasMoreOutput);
        connection.Session.WriteMore();
        Assert.Equal(AnswerBytes, connection.Context.TakeOutput().Length);
        Assert.False(connection.Session.HasMoreOutput);
        _cluster.Answer(2, Value(2));
        Assert.Equal(Bulk(Value(2)), connection.Pump());
    }

    [Theory]
    [InlineData(10, false, 10, true)]
    [InlineData(10, false, 100_000, false)]
    [InlineData(10, true, 100_000, true)]
    [InlineData(0, false, 100_000, true)]
    public void One_fits_always_and_the_next_too(long held, bool isNext, long bytes, bool fits)
    {
        var room = new AnswerRoom(20);
        if (held > 0) Assert.True(room.TryTake(held, false));
        Assert.Equal(fits, room.TryTake(bytes, isNext));
        Assert.Equal(fits ? held + bytes : held, room.Held);
    }

    private static int AnswerBytes => Bulk(Value(0)).Length;

    private TestConnection Connect() =>
        RespHarness.Over(_cluster, settings => settings with { AnswerBytesMax = RoomBytes }).Connect();

    private static string Value(int i) => $"{i:D4}".PadRight(ValueBytes, 'v');

    private static string Bulk(string value) => $"${value.Length}\r\n{value}\r\n";
}

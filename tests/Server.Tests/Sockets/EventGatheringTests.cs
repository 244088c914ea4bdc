using Hedgerow.Server.FrontEnds.Sockets;

namespace Hedgerow.Server.Tests.Sockets;

/// <summary>When a loop sleeps for a moment so that more events come together. Times are in microseconds.</summary>
public sealed class EventGatheringTests
{
    private readonly EventGathering _gathering = new(ticksPerSecond: 1_000_000);
    private readonly int[] _windows = new int[100];
    private long _now = 5_000_000;

    [Fact]
    public void A_client_alone_is_never_held_up_however_quick_it_is()
    {
        for (var i = 0; i < 10_000; i++)
        {
            Wake(after: 10, clients: 1);
            Assert.False(_gathering.IsCrowded);
        }
    }

    [Fact]
    public void Many_clients_are_heard_together_from_the_first_millisecond_on()
    {
        for (var i = 0; i < EventGathering.ClientsMin; i++)
        {
            Assert.False(_gathering.IsCrowded);
            Wake(after: 20, clients: 1, first: i);
        }

        for (var round = 0; round < 1_000; round++)
        {
            Assert.True(_gathering.IsCrowded);
            Wake(after: 50, clients: 3, first: round * 3 % 30);
        }
    }

    [Fact]
    public void A_few_clients_are_not_counted_twice()
    {
        for (var i = 0; i < 1_000; i++)
        {
            Wake(after: 10, clients: EventGathering.ClientsMin - 1);
            Assert.False(_gathering.IsCrowded);
        }
    }

    [Fact]
    public void Clients_that_come_rarely_are_no_crowd_however_many()
    {
        for (var i = 0; i < 1_000; i++)
        {
            Wake(after: 100, clients: 1, first: i % 100);
            Assert.False(_gathering.IsCrowded);
        }
    }

    [Fact]
    public void After_a_pause_nobody_is_held_up()
    {
        Wake(after: 10, clients: 50);
        Assert.True(_gathering.IsCrowded);
        Wake(after: 10_000, clients: 1);
        Assert.False(_gathering.IsCrowded);
    }

    [Fact]
    public void A_nap_gets_longer_while_it_finds_little_and_shorter_while_it_finds_much_within_bounds()
    {
        Assert.Equal(EventGathering.NapMicrosMin, _gathering.NapMicros);
        var lengths = new List<int>();
        for (var i = 0; i < 10; i++) Find(EventGathering.EventsMin - 1);
        Assert.Equal(EventGathering.NapMicrosMax, _gathering.NapMicros);
        Assert.Equal(lengths.Order(), lengths);
        Find(EventGathering.EventsMin);
        Find(EventGathering.EventsMax);
        Assert.Equal(EventGathering.NapMicrosMax, _gathering.NapMicros);
        lengths.Clear();
        for (var i = 0; i < 10; i++) Find(EventGathering.EventsMax + 1);
        Assert.Equal(EventGathering.NapMicrosMin, _gathering.NapMicros);
        Assert.Equal(lengths.OrderDescending(), lengths);

        void Find(int events)
        {
            _gathering.Found(events);
            lengths.Add(_gathering.NapMicros);
        }
    }

    [Fact]
    public void A_long_round_needs_no_nap()
    {
        Assert.False(_gathering.IsLong(EventGathering.LongRoundMicros - 1));
        Assert.True(_gathering.IsLong(EventGathering.LongRoundMicros));
    }

    private void Wake(int after, int clients, int first = 0)
    {
        _now += after;
        _gathering.Woke(_now);
        for (var i = first; i < first + clients; i++)
        {
            if (_windows[i] == _gathering.Window) continue;
            _windows[i] = _gathering.Window;
            _gathering.Heard();
        }
    }
}

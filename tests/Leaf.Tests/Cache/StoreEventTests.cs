using System.Text;

namespace Hedgerow.Leaf.Tests.Cache;

public sealed class StoreEventTests : IEntryEvents
{
    private readonly List<string> _expired = [];
    private readonly List<string> _evicted = [];

    [Fact]
    public void Expired_entry_is_told_of_once_without_being_read()
    {
        using var store = new StoreUnderTest(events: this);
        store.Set("/swept", "x", expiresAtMs: store.NowMs + 1_000);
        store.Set("/overwritten", "x", expiresAtMs: store.NowMs + 1_000);
        store.Set("/stays", "x");
        store.NowMs += 1_000;
        store.Set("/overwritten", "y");
        Assert.Equal(["/overwritten"], _expired);
        store.SweepAll();
        Assert.Equal(["/overwritten", "/swept"], _expired);
        Assert.Empty(_evicted);
    }

    [Fact]
    public void Every_evicted_entry_is_told_of()
    {
        using var store = new StoreUnderTest(2 << 20, events: this);
        for (var i = 0; i < 5_000; i++) store.Set($"/{i}", new byte[1_000]);
        Assert.Equal(store.Stats.Evictions, _evicted.Count);
        Assert.Equal(5_000, _evicted.Distinct().Count() + store.Stats.Entries);
        Assert.Empty(_expired);
    }

    [Fact]
    public void What_a_command_removes_is_not_told_of()
    {
        using var store = new StoreUnderTest(events: this);
        store.Set("/a", "x");
        store.Delete("/a");
        store.NowMs += 61_000;
        store.SweepAll();
        Assert.Equal((0, 0), (_expired.Count, _evicted.Count));
    }

    void IEntryEvents.Expired(ReadOnlySpan<byte> path) => _expired.Add(Encoding.UTF8.GetString(path));

    void IEntryEvents.Evicted(ReadOnlySpan<byte> path) => _evicted.Add(Encoding.UTF8.GetString(path));
}

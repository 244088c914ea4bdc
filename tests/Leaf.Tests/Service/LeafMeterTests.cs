using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Hedgerow.Protocol;
using static Hedgerow.Leaf.Tests.Service.LeafUnderTest;

namespace Hedgerow.Leaf.Tests.Service;

public sealed class LeafMeterTests
{
    [Fact]
    public async Task The_meter_shows_what_the_leaf_counts_under_its_name()
    {
        await using var leaf = await Open(SmallOptions with { Name = "leaf-metered" });
        await leaf.Declare();
        await leaf.Set("/a", "one");
        await leaf.Get("/a");
        await leaf.Get("/b");
        await leaf.Set("/wiki/a", """{"title":"one"}""");
        var read = Read("leaf-metered");
        Assert.Equal(1, read["hedgerow_leaf_cache_hits_total"]);
        Assert.Equal(1, read["hedgerow_leaf_cache_misses_total"]);
        Assert.Equal(1, read["hedgerow_leaf_cache_entries"]);
        Assert.Equal(1, read["hedgerow_leaf_documents"]);
        Assert.Equal(1, read["hedgerow_leaf_requests_total opcode=get status=ok"]);
        Assert.Equal(2, read["hedgerow_leaf_requests_total opcode=set status=ok"]);
        Assert.InRange(read["hedgerow_leaf_cache_memory_bytes"], 1, SmallOptions.MemoryBytes);
        Assert.Equal(0, read["hedgerow_leaf_waiting_requests"]);
    }

    [Fact]
    public async Task Reading_the_meter_while_shards_come_and_go_is_safe()
    {
        await using var leaf = await Open(SmallOptions with { Name = "leaf-shifting" }, epoch: 1);
        await leaf.Declare();
        using var stop = new CancellationTokenSource();
        var reading = Task.Factory.StartNew(
            () =>
            {
                while (!stop.IsCancellationRequested) Read("leaf-shifting");
            },
            TaskCreationOptions.LongRunning);
        for (uint epoch = 2; epoch < 22; epoch++)
            leaf.Service.Reassign(epoch, epoch % 2 == 0 ? [0] : [0, 1, 2]);
        await stop.CancelAsync();
        await reading;
        Assert.Equal(21u, leaf.Service.Epoch);
    }

    [Fact]
    public void Labels_are_snake_case()
    {
        Assert.Equal("compare_and_set", Metrics.LeafMetrics.Label(Opcode.CompareAndSet));
        Assert.Equal("ok", Metrics.LeafMetrics.Label(StatusCode.Ok));
    }

    private static ConcurrentDictionary<string, long> Read(string leaf)
    {
        var read = new ConcurrentDictionary<string, long>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter.Name == "Hedgerow.Leaf") l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            var ours = false;
            var name = instrument.Name;
            foreach (var (key, tag) in tags)
            {
                if (key == "leaf") ours = (string?)tag == leaf;
                else name += $" {key}={tag}";
            }

            if (ours) read[name] = value;
        });
        listener.Start();
        listener.RecordObservableInstruments();
        return read;
    }
}

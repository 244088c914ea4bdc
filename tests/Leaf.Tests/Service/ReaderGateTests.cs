using Hedgerow.Leaf.Scheduling;

namespace Hedgerow.Leaf.Tests.Service;

public sealed class ReaderGateTests
{
    [Fact]
    public async Task Nothing_is_closed_while_a_reader_may_still_hold_it()
    {
        var gate = new ReaderGate();
        var held = new Resource();
        using var stop = new CancellationTokenSource();
        var reads = 0L;
        var readers = Enumerable.Range(0, 2).Select(_ => Task.Factory.StartNew(Read, TaskCreationOptions.LongRunning));
        var all = Task.WhenAll(readers.ToArray());
        for (var i = 0; i < 40; i++)
        {
            var old = Interlocked.Exchange(ref held, new Resource());
            gate.WaitForReaders();
            Volatile.Write(ref old.IsClosed, true);
        }

        Assert.True(SpinWait.SpinUntil(() => Interlocked.Read(ref reads) > 100, TimeSpan.FromSeconds(30)));
        await stop.CancelAsync();
        await all;

        void Read()
        {
            while (!stop.IsCancellationRequested)
            {
                using var reader = gate.Enter();
                var resource = Volatile.Read(ref held);
                for (var i = 0; i < 20; i++) Assert.False(Volatile.Read(ref resource.IsClosed));
                Interlocked.Increment(ref reads);
            }
        }
    }

    private sealed class Resource
    {
        public bool IsClosed;
    }
}

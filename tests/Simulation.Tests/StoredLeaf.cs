using Hedgerow.Leaf;
using Hedgerow.Protocol;
using Hedgerow.Router.Tests;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hedgerow.Simulation.Tests;

/// <summary>What a leaf of a world stores its entries in: it answers at once, the network takes the time.</summary>
internal interface IStoredLeaf : IDisposable
{
    Reply Handle(in RequestHeader header, ReadOnlyMemory<byte> body);

    /// <summary>The process dies and comes back with nothing.</summary>
    void Wipe();
}

internal sealed class SimModelLeaf : IStoredLeaf
{
    private readonly ModelLeaf _model;

    public SimModelLeaf(string id)
    {
        _model = new ModelLeaf(id);
    }

    public Reply Handle(in RequestHeader header, ReadOnlyMemory<byte> body) => _model.Handle(header, body);

    public void Wipe() => _model.Clear();

    public void Dispose()
    {
    }
}

/// <summary>The real engine, in memory. Only operations that it answers on the caller's thread may be sent.</summary>
internal sealed class SimRealLeaf : IStoredLeaf, IReplySink
{
    private readonly string _id;
    private readonly int _shards;
    private readonly TimeProvider _time;
    private LeafService _service;
    private Reply? _answer;

    public SimRealLeaf(string id, int shards, TimeProvider time)
    {
        _id = id;
        _shards = shards;
        _time = time;
        _service = Open();
    }

    public Reply Handle(in RequestHeader header, ReadOnlyMemory<byte> body)
    {
        if (!CacheCommand.Carries(header.Opcode) && header.Opcode != Opcode.GetMany)
            return ModelLeaf.Text(StatusCode.Unavailable, "The simulation keeps to cache operations.");
        _answer = null;
        _service.OnRequest(header, body.Span, this);
        return _answer ?? throw new InvalidOperationException($"{header.Opcode} was not answered at once.");
    }

    public void Wipe()
    {
        Dispose();
        _service = Open();
    }

    public void Dispose() => _service.DisposeAsync().AsTask().GetAwaiter().GetResult();

    void IReplySink.Reply(in ReplyHeader header, ReadOnlySpan<byte> body) => _answer = Reply.Copy(header, body);

    private LeafService Open() => LeafService.OpenAsync(
        new LeafOptions { Name = _id, MemoryBytes = (long)_shards << 20, SearchThreads = 1 }, 1,
        [.. Enumerable.Range(0, _shards).Select(s => (ushort)s)], new WithoutTimers(_time), NullLoggerFactory.Instance,
        CancellationToken.None).AsTask().GetAwaiter().GetResult();

    /// <summary>The engine's own timers wake threads of its own; the simulation has one.</summary>
    private sealed class WithoutTimers : TimeProvider
    {
        private readonly TimeProvider _inner;

        public WithoutTimers(TimeProvider inner)
        {
            _inner = inner;
        }

        public override long TimestampFrequency => _inner.TimestampFrequency;

        public override long GetTimestamp() => _inner.GetTimestamp();

        public override DateTimeOffset GetUtcNow() => _inner.GetUtcNow();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            new NoTimer();
    }

    private sealed class NoTimer : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => default;
    }
}

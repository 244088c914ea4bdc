using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Router.Tests;

namespace Hedgerow.Simulation.Tests;

/// <summary>
/// A seeded network between one router and the leaves: each way takes its own time, some of it long; requests and
/// answers are lost, connections refused or broken. What is lost is never answered, as on a connection whose peer
/// hangs.
/// </summary>
internal sealed class SimNetwork : ILeafTransport
{
    private readonly World _world;
    private readonly Random _random;

    public SimNetwork(World world, int seed)
    {
        _world = world;
        _random = new Random(seed);
    }

    /// <summary>Leaves that this router can't reach.</summary>
    public HashSet<string> Partitioned { get; } = new(StringComparer.Ordinal);

    public ValueTask<Reply> SendAsync(
        LeafEndpoint leaf, RequestHeader header, ReadOnlyMemory<byte> body, CancellationToken cancel)
    {
        if (cancel.IsCancellationRequested) return ValueTask.FromCanceled<Reply>(cancel);
        var done = new TaskCompletionSource<Reply>();
        if (cancel.CanBeCanceled) cancel.UnsafeRegister(_ => done.TrySetCanceled(cancel), null);
        var copy = body.ToArray();
        _world.Trace($"> {leaf.Id} {header.Opcode} {header.Flags}");
        if (!IsLost()) _world.Time.After(Delay(leaf.Id), () => Arrive(leaf.Id, header, copy, done));
        return new ValueTask<Reply>(done.Task);
    }

    public ValueTask DisposeAsync() => default;

    private void Arrive(string leaf, RequestHeader header, byte[] body, TaskCompletionSource<Reply> done)
    {
        if (Partitioned.Contains(leaf)) return;
        if (_world.IsDown(leaf))
        {
            _world.Time.After(Delay(leaf), () => Answer(leaf, ModelLeaf.Text(StatusCode.Unavailable, "refused"), done));
            return;
        }

        var incarnation = _world.IncarnationOf(leaf);
        var reply = _world.Handle(leaf, header, body);
        if (IsLost())
        {
            reply.Dispose();
            return;
        }

        _world.Time.After(Delay(leaf), () =>
        {
            // A process that died meanwhile broke the connection; its answer did not leave.
            var isSame = incarnation == _world.IncarnationOf(leaf) && !_world.IsDown(leaf);
            if (isSame)
            {
                Answer(leaf, reply, done);
                return;
            }

            reply.Dispose();
            Answer(leaf, ModelLeaf.Text(StatusCode.Unavailable, "broken"), done);
        });
    }

    private void Answer(string leaf, Reply reply, TaskCompletionSource<Reply> done)
    {
        if (Partitioned.Contains(leaf)) return;
        _world.Trace($"< {leaf} {reply.Status} {reply.Header.Version}");
        if (!done.TrySetResult(reply)) reply.Dispose();
    }

    private bool IsLost() => _random.NextDouble() < _world.Weather.LossShare;

    /// <summary>Microseconds one way: short and uneven, with a long tail, and longer to a leaf that is slow.</summary>
    private long Delay(string leaf)
    {
        var micros = 50 + (long)(-200 * Math.Log(1 - _random.NextDouble()));
        if (_random.NextDouble() < _world.Weather.TailShare) micros += _random.Next(5_000, 60_000);
        return _world.IsSlow(leaf) ? micros + 30_000 : micros;
    }
}

using System.Buffers;
using System.Buffers.Binary;
using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// Cache operations on leaves of this process, done before the call returns: the same placement, choice of replica,
/// versions, acknowledgements and counters as for a routed call, without frames, waiting or hedging. Whatever does not
/// go well at once is left to the routed call, which tries again, follows a topology or explains. Allocates nothing.
/// </summary>
/// <remarks>
/// One read in <see cref="SampleEvery"/> is timed, and counts as that many: the clock would cost more than the read.
/// </remarks>
internal sealed class InlineCalls
{
    /// <summary>Reads for each one that is timed.</summary>
    public const int SampleEvery = 16;

    private const int TriesMax = 6;

    [ThreadStatic]
    private static Scratch? _scratch;

    [ThreadStatic]
    private static uint _reads;

    private readonly CallServices _services;
    private readonly RoutingTables _tables;

    public InlineCalls(CallServices services, RoutingTables tables)
    {
        _services = services;
        _tables = tables;
    }

    /// <summary>False when it was not done, or not by enough replicas, and has to be sent.</summary>
    public bool TryExecute(
        in CacheCommand command, ulong pathHash, long nowMs, IBufferWriter<byte> output, out CommandOutcome outcome)
    {
        outcome = default;
        var table = _tables.Current;
        var route = table.Shards[table.ShardOf(command.Path)];
        var at = new Place(table.Epoch, route.Shard, pathHash != 0 ? pathHash : PathHash.OfPath(command.Path), nowMs);
        return command.Opcode switch
        {
            // A read that must see a version may have to ask one replica after the other.
            Opcode.Get or Opcode.Head or Opcode.FieldGet =>
                command.Version == 0 && TryRead(route, command, at, output, out outcome),
            Opcode.Set or Opcode.Delete or Opcode.Touch when command.CompareVersion == 0 && !command.ReturnEntry =>
                TryWriteAll(route, command, at, output, out outcome),
            _ => CacheCommand.Carries(command.Opcode) && TryDecide(route, command, at, output, out outcome),
        };
    }

    private static bool HasFailed(StatusCode status) =>
        status is StatusCode.Unavailable or StatusCode.Internal or StatusCode.WrongShard or StatusCode.Corrupt;

    private bool TryRead(
        ShardRoute route, in CacheCommand command, in Place at, IBufferWriter<byte> output, out CommandOutcome outcome)
    {
        outcome = default;
        var isTimed = _reads++ % SampleEvery == 0;
        var startedAt = isTimed || route.Replicas.Length > 1 ? _services.Clock.Now : 0;
        var replicas = route.Replicas;
        var isGiven = replicas.Length == 1 || command.FromOwner;
        // One that is avoided may be due for a probe, which a routed call then makes.
        if (!isGiven && !route.AreUp) return false;
        var chosen = isGiven
            ? 0
            : _services.Selector.Choose(replicas, 0, OperationClass.PointRead, startedAt);
        if (chosen < 0) return false;
        var leaf = replicas[chosen];
        if (!leaf.IsUp || !Execute(leaf, command, at, output, out outcome) || HasFailed(outcome.Status)) return false;
        _services.Counters.Request();
        _services.Policy.OnRequest(OperationClass.PointRead);
        if (!isTimed) return true;
        var now = _services.Clock.Now;
        leaf.OnMeasured(OperationClass.PointRead, now, now - startedAt);
        route.Group.Record(OperationClass.PointRead, now, now - startedAt, SampleEvery);
        return true;
    }

    /// <summary>A write that every replica takes by its version alone: doing it again does no harm.</summary>
    private bool TryWriteAll(
        ShardRoute route, in CacheCommand command, in Place at, IBufferWriter<byte> output, out CommandOutcome outcome)
    {
        outcome = default;
        if (!AreHere(route)) return false;
        var needed = Math.Min(_services.Options.EntryAcksMin, route.Replicas.Length);
        for (var tries = 1; ; tries++)
        {
            var isStamped = command.Version == 0;
            var stamped = isStamped ? command.WithVersion(_services.Versions.Next(at.NowMs)) : command;
            if (!TryEach(route, stamped, 0, at, output, out var acks, out outcome)) return false;
            if (outcome.Status != StatusCode.VersionTooOld || !isStamped || tries == TriesMax)
            {
                _services.Counters.Request();
                return outcome.Status is not (StatusCode.Ok or StatusCode.NotFound) || acks >= needed;
            }

            // A slow clock must not lose a write: past what is stored, and again.
            _services.Versions.Observe(outcome.Version);
            _services.Counters.Retry();
        }
    }

    /// <summary>The owner decides; the others get what came of it.</summary>
    private bool TryDecide(
        ShardRoute route, in CacheCommand command, in Place at, IBufferWriter<byte> output, out CommandOutcome outcome)
    {
        outcome = default;
        var isAlone = route.Replicas.Length == 1;
        if (!isAlone && !LeavesItsValue(command.Opcode)) return false;
        if (!AreHere(route) || !route.Owner.IsUp) return false;
        var scratch = _scratch ??= new Scratch();
        scratch.Clear();
        // What came of it is needed for the other replicas, whether the caller wants it or not.
        var asked = isAlone ? command : command with { ReturnEntry = true };
        for (var tries = 1; ; tries++)
        {
            var isStamped = command.Version == 0;
            var stamped = isStamped ? asked.WithVersion(_services.Versions.Next(at.NowMs)) : asked;
            var target = isAlone ? output : scratch;
            if (!Execute(route.Owner, stamped, at, target, out outcome) || HasFailed(outcome.Status)) return false;
            if (outcome.Status != StatusCode.VersionTooOld || !isStamped || tries == TriesMax) break;
            _services.Versions.Observe(outcome.Version);
            _services.Counters.Retry();
        }

        _services.Counters.Request();
        if (isAlone) return true;
        if (outcome.Status != StatusCode.Ok) return true;
        Answer(command, scratch.Written, output);
        Replicate(route, command, at, scratch, outcome);
        return true;
    }

    private static bool LeavesItsValue(Opcode opcode) => opcode
        is Opcode.Add or Opcode.Replace or Opcode.Append or Opcode.Prepend
        or Opcode.CompareAndSet or Opcode.Increment or Opcode.Delete or Opcode.Touch
        or Opcode.FieldSet or Opcode.FieldDelete or Opcode.FieldIncrement;

    /// <summary>What the caller gets of a decision that came with its value: see the store's output.</summary>
    private static void Answer(in CacheCommand command, ReadOnlySpan<byte> decided, IBufferWriter<byte> output)
    {
        if (command.ReturnEntry || command.Opcode == Opcode.Increment)
        {
            output.Write(decided);
        }
        else if (CacheCommand.IsOnFields(command.Opcode))
        {
            output.Write(decided[..sizeof(long)]);
        }
        else if (command.Opcode is Opcode.Append or Opcode.Prepend)
        {
            BinaryPrimitives.WriteInt64LittleEndian(output.GetSpan(sizeof(long)), decided.Length);
            output.Advance(sizeof(long));
        }
    }

    private void Replicate(
        ShardRoute route, in CacheCommand command, in Place at, Scratch scratch, in CommandOutcome decided)
    {
        var isOnFields = CacheCommand.IsOnFields(command.Opcode);
        var value = isOnFields ? scratch.Written[sizeof(long)..] : scratch.Written;
        var isGone = command.Opcode == Opcode.Delete || (command.Opcode == Opcode.FieldDelete && value.IsEmpty);
        // Without a map: the last field went, or nothing was changed.
        if (isOnFields && value.IsEmpty && BinaryPrimitives.ReadInt64LittleEndian(scratch.Written) == 0) return;
        var copy = isGone
            ? new CacheCommand { Opcode = Opcode.Delete, Path = command.Path, Version = decided.Version }
            : new CacheCommand
            {
                Opcode = Opcode.Set,
                Path = command.Path,
                Value = value,
                Kind = decided.Kind,
                Mark = decided.Mark,
                EntryFlags = decided.EntryFlags,
                ExpiresAtMs = decided.ExpiresAtMs,
                Version = decided.Version,
            };
        _services.Versions.Observe(decided.Version);
        // They were all here a moment ago. One that is gone now is one that misses a write, as ever.
        TryEach(route, copy, 1, at, scratch, out _, out _);
    }

    /// <summary>
    /// Writes to the replicas from the <paramref name="first"/> on that are up. The outcome is the worst: too old
    /// before an error before Ok before NotFound. False when a replica could not do it here and now.
    /// </summary>
    private bool TryEach(
        ShardRoute route, in CacheCommand command, int first, in Place at, IBufferWriter<byte> output, out int acks,
        out CommandOutcome outcome)
    {
        acks = 0;
        outcome = new CommandOutcome { Status = StatusCode.NotFound, Version = command.Version };
        for (var i = first; i < route.Replicas.Length; i++)
        {
            var leaf = route.Replicas[i];
            if (!leaf.TakesWrites(0)) continue;
            if (!Execute(leaf, command, at, output, out var one) || HasFailed(one.Status)) return false;
            var isHad = one.Status == StatusCode.VersionTooOld && one.Version == command.Version;
            if (isHad || one.Status is StatusCode.Ok or StatusCode.NotFound) acks++;
            if (isHad) one = new CommandOutcome { Status = StatusCode.Ok, Version = command.Version };
            if (Weight(one.Status) > Weight(outcome.Status)) outcome = one;
        }

        return true;
    }

    private static int Weight(StatusCode status) => status switch
    {
        StatusCode.NotFound => 0,
        StatusCode.Ok => 1,
        StatusCode.VersionTooOld => 3,
        _ => 2,
    };

    private bool AreHere(ShardRoute route)
    {
        foreach (var leaf in route.Replicas)
        {
            // One that is avoided is not asked; the routed call may probe it.
            if (!leaf.IsUp || !_services.Transport.CanExecute(leaf.Endpoint)) return false;
        }

        return true;
    }

    private bool Execute(
        LeafHealth leaf, in CacheCommand command, in Place at, IBufferWriter<byte> output, out CommandOutcome outcome)
    {
        var header = new RequestHeader
        {
            Opcode = command.Opcode, Epoch = at.Epoch, Shard = at.Shard, PathHash = at.PathHash,
        };
        return _services.Transport.TryExecute(leaf.Endpoint, header, command, at.NowMs, output, out outcome);
    }

    private readonly record struct Place(uint Epoch, ushort Shard, ulong PathHash, long NowMs);

    /// <summary>A thread's buffer for what the owner stored, on its way to the other replicas.</summary>
    private sealed class Scratch : IBufferWriter<byte>
    {
        private const int BytesKept = 64 * 1024;
        private byte[] _buffer = [];
        private int _length;

        public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

        public void Clear()
        {
            _length = 0;
            if (_buffer.Length <= BytesKept) return;
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
        }

        public void Advance(int count) => _length += count;

        public Memory<byte> GetMemory(int sizeHint = 0)
        {
            Grow(sizeHint);
            return _buffer.AsMemory(_length);
        }

        public Span<byte> GetSpan(int sizeHint = 0)
        {
            Grow(sizeHint);
            return _buffer.AsSpan(_length);
        }

        private void Grow(int sizeHint)
        {
            var needed = (long)_length + Math.Max(256, sizeHint);
            if (needed <= _buffer.Length) return;
            var larger = ArrayPool<byte>.Shared.Rent((int)Math.Max(needed, 2L * _length));
            Written.CopyTo(larger);
            if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }
    }
}

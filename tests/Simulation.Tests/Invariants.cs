using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Simulation.Tests;

/// <summary>
/// What must hold whatever the network does: no answer is later than its deadline and a timer's grain; no read gives a
/// value that nobody wrote to that path, nor one older than it asked for; an acknowledged write was taken by as many
/// replicas as the answer says, and while one of them lives it holds that version or a later one; in calm weather a
/// later write has a later version; an increment happens once; hedges keep their budget; nothing stays in flight; and
/// where no message and no leaf is lost, however slow they are, the replicas of a path have the same in the end.
/// </summary>
internal sealed class Invariants
{
    /// <summary>Timers keep whole milliseconds.</summary>
    private const long GrainNanos = 2_000_000;

    private readonly World _world;
    private readonly Dictionary<string, HashSet<string>> _attempted = new(StringComparer.Ordinal);
    private readonly List<(string Path, ulong Version)> _acknowledged = [];
    private readonly Dictionary<string, ulong> _newest = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (int Attempted, int Acknowledged)> _increments = new(StringComparer.Ordinal);
    private readonly HashSet<(string Path, long Value, int Incarnation)> _numbers = [];

    public Invariants(World world)
    {
        _world = world;
    }

    public int Reads { get; private set; }

    public int Writes => _acknowledged.Count;

    /// <summary>What was neither done nor refused for a reason of the data.</summary>
    public List<string> Failures { get; } = [];

    public void Answered(Opcode opcode, long nanos)
    {
        var most = ((long)_world.Options.Timeout.TotalMilliseconds * 1_000_000) + GrainNanos;
        Assert.True(nanos <= most, $"{opcode} took {nanos / 1_000} µs; its deadline was {most / 1_000} µs");
    }

    public void Read(string path, ulong versionMin, in Reply reply)
    {
        Reads++;
        if (reply.Status is not (StatusCode.Ok or StatusCode.NotFound)) Failed($"read {path} >= {versionMin}", reply);
        if (versionMin != 0)
            Assert.True(
                reply.Status is not (StatusCode.Ok or StatusCode.NotFound) || reply.Header.Version >= versionMin,
                $"{path}: asked for version {versionMin}, got {reply.Header.Version} as {reply.Status}");
        if (reply.Status != StatusCode.Ok) return;
        Assert.True(EntryBody.TryRead(reply.Body.Span, out var entry));
        var value = Encoding.UTF8.GetString(entry.Value);
        Assert.True(
            _attempted.GetValueOrDefault(path)?.Contains(value) == true, $"{path}: nobody wrote '{value}' there");
    }

    /// <summary>A write begins; returns the newest version acknowledged by then.</summary>
    public ulong Writing(string path, string value)
    {
        if (!_attempted.TryGetValue(path, out var values)) _attempted.Add(path, values = new(StringComparer.Ordinal));
        values.Add(value);
        return _newest.GetValueOrDefault(path);
    }

    /// <summary>Checks an answer to a write; whether it was acknowledged.</summary>
    public bool Written(Opcode opcode, string path, ulong newestBefore, in Reply reply)
    {
        var isDone = reply.Status == StatusCode.Ok || (opcode == Opcode.Delete && reply.Status == StatusCode.NotFound);
        if (!isDone && reply.Status != StatusCode.Exists) Failed($"{opcode} {path}", reply);
        if (!isDone) return false;
        // While answers come within the grace, a write meets what was acknowledged before it, whatever its clock says.
        Assert.True(
            !_world.IsCalmFromTheStart || reply.Header.Version > newestBefore,
            $"{opcode} {path}: version {reply.Header.Version} after {newestBefore} was acknowledged");
        Acknowledged(path, reply.Header.Version, BinaryPrimitives.ReadUInt16LittleEndian(reply.Body.Span[^2..]));
        return true;
    }

    public void Incrementing(string path)
    {
        var (attempted, acknowledged) = _increments.GetValueOrDefault(path);
        _increments[path] = (attempted + 1, acknowledged);
    }

    public void Incremented(string path, long value, in Reply reply)
    {
        var (attempted, acknowledged) = _increments[path];
        _increments[path] = (attempted, acknowledged + 1);
        // A wiped owner counts from the start again.
        var version = reply.Header.Version;
        var decided = _world.Taken[(path, version)].First(t => t.Leaf == OwnerOf(path));
        Assert.True(
            _numbers.Add((path, value, decided.Incarnation)),
            $"{path}: two increments were both told {value}");
        Acknowledged(path, reply.Header.Version, BinaryPrimitives.ReadUInt16LittleEndian(reply.Body.Span[^2..]));
    }

    /// <summary>After all is calm and settled.</summary>
    public void CheckAtTheEnd()
    {
        foreach (var (path, version) in _acknowledged) CheckKept(path, version);
        foreach (var (path, (attempted, acknowledged)) in _increments)
        {
            if (_world.IncarnationOf(OwnerOf(path)) != 0) continue;
            using var stored = _world.Stored(OwnerOf(path), path);
            var value = EntryBody.TryRead(stored.Body.Span, out var entry)
                ? long.Parse(entry.Value, CultureInfo.InvariantCulture)
                : 0;
            Assert.True(
                value >= acknowledged && value <= attempted,
                $"{path} is {value}; {acknowledged} increments were acknowledged of {attempted}");
        }

        foreach (var router in _world.Routers) CheckRouter(router);
        if (!_world.LosesNothing) return;
        foreach (var path in _attempted.Keys.Concat(_increments.Keys)) CheckReplicasAgree(path);
    }

    private void Failed(string what, in Reply reply) =>
        Failures.Add($"{what}: {reply.Status}, {Encoding.UTF8.GetString(reply.Body.Span)}");

    private void CheckRouter(Router.RequestRouter router)
    {
        var counters = router.Counters;
        var budget = (_world.Options.Hedge.Budget * counters.Requests) + 1;
        Assert.True(counters.HedgesSent <= budget, $"{counters.HedgesSent} hedges; the budget is {budget}");
        Assert.True(counters.HedgesWon + counters.HedgesCancelled <= counters.HedgesSent, $"{counters}");
        foreach (var leaf in router.Table.Leaves) Assert.Equal(0, leaf.Owner.InFlight);
    }

    private string OwnerOf(string path) => ReplicasOf(path)[0];

    private IReadOnlyList<string> ReplicasOf(string path) =>
        _world.Topology.Shards[_world.Routers[0].Table.ShardOf(Encoding.UTF8.GetBytes(path))].Replicas;

    private void CheckReplicasAgree(string path)
    {
        var stored = new HashSet<(StatusCode, ulong)>();
        foreach (var leaf in ReplicasOf(path))
        {
            using var reply = _world.Stored(leaf, path);
            stored.Add((reply.Status, reply.Header.Version));
        }

        Assert.True(
            stored.Count == 1, $"{path}: nothing was lost, and its replicas have {string.Join(" and ", stored)}");
    }

    private void Acknowledged(string path, ulong version, int replicas)
    {
        var took = _world.Taken.TryGetValue((path, version), out var takers) ? takers.Count : 0;
        Assert.True(
            took >= 1 && replicas >= 1, $"{path}: version {version} was acknowledged, and {took} replicas took it");
        CheckKept(path, version);
        _acknowledged.Add((path, version));
        _newest[path] = Math.Max(version, _newest.GetValueOrDefault(path));
    }

    private void CheckKept(string path, ulong version)
    {
        foreach (var (leaf, incarnation) in _world.Taken[(path, version)])
        {
            if (_world.IncarnationOf(leaf) != incarnation) continue;
            using var stored = _world.Stored(leaf, path);
            Assert.True(
                stored.Header.Version >= version,
                $"{path}: {leaf} took version {version} and has {stored.Header.Version} ({stored.Status})");
        }
    }
}

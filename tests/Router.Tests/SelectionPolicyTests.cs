using CsCheck;
using Hedgerow.Protocol;
using Hedgerow.Tests;
using Microsoft.Extensions.Time.Testing;

namespace Hedgerow.Router.Tests;

/// <summary>Each way to choose a replica, beside its formula written down naively.</summary>
public sealed class SelectionPolicyTests : IDisposable
{
    private const OperationClass Kind = OperationClass.PointRead;
    private readonly FakeTimeProvider _time = new();
    private readonly RouterClock _clock;
    private readonly CounterSet _counters = new();

    public SelectionPolicyTests()
    {
        _clock = new RouterClock(_time);
    }

    public static TheoryData<ReplicaOrder> All { get; } = [.. Enum.GetValues<ReplicaOrder>()];

    public static TheoryData<ReplicaOrder> Adaptive { get; } =
        [ReplicaOrder.Adaptive, ReplicaOrder.C3, ReplicaOrder.Prequal];

    private static Gen<Leaf[]> Leaves { get; } = Gen.Select(
        Gen.Int[0, 40], Gen.Int[0, 60], Gen.Int[1, 20_000], Gen.Int[0, 10_000],
        (inFlight, queue, latency, service) => new Leaf(inFlight, queue, latency, service)).Array[2, 16];

    [Theory]
    [MemberData(nameof(All))]
    public void Only_who_may_be_asked_is_chosen(ReplicaOrder order) =>
        Gen.Select(Leaves, Gen.UInt).Sample(
            (leaves, bits) =>
            {
                var candidates = (bits | 3) & (uint)((1UL << leaves.Length) - 1);
                var policy = PolicyOf(order);
                var replicas = leaves.Select(HealthOf).ToArray();
                for (var i = 0; i < 10; i++)
                    Assert.Equal(1u, candidates >> policy.Choose(replicas, candidates, Kind, _clock.Now) & 1);
            },
            iter: 200);

    [Fact]
    public void C3_takes_the_least_cubic_rank() =>
        Leaves.Sample(
            leaves =>
            {
                var replicas = leaves.Select(HealthOf).ToArray();
                var chosen = new CubicRank(3, new SplitMix(1)).Choose(replicas, AllOf(leaves), Kind, _clock.Now);
                Assert.Equal(leaves.Min(l => Rank(l)), Rank(leaves[chosen]), 1e-6 * Rank(leaves[chosen]));

                static double Rank(Leaf leaf)
                {
                    double service = Math.Max(1, leaf.ServiceMicros);
                    return Math.Max(0, leaf.LatencyMicros - service)
                        + (Math.Pow(1 + (3 * leaf.InFlight) + leaf.Queue, 3) * service);
                }
            },
            iter: 500);

    [Fact]
    public void Prequal_takes_the_fastest_of_those_with_few_requests_and_the_idlest_when_none_has_few()
    {
        var policy = new HotCold(_clock, new SplitMix(1));
        // What it has seen: one request in flight each, so that more is hot.
        var usual = new[] { HealthOf(new Leaf(1, 0, 100, 10)), HealthOf(new Leaf(1, 0, 100, 10)) };
        for (var i = 0; i < 1_000; i++) policy.Choose(usual, 3, Kind, _clock.Now);
        _time.Advance(TimeSpan.FromSeconds(1));
        Leaf[] mixed = [new(9, 0, 10, 1), new(1, 0, 500, 10), new(0, 1, 400, 10), new(0, 9, 20, 10)];
        Assert.Equal(2, policy.Choose([.. mixed.Select(HealthOf)], 15, Kind, _clock.Now));
        Leaf[] hot = [new(9, 0, 10, 1), new(4, 0, 500, 10), new(2, 1, 9_000, 10), new(0, 9, 20, 10)];
        Assert.Equal(2, policy.Choose([.. hot.Select(HealthOf)], 15, Kind, _clock.Now));
    }

    [Theory]
    [InlineData(ReplicaOrder.Adaptive)]
    [InlineData(ReplicaOrder.C3)]
    [InlineData(ReplicaOrder.Prequal)]
    [InlineData(ReplicaOrder.Random)]
    public void Equal_leaves_are_asked_equally_often(ReplicaOrder order)
    {
        var policy = PolicyOf(order);
        var replicas = Enumerable.Range(0, 3).Select(_ => HealthOf(new Leaf(0, 0, 100, 10))).ToArray();
        var asked = new int[3];
        for (var i = 0; i < 3_000; i++) asked[policy.Choose(replicas, 7, Kind, _clock.Now)]++;
        // The better of two keeps to the first where they are equal; so each is asked as often as it is drawn first.
        Assert.All(asked, n => Assert.InRange(n, 850, 1_150));
    }

    [Theory]
    [MemberData(nameof(Adaptive))]
    public void The_own_zone_is_preferred_until_another_looks_better_by_the_factor(ReplicaOrder order)
    {
        var policy = PolicyOf(order);
        LeafHealth[] alike = [HealthOf(new Leaf(0, 0, 150, 1), "east"), HealthOf(new Leaf(0, 0, 200, 1), "west")];
        LeafHealth[] apart = [HealthOf(new Leaf(0, 0, 50, 1), "east"), HealthOf(new Leaf(0, 0, 200, 1), "west")];
        for (var i = 0; i < 50; i++)
        {
            Assert.Equal(1, policy.Choose(alike, 3, Kind, _clock.Now));
            Assert.Equal(0, policy.Choose(apart, 3, Kind, _clock.Now));
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void A_choice_allocates_nothing(ReplicaOrder order)
    {
        var policy = PolicyOf(order);
        var replicas = Enumerable.Range(0, 5).Select(i => HealthOf(new Leaf(i, i, 100, 10))).ToArray();
        for (var i = 0; i < 100; i++) policy.Choose(replicas, 31, Kind, i);
        var before = AllocatedBytes.Start();
        for (var i = 0; i < 1_000; i++) policy.Choose(replicas, 31, Kind, i);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [MemberData(nameof(Adaptive))]
    public async Task A_slow_replica_is_avoided_by_every_policy_that_looks_at_load(ReplicaOrder order)
    {
        var cluster = new Cluster(replicas: 3, configure: o => (o.ReplicaOrder, o.Hedge.Enabled) = (order, false));
        foreach (var leaf in cluster.Transport.Leaves.Keys) cluster.Rule(leaf, Behaviour.After(1));
        cluster.Rule("leaf-2", Behaviour.After(60));
        for (var i = 0; i < 200; i++) (await cluster.Finish(cluster.Get("/a"))).Dispose();
        Assert.InRange(cluster.Transport.Calls.Count(c => c.Leaf == "leaf-2"), 1, 10);
    }

    public void Dispose() => _counters.Dispose();

    private static uint AllOf(Leaf[] leaves) => (uint)((1UL << leaves.Length) - 1);

    private SelectionPolicy PolicyOf(ReplicaOrder order) =>
        SelectionPolicy.Of(new RouterOptions { ReplicaOrder = order }, _clock, new SplitMix(7));

    private LeafHealth HealthOf(Leaf leaf) => HealthOf(leaf, "west");

    private LeafHealth HealthOf(Leaf leaf, string zone)
    {
        var options = new RouterOptions { Zone = "west" };
        var endpoint = new LeafEndpoint("leaf", "10.0.0.1:7610") { Zone = zone };
        var health = new LeafHealth(endpoint, _clock, options, _counters);
        var report = new ReplyHeader { QueueLength = (ushort)leaf.Queue, ServiceMicros = (uint)leaf.ServiceMicros };
        health.OnSent(Kind);
        health.OnAnswered(Kind, _clock.Now, _clock.TicksOfMicros(leaf.LatencyMicros), report);
        for (var i = 0; i < leaf.InFlight; i++) health.OnSent(Kind);
        return health;
    }

    private readonly record struct Leaf(int InFlight, int Queue, int LatencyMicros, int ServiceMicros);
}

namespace Hedgerow.Simulation.Tests;

/// <summary>
/// Routers and leaves under a seeded network in virtual time. A failure names its seed; the same seed gives the same
/// run: set HEDGEROW_SIM_SEED to it to run that one alone.
/// </summary>
public sealed class SimulationTests
{
    private const string SeedVariable = "HEDGEROW_SIM_SEED";
    private const int Clients = 6;

    [Fact]
    public void In_calm_weather_nothing_fails() =>
        ForSeeds(1, 60, seed => Assert.Empty(Run(seed, Weather.Calm, Model).Failures));

    [Fact]
    public void Slow_answers_are_hedged_and_nothing_fails() =>
        ForSeeds(1_000, 60, seed => Assert.Empty(Run(seed, Weather.Slow, Model).Failures));

    [Fact]
    public void However_leaves_slow_down_and_stand_still_replicas_agree_in_the_end() =>
        ForSeeds(7_000, 100, seed => RunWorld(
            seed, Weather.Uneven, Model, options => options.Timeout = TimeSpan.FromSeconds(2)));

    [Fact]
    public void Rough_weather_breaks_no_promise() => ForSeeds(2_000, 100, seed => Run(seed, Weather.Rough, Model));

    [Fact]
    public void A_storm_that_kills_leaves_breaks_no_promise() =>
        ForSeeds(3_000, 100, seed => Run(seed, Weather.Storm, Model));

    [Fact]
    public void The_real_engine_under_the_storm_breaks_no_promise() => ForSeeds(4_000, 12, seed => Run(
        seed, Weather.Storm, Real));

    [Fact]
    public void Thousands_of_short_storms_over_the_real_engine_break_no_promise() =>
        ForSeeds(10_000, 2_000, seed => Run(seed, Weather.Storm, Real, operations: 8));

    [Fact]
    public void Reads_that_share_flights_and_answers_break_no_promise() =>
        ForSeeds(6_000, 60, seed => RunWorld(seed, seed % 2 == 0 ? Weather.Rough : Weather.Storm, Model, Share));

    [Fact]
    public void The_same_seed_is_the_same_run()
    {
        var hashes = new HashSet<ulong>();
        foreach (var seed in new[] { 3_001, 3_002, 3_001 })
            ForSeeds(seed, 1, s => hashes.Add(RunWorld(s, Weather.Storm, Model).Hash));
        Assert.Equal(2, hashes.Count);
    }

    [Fact]
    public void A_leaf_that_forgets_what_it_took_is_found_out() =>
        Assert.ThrowsAny<Exception>(() => ForSeeds(5_000, 5, seed => Run(
            seed, Weather.Calm, (_, id) => new ForgetfulLeaf(id))));

    [Fact]
    public void The_same_seed_is_the_same_run_of_the_real_engine()
    {
        var hashes = new List<ulong>();
        foreach (var seed in new[] { 4_001, 4_002, 4_001 })
            ForSeeds(seed, 1, s => hashes.Add(RunWorld(s, Weather.Storm, Real).Hash));
        Assert.Equal(hashes[0], hashes[2]);
        Assert.NotEqual(hashes[0], hashes[1]);
    }

    [Fact]
    public void A_seed_that_fails_is_named_and_fails_again()
    {
        var failures = new List<string>();
        for (var i = 0; i < 2; i++)
            failures.Add(Assert.Throws<InvalidOperationException>(() => ForSeeds(5_000, 5, seed => Run(
                seed, Weather.Calm, (_, id) => new ForgetfulLeaf(id)))).Message);
        Assert.Matches($"^Seed 500[0-4]: .*{SeedVariable}=500[0-4]", failures[0]);
        Assert.Equal(failures[0], failures[1]);
    }

    private static void Share(Router.RouterOptions options)
    {
        options.SingleFlight = Router.SingleFlight.All;
        options.Hot = new Router.HotOptions { Rate = 10 };
        options.NearCache = new Router.NearCacheOptions { Bytes = 1 << 20 };
    }

    private static IStoredLeaf Model(World world, string id) => new SimModelLeaf(id);

    private static IStoredLeaf Real(World world, string id) => new SimRealLeaf(id, World.Shards, world.Time);

    private static void ForSeeds(int first, int count, Action<int> run)
    {
        if (int.TryParse(Environment.GetEnvironmentVariable(SeedVariable), out var only)) (first, count) = (only, 1);
        for (var seed = first; seed < first + count; seed++)
        {
            if (OwnThread.Run(() => run(seed)) is not { } failure) continue;
            throw new InvalidOperationException(
                $"Seed {seed}: {failure.Message} (to see it again: {SeedVariable}={seed})", failure);
        }
    }

    private static Invariants Run(
        int seed, Weather weather, Func<World, string, IStoredLeaf> make, int operations = 150) =>
        RunWorld(seed, weather, make, operations: operations).Checked;

    private static (Invariants Checked, ulong Hash) RunWorld(
        int seed, Weather weather, Func<World, string, IStoredLeaf> make,
        Action<Router.RouterOptions>? configure = null, int operations = 150)
    {
        using var world = new World(seed, weather, make, configure);
        var invariants = new Invariants(world);
        var workload = new Workload(world, invariants, seed);
        var all = Enumerable.Range(0, Clients).Select(c => workload.RunClientAsync(c, operations)).ToList();
        all.Add(world.BreakThingsAsync());
        // The leaves' own timers never end, so the world is run while somebody is at work.
        while (workload.Running > 0 && all.TrueForAll(t => !t.IsFaulted))
            Assert.True(world.Time.Step(), "a client waits for something that never happens");
        world.Calm();
        var end = world.Time.Now + (2L * 1_000_000_000);
        while (world.Time.Now < end && world.Time.Step())
        {
        }

        foreach (var task in all) task.GetAwaiter().GetResult();
        invariants.CheckAtTheEnd();
        var didWork = invariants.Reads > operations * 2 / 3 && invariants.Writes > operations * 2 / 15;
        Assert.True(didWork, $"the workload did nothing: {invariants.Reads} reads, {invariants.Writes} writes");
        return (invariants, world.TraceHash);
    }

    /// <summary>The canary: acknowledges one write in fifty without taking it.</summary>
    private sealed class ForgetfulLeaf : IStoredLeaf
    {
        private readonly Router.Tests.ModelLeaf _model;
        private int _writes;

        public ForgetfulLeaf(string id)
        {
            _model = new Router.Tests.ModelLeaf(id);
        }

        public Protocol.Reply Handle(in Protocol.RequestHeader header, ReadOnlyMemory<byte> body)
        {
            if (header.Opcode != Protocol.Opcode.Set || ++_writes % 50 != 0) return _model.Handle(header, body);
            Protocol.CacheCommand.TryRead(header.Opcode, body.Span, out var command, out _);
            return Router.Tests.ModelLeaf.Empty(Protocol.StatusCode.Ok, command.Version);
        }

        public void Wipe() => _model.Clear();

        public void Dispose()
        {
        }
    }
}

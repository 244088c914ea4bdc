using System.Text.Json.Nodes;

namespace Hedgerow.Server.Simulation.Scenarios;

/// <summary>
/// What is simulated: the cluster, its troubles and its load. docs/SIMULATE.md tells what each member means to whoever
/// writes one; <see cref="ScenarioRules"/> has the bounds. Nobody changes it once it is read: members can be set
/// because generated JSON readers drop the default of one that can't.
/// </summary>
internal sealed record Scenario
{
    public required string Name { get; init; }

    /// <summary>What it shows, in a sentence or two.</summary>
    public string Says { get; set; } = "";

    /// <summary>Paragraphs for the results page: what was published, where ours differs, and why.</summary>
    public IReadOnlyList<string> Notes { get; set; } = [];

    public int Seed { get; set; } = 1;

    /// <summary>How long the load goes on.</summary>
    public TimeSpan Duration { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>What begins before this is not counted.</summary>
    public TimeSpan WarmUp { get; set; }

    public required ClusterShape Cluster { get; init; }

    public LeafModel Leaves { get; set; } = new();

    public NetworkModel Network { get; set; } = new();

    public IReadOnlyList<StallRule> Stalls { get; set; } = [];

    public IReadOnlyList<ScheduledFault> Faults { get; set; } = [];

    public required IReadOnlyList<LoadStream> Load { get; init; }

    /// <summary>Settings <c>router.*</c>, as in a configuration file.</summary>
    public JsonObject Router { get; set; } = [];

    /// <summary>
    /// Variations that are run beside each other: of each, what differs from the scenario. Read by <see
    /// cref="ScenarioFile"/>, which merges them in.
    /// </summary>
    public JsonObject Runs { get; set; } = [];

    /// <summary>What must come out.</summary>
    public IReadOnlyList<Claim> Claims { get; set; } = [];
}

/// <summary>Who holds what. Replicas of one shard stand as far apart as there is room.</summary>
internal sealed record ClusterShape
{
    public required int Shards { get; init; }

    public int Replicas { get; set; } = 1;

    /// <summary>0: one for each replica of each shard.</summary>
    public int Leaves { get; set; }

    /// <summary>Zones that the leaves are divided into; with as many as replicas, each has one of each shard.</summary>
    public int Zones { get; set; } = 1;

    /// <summary>Routers, among which the load goes round; each knows but its own requests.</summary>
    public int Routers { get; set; } = 1;
}

/// <summary>In which order a leaf takes what waits.</summary>
internal enum QueueOrder
{
    /// <summary>As it came.</summary>
    Fifo,

    /// <summary>The nearest deadline first.</summary>
    Deadline,
}

/// <summary>What a leaf takes for what, and how it queues.</summary>
internal sealed record LeafModel
{
    /// <summary>Requests served at the same time.</summary>
    public int Cores { get; set; } = 1;

    /// <summary>Requests that may wait; one more is refused as overloaded.</summary>
    public int QueueMax { get; set; } = 100_000;

    public QueueOrder Order { get; set; } = QueueOrder.Fifo;

    /// <summary>Whether a request whose deadline has passed is dropped rather than served.</summary>
    public bool DropsExpired { get; set; } = true;

    /// <summary>Whether a request that nobody waits for any more is dropped, or its work ended.</summary>
    public bool HeedsCancel { get; set; } = true;

    /// <summary>When requests that have waited are refused; null: never.</summary>
    public ShedModel? Shed { get; set; }

    /// <summary>Time of one request on one core.</summary>
    public Distribution Service { get; set; } = new Distribution.Constant(1_000_000);

    /// <summary>On top for each path of a request for many, but the first.</summary>
    public Distribution PerPath { get; set; } = Distribution.Zero;

    /// <summary>Of a search; null as any other.</summary>
    public Distribution? Search { get; set; }

    /// <summary>Of a write; null as any other.</summary>
    public Distribution? Write { get; set; }

    /// <summary>Other people's work on the same cores.</summary>
    public BackgroundWork? Background { get; set; }
}

/// <summary>
/// Load shedding by queue delay, as docs/tail/load-shedding.md tells: a queue whose delay was above the target for an
/// interval stands, and then refuses who has waited a share of his time.
/// </summary>
internal sealed record ShedModel
{
    public TimeSpan Target { get; set; } = TimeSpan.FromMilliseconds(5);

    public TimeSpan Interval { get; set; } = TimeSpan.FromMilliseconds(100);

    public double Share { get; set; } = 0.5;
}

/// <summary>Work that comes to each leaf past the router.</summary>
internal sealed record BackgroundWork
{
    /// <summary>Pieces a second and leaf; Poisson.</summary>
    public required double Rate { get; init; }

    public required Distribution Service { get; init; }
}

/// <summary>The wires.</summary>
internal sealed record NetworkModel
{
    public Distribution OneWay { get; set; } = new Distribution.Constant(50_000);

    /// <summary>Share of messages that the wire loses.</summary>
    public double Loss { get; set; }

    /// <summary>When a lost message is sent again, as TCP does. 0: never, it hangs.</summary>
    public TimeSpan Retransmit { get; set; } = TimeSpan.FromMilliseconds(200);
}

/// <summary>Who stalls at the same moment.</summary>
internal enum StallScope
{
    /// <summary>Each leaf for itself.</summary>
    Leaf,

    /// <summary>The replicas of one shard.</summary>
    Shard,

    /// <summary>A zone.</summary>
    Zone,

    /// <summary>All.</summary>
    Cluster,
}

/// <summary>Stops that come again and again: collections, compactions, snapshots, a neighbour's burst.</summary>
internal sealed record StallRule
{
    /// <summary>From the end of one to the start of the next.</summary>
    public required Distribution Every { get; init; }

    public required Distribution Length { get; init; }

    public StallScope Scope { get; set; } = StallScope.Leaf;

    /// <summary>How many times slower meanwhile; 0: nothing is done at all.</summary>
    public double Factor { get; set; }
}

/// <summary>What befalls leaves at a given time.</summary>
internal enum FaultKind
{
    /// <summary>The process is gone and refuses connections.</summary>
    Crash,

    /// <summary>It stands still, as after SIGSTOP.</summary>
    Pause,

    /// <summary>Nothing passes between routers and it.</summary>
    Cut,

    /// <summary>It takes longer, by factor or by an extra time.</summary>
    Slow,
}

/// <summary>
/// A fault with its time. Of leaves, zone, replica and share at most one is given; with none, all leaves.
/// </summary>
internal sealed record ScheduledFault
{
    public required FaultKind Kind { get; init; }

    public TimeSpan At { get; set; }

    /// <summary>Zero: to the end.</summary>
    public TimeSpan For { get; set; }

    /// <summary>Places of leaves, from 0.</summary>
    public IReadOnlyList<int> Leaves { get; set; } = [];

    public int? Zone { get; set; }

    /// <summary>This replica of every shard; 0 is the owner.</summary>
    public int? Replica { get; set; }

    /// <summary>The first leaves, so many of all.</summary>
    public double? Share { get; set; }

    /// <summary>Of slow: times the service takes longer.</summary>
    public double Factor { get; set; } = 1;

    /// <summary>Of slow: each answer leaves so much later; no core is held meanwhile.</summary>
    public Distribution Late { get; set; } = Distribution.Zero;
}

/// <summary>What a stream of load does.</summary>
internal enum LoadOperation
{
    /// <summary>Reads one path.</summary>
    Get,

    /// <summary>Reads many paths by one request to the router.</summary>
    GetMany,

    /// <summary>Reads many paths by a request each, all at once, and waits for the last.</summary>
    GetEach,

    /// <summary>Searches all shards.</summary>
    Search,

    /// <summary>Writes one path.</summary>
    Set,
}

/// <summary>When requests come. Whatever became of earlier ones: the loop is open.</summary>
internal enum ArrivalKind
{
    /// <summary>Independent users.</summary>
    Poisson,

    /// <summary>At equal distances.</summary>
    Constant,
}

/// <summary>Requests of one kind.</summary>
internal sealed record LoadStream
{
    public string Name { get; set; } = "";

    public required LoadOperation Operation { get; init; }

    public ArrivalKind Arrivals { get; set; } = ArrivalKind.Poisson;

    /// <summary>A second.</summary>
    public required double Rate { get; init; }

    /// <summary>Other rates at other times.</summary>
    public IReadOnlyList<RatePhase> Phases { get; set; } = [];

    /// <summary>Paths of one request, where it has many.</summary>
    public int Paths { get; set; } = 1;

    /// <summary>Whether the paths of one request go round the shards rather than where their hash says.</summary>
    public bool Evenly { get; set; }

    /// <summary>Different paths.</summary>
    public int Keys { get; set; } = 10_000;

    /// <summary>Zipf's exponent of their popularity; 0 makes all alike.</summary>
    public double Skew { get; set; }

    /// <summary>Time that each try has; zero leaves it to the router's setting.</summary>
    public TimeSpan Deadline { get; set; }

    /// <summary>Tries of the application on top of the first, when one fails; the router's own are not these.</summary>
    public int Retries { get; set; }

    /// <summary>Before each of them.</summary>
    public Distribution Backoff { get; set; } = Distribution.Zero;

    /// <summary>Requests longer than this count as slow; zero counts none.</summary>
    public TimeSpan Slow { get; set; }
}

/// <summary>Another rate for a while.</summary>
internal sealed record RatePhase
{
    public required TimeSpan At { get; init; }

    public required TimeSpan For { get; init; }

    public required double Rate { get; init; }
}

/// <summary>What must come out of a run, alone or beside another.</summary>
internal sealed record Claim
{
    public required string Says { get; init; }

    /// <summary>The run; empty where there is but one.</summary>
    public string Run { get; set; } = "";

    /// <summary>The stream; empty for the first.</summary>
    public string Stream { get; set; } = "";

    /// <summary>One of <see cref="Reports.Measures.Names"/>.</summary>
    public required string Measure { get; init; }

    /// <summary>The run that it is divided by; null for none.</summary>
    public string? Beside { get; set; }

    public double? AtLeast { get; set; }

    public double? AtMost { get; set; }

    /// <summary>What others have published, for the page.</summary>
    public string Published { get; set; } = "";
}

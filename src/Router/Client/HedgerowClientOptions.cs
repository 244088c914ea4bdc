namespace Hedgerow.Router;

/// <summary>How a client finds its cluster and how it behaves. Every member has a default but the address.</summary>
public sealed record HedgerowClientOptions
{
    /// <summary>
    /// Where the cluster is: <c>HOST:PORT</c> of a router (one hop more, no topology needed), or the path of a topology
    /// file (this process routes by itself and reloads the file when it changes).
    /// </summary>
    public string Cluster { get; init; } = "127.0.0.1:7600";

    /// <summary>Name shown in the servers' logs.</summary>
    public string Name { get; init; } = "client";

    /// <summary>Credentials, empty for none.</summary>
    public string Token { get; init; } = "";

    /// <summary>Deadline of a read or write that gives none. 1 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Deadline of a search that gives none. 5 s.</summary>
    public TimeSpan SearchTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Hedging of idempotent reads.</summary>
    public HedgeOptions Hedge { get; init; } = new();

    /// <summary>Connections to each leaf. 1 is enough for most: a connection carries 1,024 requests at once.</summary>
    public int ConnectionsPerLeaf { get; init; } = 1;
}

/// <summary>When a second copy of a read is sent to another replica.</summary>
public sealed record HedgeOptions
{
    /// <summary>The one switch that turns it all off.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Extra requests as a share of all, kept by a token bucket; 0 to 1. 0.02 as in The Tail at Scale.</summary>
    public double Budget { get; init; } = 0.02;

    /// <summary>Never hedge sooner than this; about twice a round trip. 500 µs.</summary>
    public TimeSpan DelayMin { get; init; } = TimeSpan.FromMicroseconds(500);

    /// <summary>Never wait longer than this, whatever the recent latencies say. 50 ms.</summary>
    public TimeSpan DelayMax { get; init; } = TimeSpan.FromMilliseconds(50);
}

namespace Hedgerow.Router;

/// <summary>
/// How a client finds its cluster and how it behaves: a router's options, and how to connect. Every member has a
/// default. Read once, when the client is made: later changes have no effect.
/// </summary>
public sealed record HedgerowClientOptions : RouterOptions
{
    /// <summary>
    /// Where the cluster is: <c>HOST:PORT</c> of a router (one hop more, no topology needed), or the path of a topology
    /// file (this process routes by itself and reloads the file when it changes).
    /// </summary>
    public string Cluster { get; set; } = "127.0.0.1:7600";

    /// <summary>Name shown in the servers' logs; at most 255 bytes.</summary>
    public string Name { get; set; } = "client";

    /// <summary>
    /// Identity under which reads of entries keep to one replica of each shard, by this process's router or one behind
    /// a connection, so that they never go back in time while it is up. Empty: none; reads go where they are fastest.
    /// </summary>
    public string Session { get; set; } = "";

    /// <summary>Credentials, empty for none.</summary>
    public string Token { get; set; } = "";

    /// <summary>
    /// Connections to each leaf, 1 to 64. 1 is enough for most: a connection carries 1,024 requests at once.
    /// </summary>
    public int ConnectionsPerLeaf { get; set; } = 1;

    /// <summary>
    /// Whether the code behind an <c>await</c> may run on the thread that reads the socket. Saves a switch of threads
    /// per call, and demands that this code never blocks, for it would hold up every other answer. Off.
    /// </summary>
    public bool InlineContinuations { get; set; }
}

namespace Hedgerow.Protocol;

/// <summary>What a connection can do beyond the basic frames. Unknown bits are ignored by both ends.</summary>
[Flags]
public enum ProtocolFeatures : ulong
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Holds shards and serves them.</summary>
    Leaf = 1,

    /// <summary>Routes to leaves; takes any shard's requests and searches over all of them.</summary>
    Router = 2,

    /// <summary>Takes <see cref="Opcode.Fault"/>.</summary>
    Faults = 4,

    /// <summary>Tells when work on a request with <see cref="FrameFlags.Tied"/> begins.</summary>
    Ties = 8,
}

/// <summary>First frame of a connection, from the side that opened it.</summary>
public sealed record HelloRequest
{
    /// <summary>Lowest protocol version it speaks.</summary>
    public byte VersionMin { get; init; } = ProtocolLimits.Version;

    /// <summary>Highest protocol version it speaks.</summary>
    public byte VersionMax { get; init; } = ProtocolLimits.Version;

    /// <summary>What it can do.</summary>
    public ProtocolFeatures Features { get; init; }

    /// <summary>Name for logs, such as <c>router-1</c>; at most 255 bytes.</summary>
    public string Name { get; init; } = "";

    /// <summary>Credentials, empty for none; at most 4,096 bytes.</summary>
    public string Token { get; init; } = "";

    /// <summary>The topology epoch it knows, 0 for none.</summary>
    public uint Epoch { get; init; }

    /// <summary>
    /// The opening side's limits, which the server keeps to; a connection fills them in from its own.
    /// </summary>
    public ProtocolLimits Limits { get; init; } = ProtocolLimits.Default;
}

/// <summary>The answer: what holds on this connection from here on.</summary>
public sealed record HelloReply
{
    /// <summary>The version both speak: the highest in common.</summary>
    public byte Version { get; init; } = ProtocolLimits.Version;

    /// <summary>What the server can do.</summary>
    public ProtocolFeatures Features { get; init; }

    /// <summary>The server's name.</summary>
    public string Name { get; init; } = "";

    /// <summary>The topology epoch the server knows, 0 for none.</summary>
    public uint Epoch { get; init; }

    /// <summary>The server's limits, which the client keeps to.</summary>
    public ProtocolLimits Limits { get; init; } = ProtocolLimits.Default;
}

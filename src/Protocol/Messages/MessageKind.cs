namespace Hedgerow.Protocol;

/// <summary>What a message is published to.</summary>
public enum MessageKind : byte
{
    /// <summary>A channel; patterns meet it too.</summary>
    Channel,

    /// <summary>A channel of a shard, which patterns do not meet.</summary>
    Shard,
}

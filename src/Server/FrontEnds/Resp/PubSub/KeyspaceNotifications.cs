using Hedgerow.Leaf;

namespace Hedgerow.Server.FrontEnds.Resp;

/// <summary>Whether a path's owner is in this process. Thread-safe; called under a gate of the store.</summary>
internal delegate bool OwnsPath(ReadOnlySpan<byte> path);

/// <summary>
/// Says on channels what happens to keys, as notify-keyspace-events asks: what this node's commands change, and what
/// its leaves expire or evict. Thread-safe.
/// </summary>
internal sealed class KeyspaceNotifications : IEntryEvents
{
    private static readonly RespEvent ExpiredEvent = new(EventClasses.Expired, "expired");
    private static readonly RespEvent EvictedEvent = new(EventClasses.Evicted, "evicted");

    private readonly PubSubHub _hub;
    private volatile int _classes;
    private long _expired;
    private long _evicted;

    public KeyspaceNotifications(PubSubHub hub)
    {
        _hub = hub;
    }

    /// <summary>Where it is said.</summary>
    public PubSubHub Hub => _hub;

    /// <summary>The classes asked for; nothing is said without one of K and E and one of the others.</summary>
    public EventClasses Classes
    {
        get => (EventClasses)_classes;
        set => _classes = (int)value;
    }

    /// <summary>Whether this node is the one to say that a key expired or was evicted: its owner is here.</summary>
    public OwnsPath Owns { get; set; } = static _ => true;

    /// <summary>Whether anything is said.</summary>
    public bool AreOn => _classes != 0;

    /// <summary>Entries that expired in this process.</summary>
    public long Expired => Volatile.Read(ref _expired);

    /// <summary>Entries that were evicted in this process.</summary>
    public long Evicted => Volatile.Read(ref _evicted);

    /// <inheritdoc/>
    void IEntryEvents.Expired(ReadOnlySpan<byte> path)
    {
        Interlocked.Increment(ref _expired);
        if (AreOn && Owns(path)) Publish(ExpiredEvent, path);
    }

    /// <inheritdoc/>
    void IEntryEvents.Evicted(ReadOnlySpan<byte> path)
    {
        Interlocked.Increment(ref _evicted);
        if (AreOn && Owns(path)) Publish(EvictedEvent, path);
    }

    /// <summary>Tells of something and what happened with it.</summary>
    public void Publish(RespEvent what, ReadOnlySpan<byte> key)
    {
        if (!AreOn) return;
        for (RespEvent? each = what; each != null; each = each.Next) PublishOne(each, key);
    }

    private void PublishOne(RespEvent what, ReadOnlySpan<byte> key)
    {
        var classes = Classes;
        if ((classes & what.Class) == 0) return;
        if ((classes & EventClasses.Keyspace) != 0)
            _hub.Publish([.. "__keyspace@0__:"u8, .. key], what.NameBytes);
        if ((classes & EventClasses.Keyevent) != 0)
            _hub.Publish([.. "__keyevent@0__:"u8, .. what.NameBytes], key);
    }
}

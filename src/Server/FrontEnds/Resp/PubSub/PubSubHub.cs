using System.Buffers;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using Hedgerow.Leaf;
using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Resp.Commands;

namespace Hedgerow.Server.FrontEnds.Resp;

/// <summary>What a subscription is to: a channel, a pattern of channels, or a channel of a shard.</summary>
internal enum SubscriptionKind
{
    /// <summary>SUBSCRIBE.</summary>
    Channel,

    /// <summary>PSUBSCRIBE.</summary>
    Pattern,

    /// <summary>SSUBSCRIBE.</summary>
    Shard,
}

/// <summary>
/// Channels and patterns with who listens to them, of this node. Thread-safe: publishing takes no lock, subscribing a
/// short one. A message is encoded once for all who get it by one name.
/// </summary>
internal sealed class PubSubHub : IMessageListener
{
    private readonly Topic[] _topics = [new(), new(), new()];
    private readonly Lock _changing = new();

    /// <summary>Takes what is published here to other processes; null when there are none.</summary>
    public IMessageCarrier? Carrier { get; set; }

    /// <summary>Names of a kind that somebody listens to.</summary>
    public int Count(SubscriptionKind kind) => _topics[(int)kind].Count;

    /// <summary>Listeners of one name.</summary>
    public int Count(SubscriptionKind kind, ReadOnlySpan<byte> name) => _topics[(int)kind].Listeners(name).Length;

    /// <summary>Names of a kind that somebody listens to, in no order.</summary>
    public IEnumerable<byte[]> Names(SubscriptionKind kind) => _topics[(int)kind].Names;

    /// <summary>Adds a listener that the name has not yet.</summary>
    public void Add(SubscriptionKind kind, byte[] name, ISubscriber subscriber)
    {
        lock (_changing) _topics[(int)kind].Change(name, list => list.Add(subscriber));
    }

    /// <summary>Removes a listener.</summary>
    public void Remove(SubscriptionKind kind, byte[] name, ISubscriber subscriber)
    {
        lock (_changing) _topics[(int)kind].Change(name, list => list.Remove(subscriber));
    }

    /// <summary>
    /// Hands a message to everyone who listens to a channel or to a pattern that it meets, and to other processes.
    /// </summary>
    /// <returns>
    /// How many of this node's got it; one that listens by channel and by pattern counts twice.
    /// </returns>
    public int Publish(ReadOnlySpan<byte> channel, ReadOnlySpan<byte> message)
    {
        Carrier?.Carry(MessageKind.Channel, channel, message);
        return Hand(channel, message);
    }

    /// <summary>Hands a message to everyone who listens to a shard's channel, and to other processes.</summary>
    /// <returns>How many of this node's got it.</returns>
    public int PublishSharded(ReadOnlySpan<byte> channel, ReadOnlySpan<byte> message)
    {
        Carrier?.Carry(MessageKind.Shard, channel, message);
        return HandSharded(channel, message);
    }

    /// <inheritdoc/>
    public void Hear(MessageKind kind, ReadOnlySpan<byte> channel, ReadOnlySpan<byte> message)
    {
        if (kind == MessageKind.Shard) HandSharded(channel, message);
        else Hand(channel, message);
    }

    private int Hand(ReadOnlySpan<byte> channel, ReadOnlySpan<byte> message)
    {
        var count = Hand(_topics[(int)SubscriptionKind.Channel], "message"u8, channel, message);
        var patterns = _topics[(int)SubscriptionKind.Pattern];
        if (patterns.Count == 0) return count;
        foreach (var (pattern, listeners) in patterns.Pairs)
        {
            if (!GlobPattern.Matches(pattern, channel)) continue;
            Hand(listeners, Encode("pmessage"u8, pattern, channel, message));
            count += listeners.Length;
        }

        return count;
    }

    private int HandSharded(ReadOnlySpan<byte> channel, ReadOnlySpan<byte> message) =>
        Hand(_topics[(int)SubscriptionKind.Shard], "smessage"u8, channel, message);

    private static int Hand(Topic topic, ReadOnlySpan<byte> word, ReadOnlySpan<byte> name, ReadOnlySpan<byte> message)
    {
        var listeners = topic.Listeners(name);
        if (listeners.IsEmpty) return 0;
        Hand(listeners, Encode(word, default, name, message));
        return listeners.Length;
    }

    private static void Hand(ImmutableArray<ISubscriber> listeners, byte[] message)
    {
        foreach (var listener in listeners) listener.Deliver(message);
    }

    private static byte[] Encode(
        ReadOnlySpan<byte> word, ReadOnlySpan<byte> pattern, ReadOnlySpan<byte> channel, ReadOnlySpan<byte> message)
    {
        var output = new ArrayBufferWriter<byte>(128 + channel.Length + message.Length);
        var reply = new RespReply(output) { Protocol = 3 };
        var hasPattern = word.SequenceEqual("pmessage"u8);
        reply.PushHead(hasPattern ? 4 : 3);
        reply.Bulk(word);
        if (hasPattern) reply.Bulk(pattern);
        reply.Bulk(channel);
        reply.Bulk(message);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>The names of one kind. Read without a lock, changed under the hub's.</summary>
    private sealed class Topic
    {
        private readonly ConcurrentDictionary<byte[], ImmutableArray<ISubscriber>> _names = new(ByteStrings.Instance);
        private int _count;

        public int Count => Volatile.Read(ref _count);

        public IEnumerable<byte[]> Names => _names.Keys;

        public IEnumerable<KeyValuePair<byte[], ImmutableArray<ISubscriber>>> Pairs => _names;

        public ImmutableArray<ISubscriber> Listeners(ReadOnlySpan<byte> name) =>
            Count > 0 && _names.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(name, out var found) ? found : [];

        public void Change(byte[] name, Func<ImmutableArray<ISubscriber>, ImmutableArray<ISubscriber>> change)
        {
            var isKnown = _names.TryGetValue(name, out var found);
            var changed = change(isKnown ? found : []);
            if (changed.IsEmpty) _names.TryRemove(name, out _);
            else _names[name] = changed;

            // The dictionary's own count takes all of its locks.
            var difference = (changed.IsEmpty ? 0 : 1) - (isKnown ? 1 : 0);
            Volatile.Write(ref _count, _count + difference);
        }
    }
}

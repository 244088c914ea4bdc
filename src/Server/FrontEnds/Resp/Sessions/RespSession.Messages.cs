using System.Collections.Concurrent;

namespace Hedgerow.Server.FrontEnds.Resp;

/// <summary>The part of a session that listens to channels.</summary>
internal sealed partial class RespSession : ISubscriber
{
    /// <summary>Names that one client listens to.</summary>
    public const int NamesMax = 65_536;

    /// <summary>Bytes of these names together.</summary>
    public const int NameBytesMax = 16 * 1024 * 1024;

    private readonly ConcurrentQueue<byte[]> _messages = new();
    private long _messageBytes;
    private int _names;
    private long _nameBytes;

    /// <inheritdoc/>
    public void Deliver(byte[] message)
    {
        var waiting = Interlocked.Add(ref _messageBytes, message.Length);
        if (waiting + OutputBytes > Client.Server.MessageBytesMax)
        {
            // Publishers must not wait for a listener that does not read, and memory must not hold what it missed.
            Client.Server.ReportSlowListener(this, waiting + OutputBytes);
            Kill();
            return;
        }

        _messages.Enqueue(message);
        Wake();
    }

    /// <summary>Whether so many names more are within the bounds, as far as it does not listen to them.</summary>
    public bool MayJoin(int names, long bytes) => _names + names <= NamesMax && _nameBytes + bytes <= NameBytesMax;

    /// <summary>Listens to a name; false when it does already.</summary>
    public bool Join(SubscriptionKind kind, byte[] name)
    {
        if (!Client.Subscriptions[(int)kind].Add(name)) return false;
        _names++;
        _nameBytes += name.Length;
        Client.Server.Hub.Add(kind, name, this);
        Client.SubscriptionsChanged();
        return true;
    }

    /// <summary>Listens to a name no longer.</summary>
    public void LeaveChannel(SubscriptionKind kind, byte[] name)
    {
        if (!Client.Subscriptions[(int)kind].Remove(name)) return;
        _names--;
        _nameBytes -= name.Length;
        Client.Server.Hub.Remove(kind, name, this);
        Client.SubscriptionsChanged();
    }

    /// <summary>Listens to nothing.</summary>
    public void LeaveAllChannels()
    {
        for (var kind = SubscriptionKind.Channel; kind <= SubscriptionKind.Shard; kind++)
            foreach (var name in Client.Subscriptions[(int)kind].ToArray())
                LeaveChannel(kind, name);
    }

    private void DeliverMessages()
    {
        while (_messages.TryDequeue(out var message))
        {
            Interlocked.Add(ref _messageBytes, -message.Length);
            if (Client.Protocol == 3)
            {
                Output.Write(message);
                continue;
            }

            Output.Write("*"u8);
            Output.Write(message.AsSpan(1));
        }
    }
}

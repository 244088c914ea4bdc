using Hedgerow.Server.FrontEnds.Commands;
using Hedgerow.Server.FrontEnds.Native;

namespace Hedgerow.Server.FrontEnds.Resp;

/// <summary>What all RESP connections of a node share.</summary>
internal sealed class RespServer
{
    public RespServer(ICommandExecutor executor, SharedToken access)
    {
        Executor = executor;
        Access = access;
        Notifications = new KeyspaceNotifications(Hub);
    }

    /// <summary>Runs operations on entries.</summary>
    public ICommandExecutor Executor { get; }

    /// <summary>What AUTH must present.</summary>
    public SharedToken Access { get; }

    /// <summary>Channels.</summary>
    public PubSubHub Hub { get; } = new();

    /// <summary>What is said of keys.</summary>
    public KeyspaceNotifications Notifications { get; }

    /// <summary>Buffers of calls.</summary>
    public BufferPool Buffers { get; } = new();
}

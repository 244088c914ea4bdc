using Hedgerow.Server.FrontEnds.Commands;

namespace Hedgerow.Server.FrontEnds.Resp;

/// <summary>
/// What the server knows of one connection: protocol, name, rights, transaction. Belongs to the connection's loop
/// thread; a <see cref="RespCall"/> that waits elsewhere must not change it.
/// </summary>
internal sealed class RespClient
{
    public RespClient(RespServer server, long id)
    {
        Server = server;
        Id = id;
        IsAuthenticated = !server.Access.IsSet;
    }

    /// <summary>What all connections share.</summary>
    public RespServer Server { get; }

    /// <summary>Runs operations on entries.</summary>
    public ICommandExecutor Executor => Server.Executor;

    /// <summary>Grows by one with every connection; CLIENT ID.</summary>
    public long Id { get; }

    /// <summary>2 or 3.</summary>
    public int Protocol { get; set; } = 2;

    /// <summary>Whether AUTH succeeded, or is not asked for.</summary>
    public bool IsAuthenticated { get; set; }

    /// <summary>CLIENT SETNAME; empty for none.</summary>
    public string Name { get; set; } = "";

    /// <summary>CLIENT SETINFO LIB-NAME.</summary>
    public string LibraryName { get; set; } = "";

    /// <summary>CLIENT SETINFO LIB-VER.</summary>
    public string LibraryVersion { get; set; } = "";

    /// <summary>The transaction that MULTI began; null outside of one.</summary>
    public RespTransaction? Transaction { get; set; }

    /// <summary>What WATCH has seen; null when nothing is watched.</summary>
    public WatchedKeys? Watched { get; set; }

    /// <summary>Tells subscribers of keyspace notifications; costs a test of a field when there are none.</summary>
    public void Notify(RespEvent what, ReadOnlySpan<byte> key) => Server.Notifications.Publish(what, key);
}

using System.Net;

namespace Hedgerow.Server.FrontEnds.Sockets;

/// <summary>What a <see cref="ClientSession"/> stands on: its connection, or what a test puts in its place.</summary>
internal abstract class SessionContext
{
    /// <param name="id">Unique in the process.</param>
    /// <param name="output">Where its answers go.</param>
    protected SessionContext(long id, SessionOutput output)
    {
        Id = id;
        Output = output;
    }

    /// <inheritdoc cref="ClientSession.Id"/>
    public long Id { get; }

    /// <summary>Where its answers go.</summary>
    public SessionOutput Output { get; }

    /// <inheritdoc cref="ClientSession.Peer"/>
    public abstract EndPoint Peer { get; }

    /// <inheritdoc cref="ClientSession.Local"/>
    public abstract EndPoint Local { get; }

    /// <inheritdoc cref="ClientSession.Age"/>
    public abstract TimeSpan Age { get; }

    /// <inheritdoc cref="ClientSession.Idle"/>
    public abstract TimeSpan Idle { get; }

    /// <inheritdoc cref="ClientSession.LoopIndex"/>
    public virtual int LoopIndex => 0;

    /// <inheritdoc cref="ClientSession.BufferBytes"/>
    public virtual long BufferBytes => Output.Capacity;

    /// <inheritdoc cref="ClientSession.Wake"/>
    public abstract void Wake();

    /// <inheritdoc cref="ClientSession.Kill"/>
    public abstract void Kill();

    /// <inheritdoc cref="ClientSession.CloseAfterFlush"/>
    public abstract void CloseAfterFlush();

    /// <inheritdoc cref="ClientSession.Abort"/>
    public abstract void Abort();
}

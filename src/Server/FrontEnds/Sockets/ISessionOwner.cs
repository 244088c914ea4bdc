namespace Hedgerow.Server.FrontEnds.Sockets;

/// <summary>Who has connections on a loop: a listener those it accepted, a link the one it opened.</summary>
internal interface ISessionOwner
{
    /// <summary>The bounds of each connection.</summary>
    SessionListenerOptions Options { get; }

    /// <summary>A connection is open. On its loop.</summary>
    void Enter(SessionConnection connection);

    /// <summary>A connection is closed. On its loop.</summary>
    void Forget(SessionConnection connection);

    /// <summary>A connection was lost before it was open. On a loop.</summary>
    void Lost(Exception cause);

    /// <summary>A session threw.</summary>
    void ReportDefect(SessionConnection connection, Exception defect);

    /// <summary>A peer took too little of what it was sent.</summary>
    void ReportSlow(SessionConnection connection, int bytes);

    /// <summary>A session wanted more input than it may.</summary>
    void ReportTooLarge(SessionConnection connection, int bytes);
}

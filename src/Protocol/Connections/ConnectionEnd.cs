namespace Hedgerow.Protocol;

/// <summary>How a connection came to its end.</summary>
public enum ConnectionEndReason
{
    /// <summary>The peer closed between two messages: nothing is wrong.</summary>
    Closed,

    /// <summary>This side was asked to finish, and every request in flight was answered.</summary>
    Stopped,

    /// <summary>The stream ended in the middle of a frame or of a chunked message.</summary>
    Truncated,

    /// <summary>The peer broke the protocol; it was told how.</summary>
    ProtocolError,

    /// <summary>The hello was refused: version, credentials, or the server's policy.</summary>
    HelloRefused,

    /// <summary>The peer did not say hello in time.</summary>
    HelloTimeout,

    /// <summary>The transport failed, or the peer no longer takes what is sent.</summary>
    TransportFailed,

    /// <summary>The request handler threw, which it must not.</summary>
    HandlerFailed,

    /// <summary>This side disposed of the connection.</summary>
    Disposed,
}

/// <summary>The last word on a connection.</summary>
/// <param name="Reason">The kind of end.</param>
/// <param name="Message">What happened, for a log.</param>
/// <param name="Exception">The exception behind it, or null.</param>
public sealed record ConnectionEnd(ConnectionEndReason Reason, string Message, Exception? Exception = null);

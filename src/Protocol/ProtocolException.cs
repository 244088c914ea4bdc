namespace Hedgerow.Protocol;

/// <summary>The peer broke the protocol or refused the connection; the stream can't be trusted further.</summary>
public sealed class ProtocolException : Exception
{
    /// <summary>Makes one with the status that was, or would be, on the wire.</summary>
    public ProtocolException(StatusCode status, string message, Exception? inner = null)
        : base(message, inner)
    {
        Status = status;
    }

    /// <summary>The kind of failure.</summary>
    public StatusCode Status { get; }
}

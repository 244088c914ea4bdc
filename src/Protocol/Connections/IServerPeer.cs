namespace Hedgerow.Protocol;

/// <summary>The connection behind a <see cref="ServerRequests"/>: one with a pump, or one that a loop drives.</summary>
internal interface IServerPeer : IReplySink
{
    /// <summary>Whether the peer leaves so much untaken that nothing more is read.</summary>
    bool IsFull { get; }

    /// <summary>Requests handed to the handler and not answered yet.</summary>
    int InFlight { get; }

    /// <summary>A request is about to be handed over.</summary>
    void BeginRequest();

    /// <summary>The peer's limits are known, and it may take its time from here on.</summary>
    void Welcome(ProtocolLimits narrowed);

    /// <summary>Answers beside the handler.</summary>
    void Send(in ReplyHeader header, ReadOnlySpan<byte> body);

    /// <summary>Answers with a text.</summary>
    void SendText(in RequestHeader request, StatusCode status, string text);

    /// <summary>Sends what was written.</summary>
    void Flush();

    /// <summary>Sets the end unless one is set.</summary>
    void End(ConnectionEndReason reason, string message, Exception? exception = null);
}

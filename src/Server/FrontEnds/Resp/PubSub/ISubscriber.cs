namespace Hedgerow.Server.FrontEnds.Resp;

/// <summary>Who listens to channels.</summary>
internal interface ISubscriber
{
    /// <summary>
    /// Takes a message in the form of RESP3; in RESP2 its first byte is <c>*</c>. Any thread; must not wait. The array
    /// is shared with other subscribers and never changes.
    /// </summary>
    void Deliver(byte[] message);
}

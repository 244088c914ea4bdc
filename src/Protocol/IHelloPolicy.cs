namespace Hedgerow.Protocol;

/// <summary>Decides on a hello: who may come in, and what is announced to them.</summary>
public interface IHelloPolicy
{
    /// <summary>
    /// Ok and the announcement, or an error status and its message. The connection itself has checked that a protocol
    /// version is in common, and fills in the version and the limits of <paramref name="reply"/>.
    /// </summary>
    StatusCode Accept(HelloRequest request, out HelloReply reply, out string? error);
}

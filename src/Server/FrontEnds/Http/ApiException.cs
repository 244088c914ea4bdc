using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>A request that the HTTP adapter itself refuses: what does not parse, or is over a limit of HTTP.</summary>
internal sealed class ApiException : Exception
{
    /// <summary>Makes one; the message says what was wrong, with the value, and what is allowed.</summary>
    public ApiException(StatusCode status, string message)
        : base(message)
    {
        Status = status;
    }

    /// <summary>The kind of failure.</summary>
    public StatusCode Status { get; }

    /// <summary>A malformed request.</summary>
    public static ApiException BadRequest(string message) => new(StatusCode.BadRequest, message);
}

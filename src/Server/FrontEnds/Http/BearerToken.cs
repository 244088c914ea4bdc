using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Native;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>The shared token as HTTP carries it. Probes need none: they tell a stranger nothing of use.</summary>
internal static class BearerToken
{
    private const string Scheme = "Bearer ";

    /// <summary>Passes a request that may.</summary>
    /// <exception cref="ApiException">Unauthorized.</exception>
    public static void Require(HttpContext context, SharedToken token)
    {
        if (!token.IsSet || HealthEndpoints.IsProbe(context.Request.Path)) return;
        var header = context.Request.Headers.Authorization.ToString();
        if (!header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            throw new ApiException(StatusCode.Unauthorized, "This server asks for a token, and the request has none.");
        if (!token.Admits(header[Scheme.Length..].Trim()))
            throw new ApiException(StatusCode.Unauthorized, "The token is not this server's.");
    }
}

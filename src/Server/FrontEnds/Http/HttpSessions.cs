using System.Security.Cryptography;
using Hedgerow.Router;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>
/// Whose session a request is of: by the header <c>Hedgerow-Session</c>, or by a cookie where one is configured, which
/// is given to clients that have none. See docs/tail/sessions.md.
/// </summary>
internal sealed class HttpSessions(ApiGate gate, string cookie)
{
    /// <summary>The header that names a session.</summary>
    public const string Header = "Hedgerow-Session";

    /// <summary>Bytes of a name at most.</summary>
    public const int NameLengthMax = 256;

    private const int GivenBytes = 12;

    /// <summary>The client for one request.</summary>
    /// <exception cref="ApiException">The name is too long, or the node is still recovering.</exception>
    public HedgerowClient ClientOf(HttpContext context)
    {
        var client = gate.Client;
        var name = context.Request.Headers[Header].ToString();
        if (name.Length == 0 && cookie.Length > 0) name = CookieOf(context);
        if (name.Length == 0) return client;
        return name.Length <= NameLengthMax
            ? client.InSession(name)
            : throw ApiException.BadRequest(
                $"The session's name has {name.Length} characters; at most {NameLengthMax} are allowed ({Header}).");
    }

    private string CookieOf(HttpContext context)
    {
        if (context.Request.Cookies[cookie] is { Length: > 0 } known) return known;
        var given = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(GivenBytes));
        context.Response.Cookies.Append(
            cookie, given, new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Lax, Path = "/" });
        return given;
    }
}

using System.Security.Cryptography;
using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Native;

/// <summary>Lets in who presents the shared token, or everybody where none is set. Thread-safe.</summary>
internal sealed class TokenHelloPolicy : IHelloPolicy
{
    private readonly HelloReply _announcement;
    private readonly SharedToken _token;
    private readonly Func<uint> _epoch;

    /// <param name="announcement">What is announced, but for the epoch.</param>
    /// <param name="token">What must be presented.</param>
    /// <param name="epoch">The epoch at the moment of a hello.</param>
    public TokenHelloPolicy(HelloReply announcement, SharedToken token, Func<uint> epoch)
    {
        _announcement = announcement;
        _token = token;
        _epoch = epoch;
    }

    /// <inheritdoc/>
    public StatusCode Accept(HelloRequest request, out HelloReply reply, out string? error)
    {
        reply = _announcement with { Epoch = _epoch() };
        error = null;
        if (_token.Admits(request.Token)) return StatusCode.Ok;
        error = request.Token.Length == 0
            ? "This server asks for a token, and the hello has none. Give --token to a tool, auth.token to a router."
            : "The token is not this server's. The setting auth.token must be the same on both sides.";
        return StatusCode.Unauthorized;
    }
}

/// <summary>The token of auth.token; compared in a time that does not depend on where a guess differs.</summary>
internal sealed class SharedToken
{
    private readonly byte[]? _hash;

    /// <param name="token">Empty admits everybody.</param>
    public SharedToken(string token)
    {
        _hash = token.Length == 0 ? null : Hash(token);
    }

    /// <summary>Whether a token is asked for.</summary>
    public bool IsSet => _hash != null;

    /// <summary>Whether the presented token is the right one.</summary>
    public bool Admits(string presented) =>
        _hash == null || CryptographicOperations.FixedTimeEquals(_hash, Hash(presented));

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}

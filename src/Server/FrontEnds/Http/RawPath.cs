using System.Text;
using Microsoft.AspNetCore.Http.Features;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>
/// The path of an entry as it was sent. Taken from the raw target, because the decoded one has lost what an entry's
/// path may contain: <c>%2F</c>, bytes that are no UTF-8, a <c>?</c>.
/// </summary>
internal static class RawPath
{
    /// <summary>
    /// <c>/v1/entries/products/1</c> is the path <c>/products/1</c>. A path that does not begin with a slash is given
    /// as <c>/v1/entries?path=user:1</c>.
    /// </summary>
    /// <param name="context">The request.</param>
    /// <param name="prefix">What stands before the path, without its slash: <c>/v1/entries</c>.</param>
    /// <exception cref="ApiException">There is none, or its percent signs do not decode.</exception>
    public static byte[] Read(HttpContext context, string prefix)
    {
        var target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        var query = target.IndexOf('?', StringComparison.Ordinal);
        var path = query < 0 ? target : target[..query];
        // A proxy may send the absolute form.
        var scheme = path.IndexOf("://", StringComparison.Ordinal);
        if (scheme > 0 && path.IndexOf('/', scheme + 3) is var slash and > 0) path = path[slash..];
        if (!path.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            throw ApiException.BadRequest($"The target '{path}' has dots or encodings before the entry's path.");
        var rest = path[prefix.Length..];
        var decoded = rest.Length > 1 ? Decode(rest) : FromQuery(query < 0 ? "" : target[(query + 1)..]);
        if (decoded is { Length: > 0 }) return decoded;
        throw ApiException.BadRequest($"There is no path: use {prefix}/the/path, or {prefix}?path=the-path.");
    }

    private static byte[] FromQuery(string query)
    {
        foreach (var pair in query.Split('&'))
            if (pair.StartsWith("path=", StringComparison.Ordinal))
                return Decode(pair["path=".Length..].Replace('+', ' '));
        return [];
    }

    private static byte[] Decode(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var length = 0;
        for (var i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] != '%')
            {
                bytes[length++] = bytes[i];
                continue;
            }

            var isEscape = i + 2 < bytes.Length && char.IsAsciiHexDigit((char)bytes[i + 1])
                && char.IsAsciiHexDigit((char)bytes[i + 2]);
            if (!isEscape)
                throw ApiException.BadRequest($"'{text}' has a percent sign without two hexadecimal digits behind it.");
            bytes[length++] = Convert.ToByte(Encoding.ASCII.GetString(bytes, i + 1, 2), 16);
            i += 2;
        }

        return bytes[..length];
    }
}

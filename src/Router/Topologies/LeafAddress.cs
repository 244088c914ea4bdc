using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Hedgerow.Router;

/// <summary><c>HOST:PORT</c>, with the host of an IPv6 address in brackets.</summary>
internal static class LeafAddress
{
    public static bool TryParse(string? address, [NotNullWhen(true)] out string? host, out int port)
    {
        host = null;
        port = 0;
        var colon = address?.LastIndexOf(':') ?? -1;
        if (colon <= 0) return false;
        var digits = address.AsSpan(colon + 1);
        if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out port)) return false;
        if (port is < 1 or > 65_535) return false;
        var name = address![..colon];
        if (name.StartsWith('[') && name.EndsWith(']')) name = name[1..^1];
        else if (name.Contains(':', StringComparison.Ordinal)) return false;
        if (name.Length == 0 || name.Any(c => char.IsWhiteSpace(c) || c == '/')) return false;
        host = name;
        return true;
    }
}

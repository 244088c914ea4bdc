using System.Globalization;
using System.Net;

namespace Hedgerow.Server.Config;

/// <summary>Where a listener binds: <c>HOST:PORT</c>, <c>[IPV6]:PORT</c>, <c>*:PORT</c> for all interfaces.</summary>
/// <param name="Host">An IP address, a host name, or <c>*</c>.</param>
/// <param name="Port">0 to 65,535; 0 lets the system choose one.</param>
internal sealed record ListenAddress(string Host, int Port)
{
    /// <summary>What a wrong one is told.</summary>
    public const string Allowed = "HOST:PORT with a port of 0 to 65535, such as 127.0.0.1:7600, [::1]:7600 or *:7600";

    /// <summary>Reads the text form; false when it is none.</summary>
    public static bool TryParse(string text, out ListenAddress? address)
    {
        address = null;
        var colon = text.LastIndexOf(':');
        if (colon <= 0) return false;
        var host = text[..colon];
        if (!int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            || port > IPEndPoint.MaxPort)
            return false;
        if (host.StartsWith('[') && host.EndsWith(']')) host = host[1..^1];
        else if (host.Contains(':', StringComparison.Ordinal)) return false;
        if (host != "*" && Uri.CheckHostName(host) == UriHostNameType.Unknown) return false;
        address = new ListenAddress(host, port);
        return true;
    }

    /// <summary>The addresses to bind; a host name is looked up.</summary>
    /// <exception cref="SettingsException">The name has no address.</exception>
    public IPEndPoint Resolve(string settingName)
    {
        if (Host == "*") return new IPEndPoint(IPAddress.Any, Port);
        if (IPAddress.TryParse(Host, out var literal)) return new IPEndPoint(literal, Port);
        if (Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)) return new(IPAddress.Loopback, Port);
        try
        {
            var found = Dns.GetHostAddresses(Host);
            if (found.Length > 0) return new IPEndPoint(found[0], Port);
        }
        catch (System.Net.Sockets.SocketException)
        {
            // Told below, with the setting's name.
        }

        throw new SettingsException(
            $"{settingName} is '{this}': the name '{Host}' has no address. Allowed: {Allowed}.");
    }

    /// <inheritdoc/>
    public override string ToString() =>
        Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}

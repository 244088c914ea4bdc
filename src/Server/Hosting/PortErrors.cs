using System.Net;
using System.Net.Sockets;

namespace Hedgerow.Server.Hosting;

/// <summary>Turns a listener's failure to bind into what a person can do about it.</summary>
internal static class PortErrors
{
    /// <summary>Names the port, the setting and its flag.</summary>
    public static StartException Explain(SocketException cause, EndPoint endPoint, string setting, string flag) =>
        new(Message(cause.SocketErrorCode, cause.Message, endPoint, setting, flag), cause);

    private static string Message(SocketError error, string reason, EndPoint endPoint, string setting, string flag)
    {
        var port = (endPoint as IPEndPoint)?.Port;
        return error switch
        {
            SocketError.AddressAlreadyInUse =>
                $"Port {port} is in use (listening on {endPoint}): another process has it. Choose another with "
                + $"{setting} ({flag}); port 0 takes any free one.",
            SocketError.AddressNotAvailable =>
                $"{endPoint} is not an address of this machine. {setting} ({flag}) says where to listen.",
            SocketError.AccessDenied =>
                $"Port {port} may not be listened on by this user: ports below 1024 need rights. {setting} ({flag}) "
                + "changes it.",
            _ => $"Can't listen on {endPoint}: {reason}. {setting} ({flag}) changes it.",
        };
    }
}

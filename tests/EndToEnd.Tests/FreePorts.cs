using System.Net;
using System.Net.Sockets;

namespace Hedgerow.EndToEnd.Tests;

/// <summary>Ports that nobody listens on.</summary>
internal static class FreePorts
{
    /// <summary>So many different ones, all held until the last is found.</summary>
    public static int[] Take(int count)
    {
        var listeners = new List<TcpListener>();
        try
        {
            for (var i = 0; i < count; i++)
            {
                var listener = new TcpListener(IPAddress.Loopback, 0);
                listener.Start();
                listeners.Add(listener);
            }

            return [.. listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        }
        finally
        {
            listeners.ForEach(listener => listener.Stop());
        }
    }
}

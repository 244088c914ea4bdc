using System.Text;

namespace Hedgerow.Protocol.Tests;

/// <summary>Opens the client's end.</summary>
internal static class Connect
{
    public static ValueTask<ClientConnection> OpenAsync(
        MemoryDuplex duplex, ProtocolLimits? limits = null, bool inline = false, TimeProvider? time = null) =>
        ClientConnection.OpenAsync(
            duplex.Client,
            new HelloRequest { Name = "test" },
            limits ?? ProtocolLimits.Default,
            time ?? TimeProvider.System,
            inline,
            CancellationToken.None);

    public static string Text(in Reply reply) => Encoding.UTF8.GetString(reply.Body.Span);
}

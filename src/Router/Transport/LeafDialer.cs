using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Hedgerow.Protocol;
using Microsoft.Extensions.Logging;
using Pipelines.Sockets.Unofficial;

namespace Hedgerow.Router;

/// <summary>Opens connections to one address: socket, pipe, hello.</summary>
internal sealed partial class LeafDialer
{
    // Inline schedulers: what was received is parsed, and answers are completed, on the thread that received it.
    private static readonly PipeOptions Pipes = new(
        readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline,
        pauseWriterThreshold: 1024 * 1024, resumeWriterThreshold: 512 * 1024, minimumSegmentSize: 16 * 1024,
        useSynchronizationContext: false);

    private readonly HelloRequest _hello;
    private readonly ProtocolLimits _limits;
    private readonly TimeProvider _time;
    private readonly ILogger _log;

    public LeafDialer(string address, HelloRequest hello, ProtocolLimits limits, TimeProvider time, ILogger log)
    {
        Address = address;
        _hello = hello;
        _limits = limits;
        _time = time;
        _log = log;
    }

    public string Address { get; }

    /// <summary>How long the socket and the hello may take together.</summary>
    public required TimeSpan Patience { get; init; }

    /// <summary>As <see cref="ClientConnection.Begun"/>, of each connection.</summary>
    public Action<ulong>? Begun { get; init; }

    /// <summary>Connects and says hello.</summary>
    /// <exception cref="HedgerowException">Unavailable or what the server said, with the reason.</exception>
    public async Task<ClientConnection> DialAsync(CancellationToken cancel)
    {
        using var patience = new CancellationTokenSource(Patience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
        try
        {
            return await OpenAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new HedgerowException(
                StatusCode.Unavailable, $"{Address} did not answer within {Patience.TotalSeconds} s.");
        }
        catch (SocketException e)
        {
            throw new HedgerowException(StatusCode.Unavailable, $"{Address} can't be reached: {e.Message}.");
        }
        catch (ProtocolException e)
        {
            throw new HedgerowException(e.Status, $"{Address} refused the connection: {e.Message}");
        }
    }

    private async Task<ClientConnection> OpenAsync(CancellationToken cancel)
    {
        var socket = await ConnectAsync(cancel).ConfigureAwait(false);
        var pipe = SocketConnection.Create(socket, Pipes, name: Address);
        try
        {
            var connection = await ClientConnection.OpenAsync(
                pipe, _hello, _limits, _time, runContinuationsInline: true, cancel).ConfigureAwait(false);
            connection.Begun = Begun;
            LogOpened(Address, connection.Server.Name);
            _ = DisposeAfterAsync(connection, pipe);
            return connection;
        }
        catch
        {
            pipe.Dispose();
            throw;
        }
    }

    private async Task<Socket> ConnectAsync(CancellationToken cancel)
    {
        if (!LeafAddress.TryParse(Address, out var host, out var port))
            throw new HedgerowException(StatusCode.BadRequest, $"'{Address}' is no address; allowed: HOST:PORT.");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            SocketConnection.SetRecommendedClientOptions(socket);
            socket.NoDelay = true;
            EndPoint endPoint = IPAddress.TryParse(host, out var ip)
                ? new IPEndPoint(ip, port)
                : new DnsEndPoint(host, port);
            await socket.ConnectAsync(endPoint, cancel).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task DisposeAfterAsync(ClientConnection connection, SocketConnection pipe)
    {
        var end = await connection.Closed.ConfigureAwait(false);
        LogClosed(Address, end.Reason, end.Message);
        pipe.Dispose();
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Address}: connected to {Server}")]
    private partial void LogOpened(string address, string server);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Address}: connection ended, {Reason}: {Text}")]
    private partial void LogClosed(string address, ConnectionEndReason reason, string text);
}

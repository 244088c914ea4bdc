using System.Diagnostics.Metrics;
using Hedgerow.Server.FrontEnds.Resp;
using Hedgerow.Server.FrontEnds.Sockets;

namespace Hedgerow.Server.Metrics;

/// <summary>
/// Shows what RESP connections do, as instruments that are read when /metrics is scraped: the hot path counts in plain
/// integers of its thread. Dispose with the listener.
/// </summary>
internal sealed class RespMeter : IDisposable
{
    private readonly RespServer _server;
    private readonly Meter _meter = new(ServerMeter.Name);

    public RespMeter(RespServer server, SessionListener listener)
    {
        _server = server;
        _meter.CreateObservableGauge(
            "hedgerow_resp_connections", () => listener.Connections, description: "RESP connections open now.");
        _meter.CreateObservableCounter(
            "hedgerow_resp_commands_total", Commands, description: "RESP commands executed, by command.");
        _meter.CreateObservableCounter(
            "hedgerow_resp_commands_rejected_total", Rejected,
            description: "RESP commands refused before execution, by command; those that do not exist are 'unknown'.");
        _meter.CreateObservableGauge(
            "hedgerow_resp_channels", () => server.Hub.Count(SubscriptionKind.Channel),
            description: "Channels that somebody listens to.");
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    private IEnumerable<Measurement<long>> Commands() => ByCommand(command => _server.Counters.Of(command).Calls);

    private IEnumerable<Measurement<long>> Rejected() =>
        ByCommand(command => _server.Counters.Of(command).Rejected).Append(Of("unknown", _server.UnknownCommands));

    private static IEnumerable<Measurement<long>> ByCommand(Func<RespCommand, long> read)
    {
        foreach (var row in RespTable.All)
            if (read(row) is > 0 and var count) yield return Of(row.FullName, count);
    }

    private static Measurement<long> Of(string command, long count) =>
        new(count, new KeyValuePair<string, object?>("command", command));
}

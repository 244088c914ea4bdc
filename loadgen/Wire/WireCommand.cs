using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization;
using Hedgerow.LoadGen.Reporting;

namespace Hedgerow.LoadGen.Wire;

/// <summary>Runs a <see cref="WireLoad"/> and reports it. Exit codes as the whole program's.</summary>
internal static class WireCommand
{
    /// <summary>Connects, fills if asked to, runs, and makes the report.</summary>
    /// <exception cref="IOException">The server is not there, refuses, or leaves.</exception>
    public static WireReport Run(WirePlan plan, WireDialect dialect, string server, Keys.IKeyChooser keys, bool fill)
    {
        if (!OperatingSystem.IsLinux())
            throw new PlatformNotSupportedException("--protocol native, resp and memcached need Linux (epoll).");
        try
        {
            using var load = new WireLoad(plan, dialect, Resolve(server), keys);
            if (fill) load.Fill();
            load.Run();
            return WireReport.Of(load.Result);
        }
        catch (Exception e) when (e is SocketException or InvalidDataException)
        {
            throw new IOException($"{server}: {e.Message}", e);
        }
    }

    private static IPEndPoint Resolve(string server)
    {
        if (IPEndPoint.TryParse(server, out var endPoint)) return endPoint;
        var colon = server.LastIndexOf(':');
        if (colon < 0 || !int.TryParse(server[(colon + 1)..], NumberStyles.None, null, out var port))
            throw new InvalidDataException("not HOST:PORT");
        return new IPEndPoint(Dns.GetHostAddresses(server[..colon])[0], port);
    }
}

/// <summary>What a run by raw bytes found out.</summary>
internal sealed record WireReport
{
    public required double Seconds { get; init; }

    public required long Answers { get; init; }

    public required long Misses { get; init; }

    public required long Failed { get; init; }

    public required long NotSent { get; init; }

    /// <summary>Answers a second.</summary>
    public required double Throughput { get; init; }

    /// <summary>Microseconds.</summary>
    public required LatencySummary Latency { get; init; }

    /// <summary>User and system time of the named processes, in microseconds, by request; null without any.</summary>
    public double? ServerCpuMicros { get; init; }

    public static WireReport Of(WireResult result) => new()
    {
        Seconds = result.Seconds,
        Answers = result.Answers,
        Misses = result.Misses,
        Failed = result.Failed,
        NotSent = result.NotSent,
        Throughput = result.Seconds > 0 ? result.Answers / result.Seconds : 0,
        Latency = LatencySummary.Of(result.Latency),
        ServerCpuMicros = result.Answers > 0 ? result.CpuMicros / result.Answers : null,
    };

    public string ToJson() => JsonSerializer.Serialize(this, WireJson.Default.WireReport);

    public string ToText() => string.Create(CultureInfo.InvariantCulture,
        $"{Throughput:N0} answers a second over {Seconds:F1} s; {Misses:N0} misses, {Failed:N0} failed, "
        + $"{NotSent:N0} not sent\n"
        + $"p50 {TextReport.Time(Latency.P50)}, p99 {TextReport.Time(Latency.P99)}, "
        + $"p99.9 {TextReport.Time(Latency.P999)}, max {TextReport.Time(Latency.Max)}{CpuText()}");

    private string CpuText() => ServerCpuMicros is { } cpu
        ? string.Create(CultureInfo.InvariantCulture, $"\nserver CPU {cpu:F2} µs a request")
        : "";
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(WireReport))]
internal sealed partial class WireJson : JsonSerializerContext;

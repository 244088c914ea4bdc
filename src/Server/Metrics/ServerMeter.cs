using System.Diagnostics;
using System.Diagnostics.Metrics;
using Hedgerow.Protocol;

namespace Hedgerow.Server.Metrics;

/// <summary>What the front ends count: requests by operation and outcome with their latency, and connections.</summary>
internal static class ServerMeter
{
    /// <summary>Name of the meter.</summary>
    public const string Name = "Hedgerow.Server";

    /// <summary>Name of the latency histogram.</summary>
    public const string LatencyName = "hedgerow_request_seconds";

    private const string Native = "native";
    private const string FrontEndTag = "front_end";

    private static readonly Meter Meter = new(Name);

    private static readonly Histogram<double> Latency = Meter.CreateHistogram<double>(
        LatencyName, description: "Time from a whole request to its answer, by operation.");

    private static readonly Counter<long> NativeAccepted = Meter.CreateCounter<long>(
        "hedgerow_native_connections_accepted_total", description: "Native connections accepted.");

    private static readonly Counter<long> NativeRefused = Meter.CreateCounter<long>(
        "hedgerow_native_connections_refused_total", description: "Native connections closed on arrival: too many.");

    private static readonly Counter<long> SessionsAccepted = Meter.CreateCounter<long>(
        "hedgerow_session_connections_accepted_total", description: "RESP and memcached connections accepted.");

    private static readonly Counter<long> SessionsRefused = Meter.CreateCounter<long>(
        "hedgerow_session_connections_refused_total",
        description: "RESP and memcached connections closed on arrival: too many.");

    /// <summary>Bounds of the latency buckets in seconds: 50 µs to 10 s, three to a decade.</summary>
    public static double[] LatencyBuckets { get; } =
        [0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];

    /// <summary>Counts a connection that a front end took in.</summary>
    public static void ConnectionAccepted(string frontEnd)
    {
        if (frontEnd == Native) NativeAccepted.Add(1);
        else SessionsAccepted.Add(1, new KeyValuePair<string, object?>(FrontEndTag, frontEnd));
    }

    /// <summary>Counts a connection that was closed on arrival.</summary>
    public static void ConnectionRefused(string frontEnd)
    {
        if (frontEnd == Native) NativeRefused.Add(1);
        else SessionsRefused.Add(1, new KeyValuePair<string, object?>(FrontEndTag, frontEnd));
    }

    /// <summary>Counts one native request that was forwarded to the router.</summary>
    public static void NativeRequest(Opcode opcode, StatusCode status, long startedAt) =>
        Request(Native, Words.Of(opcode), Words.Of(status), startedAt);

    /// <summary>Counts one HTTP request.</summary>
    public static void HttpRequest(string operation, int status, long startedAt) =>
        Request("http", operation, Words.OfHttp(status), startedAt);

    private static void Request(string frontEnd, string operation, string status, long startedAt)
    {
        if (!Latency.Enabled) return;
        Latency.Record(
            Stopwatch.GetElapsedTime(startedAt).TotalSeconds,
            new KeyValuePair<string, object?>(FrontEndTag, frontEnd),
            new KeyValuePair<string, object?>("operation", operation),
            new KeyValuePair<string, object?>("status", status));
    }
}

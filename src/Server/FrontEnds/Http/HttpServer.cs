using System.Net;
using System.Net.Sockets;
using Hedgerow.Protocol;
using Hedgerow.Server.Config;
using Hedgerow.Server.FrontEnds.Native;
using Hedgerow.Server.Hosting;
using Hedgerow.Server.Metrics;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>
/// Kestrel with the HTTP API (serve, router), the probes and /metrics. Made from an empty builder: no appsettings.json,
/// no ASPNETCORE_ variables, no signal handlers; the settings table alone decides.
/// </summary>
internal sealed class HttpServer : IAsyncDisposable
{
    // A path of 8,192 bytes may be sent with every byte percent-encoded.
    private const int RequestLineBytesMax = (3 * ProtocolLimits.PathBytesMax) + (8 * 1024);
    private const int BodyBytesMax = 1024 * 1024;

    private readonly WebApplication _app;
    private readonly RepairRuns _repairs;

    private HttpServer(WebApplication app, RepairRuns repairs)
    {
        _app = app;
        _repairs = repairs;
    }

    /// <summary>Where it listens; with the real port where 0 was asked for.</summary>
    public IPEndPoint EndPoint { get; private set; } = new(IPAddress.None, 0);

    /// <summary>Begins to listen. Until the gate opens, the API answers that the node is recovering.</summary>
    /// <exception cref="StartException">The port is taken, or the address is not this machine's.</exception>
    public static async Task<HttpServer> StartAsync(
        ServerSettings settings, ApiGate gate, NodeReadiness readiness, TimeProvider time, ILoggerFactory logs)
    {
        var endPoint = settings.HttpListen!.Resolve("http.listen");
        var app = Build(settings, endPoint, logs);
        var log = logs.CreateLogger<HttpServer>();
        var repairs = new RepairRuns(log);
        Route(app, settings, gate, repairs, readiness, time, log);
        try
        {
            await app.StartAsync();
        }
        catch (Exception e) when (SocketErrorOf(e) is { } cause)
        {
            await app.DisposeAsync();
            throw PortErrors.Explain(cause, endPoint, "http.listen", "--http HOST:PORT");
        }

        var features = app.Services.GetRequiredService<IServer>().Features;
        var address = new Uri(features.Get<IServerAddressesFeature>()!.Addresses.First());
        return new HttpServer(app, repairs) { EndPoint = new IPEndPoint(endPoint.Address, address.Port) };
    }

    /// <summary>Accepts no more, lets requests in flight finish, closes; what is open in the end is cut off.</summary>
    public async Task DrainAsync(CancellationToken giveUp)
    {
        await _repairs.StopAsync();
        await _app.StopAsync(giveUp);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _repairs.StopAsync();
        await _app.DisposeAsync();
    }

    private static WebApplication Build(ServerSettings settings, IPEndPoint endPoint, ILoggerFactory logs)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(logs);
        builder.Services.AddSingleton<IHostLifetime, QuietLifetime>();
        builder.Services.AddRoutingCore();
        builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("hedgerow", serviceInstanceId: settings.Name))
            .WithMetrics(AddMetrics);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = settings.HttpConnectionsMax;
            kestrel.Limits.MaxRequestLineSize = RequestLineBytesMax;
            kestrel.Limits.MaxRequestBufferSize = Math.Max(RequestLineBytesMax * 2, BodyBytesMax);
            kestrel.Limits.MaxRequestBodySize = BodyBytesMax;
            kestrel.Listen(endPoint, listen => listen.Protocols = HttpProtocols.Http1);
        });
        return builder.Build();
    }

    private static void AddMetrics(MeterProviderBuilder metrics) => metrics
        .AddMeter(ServerMeter.Name, NodeMeter.LeafName, NodeMeter.RouterName)
        .AddView(
            ServerMeter.LatencyName,
            new ExplicitBucketHistogramConfiguration { Boundaries = ServerMeter.LatencyBuckets })
        .AddView(NodeMeter.LeafBuckets, new MetricStreamConfiguration { CardinalityLimit = NodeMeter.LeafBucketsMax })
        .AddPrometheusExporter(exporter =>
        {
            exporter.ScopeInfoEnabled = false;
            exporter.ScrapeResponseCacheDurationMilliseconds = 0;
        });

    private static void Route(
        WebApplication app, ServerSettings settings, ApiGate gate, RepairRuns repairs, NodeReadiness readiness,
        TimeProvider time, ILogger log)
    {
        var token = new SharedToken(settings.AuthToken);
        app.Use(next => context => ErrorMiddleware.InvokeAsync(context, next, log));
        app.UseRouting();
        app.Use(next => context =>
        {
            BearerToken.Require(context, token);
            return next(context);
        });
        HealthEndpoints.Map(app, readiness);
        app.MapPrometheusScrapingEndpoint("/metrics").WithDisplayName("metrics");
        if (settings.Role == NodeRole.Leaf) return;
        var sessions = new HttpSessions(gate, settings.HttpSessionCookie);
        new EntryEndpoints(gate, sessions, time, settings.ValueBytesMax).Map(app);
        new CollectionEndpoints(gate).Map(app);
        new AnalysisEndpoints(gate).Map(app);
        new ReindexEndpoints(gate).Map(app);
        new RepairEndpoints(gate, repairs).Map(app);
        new AliasEndpoints(gate).Map(app);
        new SearchEndpoints(gate).Map(app);
        new PitEndpoints(gate).Map(app);
        new InstantEndpoints(gate).Map(app);
        new BulkEndpoint(gate, settings.HttpBulkBytesMax, settings.ValueBytesMax).Map(app);
        new StatusEndpoints(gate, readiness).Map(app);
    }

    private static SocketException? SocketErrorOf(Exception e) => e switch
    {
        SocketException socket => socket,
        AddressInUseException => new SocketException((int)SocketError.AddressAlreadyInUse),
        _ => e.InnerException == null ? null : SocketErrorOf(e.InnerException),
    };

    /// <summary>The node handles signals; the web host must not.</summary>
    private sealed class QuietLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

using System.Net;
using System.Net.Sockets;
using System.Text;
using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.Config;
using Hedgerow.Server.FrontEnds.Http;
using Hedgerow.Server.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Hedgerow.Server.Tests.Hosting;

public sealed class NodeLifecycleTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("hedgerow-node").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Native_and_HTTP_speak_of_the_same_entries()
    {
        await using var node = await RunningNode.ServeAsync();
        await using var client = await ConnectAsync(node.Native);
        await client.SetAsync("/both", "native"u8.ToArray(), cancel: Cancel);
        Assert.Equal("native", await node.Http.GetStringAsync("/v1/entries/both", Cancel));
        using var put = await node.Http.PutAsync("/v1/entries/both", new StringContent("http"), Cancel);
        using var entry = await client.GetAsync("/both", Cancel);
        Assert.Equal("http", Encoding.UTF8.GetString(entry.Value.Span));
    }

    [Fact]
    public async Task Requests_without_the_token_are_refused_by_both_listeners()
    {
        await using var node = await RunningNode.ServeAsync("--auth.token=secret");
        await Assert.ThrowsAnyAsync<Exception>(() => ConnectAsync(node.Native));
        await Assert.ThrowsAnyAsync<Exception>(() => ConnectAsync(node.Native, "wrong"));
        await using var client = await ConnectAsync(node.Native, "secret");
        Assert.True((await client.SetAsync("/x", "x"u8.ToArray(), cancel: Cancel)).Succeeded);

        Assert.Equal(HttpStatusCode.OK, (await node.Http.GetAsync("/readyz", Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await node.Http.GetAsync("/healthz", Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await node.Http.GetAsync("/v1/entries/x", Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await node.Http.GetAsync("/metrics", Cancel)).StatusCode);
        node.Http.DefaultRequestHeaders.Authorization = new("Bearer", "wrong");
        Assert.Equal(HttpStatusCode.Unauthorized, (await node.Http.GetAsync("/v1/entries/x", Cancel)).StatusCode);
        node.Http.DefaultRequestHeaders.Authorization = new("Bearer", "secret");
        Assert.Equal("x", await node.Http.GetStringAsync("/v1/entries/x", Cancel));
    }

    [Theory]
    [InlineData("--listen", "native.listen")]
    [InlineData("--http", "http.listen")]
    public async Task A_port_in_use_is_named_with_the_setting_that_changes_it(string flag, string setting)
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var refused = await Assert.ThrowsAsync<StartException>(
            () => RunningNode.ServeAsync($"{flag}=127.0.0.1:{port}"));
        Assert.Contains($"Port {port} is in use", refused.Message, StringComparison.Ordinal);
        Assert.Contains(setting, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_connection_more_than_allowed_is_closed_on_arrival()
    {
        await using var node = await RunningNode.ServeAsync("--native.connections=1");
        await using var first = await ConnectAsync(node.Native);
        await Assert.ThrowsAnyAsync<Exception>(() => ConnectAsync(node.Native));
        Assert.True((await first.SetAsync("/still", "x"u8.ToArray(), cancel: Cancel)).Succeeded);
    }

    [Fact]
    public async Task Draining_answers_what_is_in_flight_and_lets_nobody_in()
    {
        await using var node = await RunningNode.ServeAsync("--leaf.faults", "--replicas=1", "--router.timeout=30s");
        var endPoint = node.Native;
        await using var client = await ConnectAsync(endPoint, timeout: TimeSpan.FromSeconds(30));
        await client.SetFaultAsync("leaf-1", new FaultRequest(1, 300_000, 0), Cancel);
        var inFlight = client.GetAsync("/slow", Cancel).AsTask();
        while (node.Lifecycle.NativeRequestsInFlight == 0) await Task.Yield();
        await node.Lifecycle.DrainAsync();
        using var entry = await inFlight;
        Assert.False(entry.Found);
        await Assert.ThrowsAnyAsync<Exception>(() => ConnectAsync(endPoint));
        await Assert.ThrowsAsync<HttpRequestException>(() => node.Http.GetAsync("/readyz", Cancel));
    }

    [Fact]
    public async Task Before_the_listeners_close_readyz_says_no_and_requests_are_still_served()
    {
        var time = new FakeTimeProvider();
        var settings = RunningNode.Settings(NodeRole.Serve, "--memory=64MiB", "--drain.delay=5s");
        await using var lifecycle = new NodeLifecycle(settings, time, NullLoggerFactory.Instance);
        await lifecycle.StartAsync(Cancel);
        using var http = new HttpClient { BaseAddress = new Uri($"http://{lifecycle.HttpEndPoint}") };
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/readyz", Cancel)).StatusCode);
        var drain = lifecycle.DrainAsync();
        using var ready = await http.GetAsync("/readyz", Cancel);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Contains("\"draining\"", await ready.Content.ReadAsStringAsync(Cancel));
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/healthz", Cancel)).StatusCode);
        using var put = await http.PutAsync("/v1/entries/late", new StringContent("x"), Cancel);
        Assert.Equal(HttpStatusCode.OK, put.StatusCode);
        Assert.False(drain.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(5));
        await drain;
        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync("/readyz", Cancel));
    }

    [Fact]
    public async Task Until_the_data_is_open_readyz_says_recovering_and_the_API_unavailable()
    {
        var settings = RunningNode.Settings(NodeRole.Serve);
        var readiness = new NodeReadiness();
        await using var server = await HttpServer.StartAsync(
            settings, new ApiGate(), readiness, TimeProvider.System, NullLoggerFactory.Instance);
        using var http = new HttpClient { BaseAddress = new Uri($"http://{server.EndPoint}") };
        using var ready = await http.GetAsync("/readyz", Cancel);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Contains("\"recovering\"", await ready.Content.ReadAsStringAsync(Cancel));
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/healthz", Cancel)).StatusCode);
        using var entry = await http.GetAsync("/v1/entries/x", Cancel);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, entry.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(1), entry.Headers.RetryAfter!.Delta);
    }

    [Fact]
    public async Task Exit_codes_tell_well_from_failed_from_usage()
    {
        using var stopped = new CancellationTokenSource();
        await stopped.CancelAsync();
        var free = new[] { "--listen=127.0.0.1:0", "--http=off", "--memory=64MiB", "--log.level=critical" };
        Assert.Equal((0, ""), await RunAsync(NodeRole.Serve, Cancel, "--help"));
        Assert.Equal((0, ""), await RunAsync(NodeRole.Serve, stopped.Token, free));
        var (usage, why) = await RunAsync(NodeRole.Serve, Cancel, "--no.such");
        Assert.Equal(2, usage);
        Assert.StartsWith("hedgerow: --no.such is no setting", why, StringComparison.Ordinal);
        var (failed, what) = await RunAsync(NodeRole.Router, Cancel, ["--topology=/no/such.json", .. free[..2]]);
        Assert.Equal(1, failed);
        Assert.Contains("/no/such.json", what, StringComparison.Ordinal);
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var (inUse, which) = await RunAsync(NodeRole.Serve, Cancel, [$"--listen=127.0.0.1:{port}", .. free[1..]]);
        Assert.Equal(1, inUse);
        Assert.Contains($"Port {port} is in use", which, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_documents_write_survives_a_drain_and_a_start()
    {
        await using (var node = await RunningNode.ServeAsync("--data", _directory))
        {
            var client = node.Lifecycle.Node.Client!;
            await client.PutCollectionAsync(
                new CollectionSchema { Name = "d", Fields = [new() { Name = "t", Type = FieldType.Text }] }, Cancel);
            await client.SetAsync("/d/1", """{"t":"kept"}"""u8.ToArray(), cancel: Cancel);
            await node.Lifecycle.DrainAsync();
        }

        await using var again = await RunningNode.ServeAsync("--data", _directory);
        using var entry = await again.Lifecycle.Node.Client!.GetAsync("/d/1", Cancel);
        Assert.True(entry.Found);
    }

    [Fact]
    public async Task Leaves_and_a_router_in_processes_of_their_own_serve_together()
    {
        var topology = Path.Combine(_directory, "topology.json");
        // The router must know the ports that the leaves got: each leaf starts by its shards, then the file is written.
        await using var one = await StartLeafAsync("leaf-1", "--shards=0-3");
        await using var two = await StartLeafAsync("leaf-2", "--shards=0-3");
        WriteTopology(topology, 1, one.Native, two.Native);
        // Both must have the entry before one goes: by default the first that has it decides.
        await using var router = await RunningNode.StartAsync(
            NodeRole.Router, "--topology", topology, "--router.acks.entries", "2");
        await using var client = await ConnectAsync(router.Native);
        var write = await client.SetAsync("/far", "x"u8.ToArray(), cancel: Cancel);
        Assert.Equal(2, write.Replicas);
        await one.DisposeAsync();
        for (var i = 0; i < 20; i++)
        {
            using var entry = await client.GetAsync("/far", Cancel);
            Assert.True(entry.Found);
        }
    }

    [Fact]
    public async Task A_leaf_finds_its_shards_by_name()
    {
        var topology = Path.Combine(_directory, "topology.json");
        WriteTopology(topology, 1, "127.0.0.1:7611", "127.0.0.1:7612");
        await using var leaf = await RunningNode.StartAsync(
            NodeRole.Leaf, "--memory=64MiB", "--name=leaf-2", "--topology", topology);
        Assert.Equal(4, leaf.Lifecycle.Node.Leaves[0].Stats().Shards.Count);
        Assert.Equal(1u, leaf.Lifecycle.Node.Epoch);
        Assert.Equal(HttpStatusCode.OK, (await leaf.Http.GetAsync("/readyz", Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await leaf.Http.GetAsync("/v1/entries/x", Cancel)).StatusCode);
        await Assert.ThrowsAsync<StartException>(() => RunningNode.StartAsync(
            NodeRole.Leaf, "--memory=64MiB", "--name=leaf-9", "--topology", topology));
    }

    [Theory]
    [InlineData("/nowhere", 404, "no_such_route")]
    [InlineData("/v1/nothing", 404, "no_such_route")]
    public async Task What_is_not_there_is_told_in_the_shape_of_errors(string target, int status, string code)
    {
        await using var node = await RunningNode.ServeAsync();
        using var response = await node.Http.GetAsync(target, Cancel);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Contains($"\"code\":\"{code}\"", await response.Content.ReadAsStringAsync(Cancel));
        using var post = await node.Http.PostAsync("/v1/entries/x", new StringContent("x"), Cancel);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, post.StatusCode);
        Assert.Contains("method_not_allowed", await post.Content.ReadAsStringAsync(Cancel));
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static async Task<(int ExitCode, string Error)> RunAsync(
        NodeRole role, CancellationToken stop, params string[] args)
    {
        await using var output = new StringWriter();
        await using var error = new StringWriter();
        return (await NodeHost.RunVerbAsync(role, args, output, error, stop), error.ToString());
    }

    private static Task<RunningNode> StartLeafAsync(string name, params string[] flags) =>
        RunningNode.StartAsync(NodeRole.Leaf, ["--memory=64MiB", "--name=" + name, .. flags]);

    private static void WriteTopology(string path, uint epoch, string one, string two)
    {
        var leaves = new[] { new LeafEndpoint("leaf-1", one), new LeafEndpoint("leaf-2", two) };
        var shards = Enumerable.Range(0, 4).Select(_ => new ShardAssignment(["leaf-1", "leaf-2"])).ToArray();
        File.WriteAllBytes(
            path, TopologyJson.Write(new Topology { Epoch = epoch, Leaves = leaves, Shards = shards }));
    }

    private static async Task<HedgerowClient> ConnectAsync(
        string endPoint, string token = "", TimeSpan? timeout = null)
    {
        var options = new HedgerowClientOptions
        {
            Cluster = endPoint, Token = token, Timeout = timeout ?? TimeSpan.FromMinutes(1),
        };
        return await HedgerowClient.ConnectAsync(options, Cancel);
    }
}

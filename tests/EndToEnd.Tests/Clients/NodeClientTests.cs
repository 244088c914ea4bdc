namespace Hedgerow.EndToEnd.Tests.Clients;

/// <summary>Clients of the npm registry; each script checks a dozen things and prints a line for each.</summary>
public sealed class NodeClientTests(ClientServers servers) : IClassFixture<ClientServers>
{
    public static TheoryData<string> Targets => ClientServers.Targets;

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task Ioredis_works(string target) =>
        await Tool.NodeAsync("ioredis.mjs", "127.0.0.1", $"{servers.Resp(target)}");

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task Node_redis_works_over_RESP2(string target) =>
        await Tool.NodeAsync("node-redis.mjs", "127.0.0.1", $"{servers.Resp(target)}", "2");

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task Node_redis_works_over_RESP3(string target) =>
        await Tool.NodeAsync("node-redis.mjs", "127.0.0.1", $"{servers.Resp(target)}", "3");

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task Memcached_clients_work(string target) =>
        await Tool.NodeAsync("memcached.mjs", "127.0.0.1", $"{servers.Memcached(target)}");
}

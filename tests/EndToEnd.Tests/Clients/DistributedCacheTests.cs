using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.StackExchangeRedis;

namespace Hedgerow.EndToEnd.Tests.Clients;

/// <summary>ASP.NET Core's distributed cache for Redis: what sessions of applications stand on.</summary>
public sealed class DistributedCacheTests(ClientServers servers) : IClassFixture<ClientServers>
{
    public static TheoryData<string> Targets => ClientServers.Targets;

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task Values_with_absolute_and_sliding_expiry(string target)
    {
        var cancel = TestContext.Current.CancellationToken;
        using var cache = new RedisCache(new RedisCacheOptions
        {
            Configuration = $"127.0.0.1:{servers.Resp(target)}", InstanceName = "app:",
        });
        var value = new byte[] { 1, 2, 3 };
        await cache.SetAsync("plain", value, new DistributedCacheEntryOptions(), cancel);
        Assert.Equal(value, await cache.GetAsync("plain", cancel));
        var sliding = new DistributedCacheEntryOptions
        {
            SlidingExpiration = TimeSpan.FromMinutes(5), AbsoluteExpirationRelativeToNow = TimeSpan.FromHours(1),
        };
        await cache.SetAsync("session", new byte[100_000], sliding, cancel);
        await cache.RefreshAsync("session", cancel);
        Assert.Equal(100_000, (await cache.GetAsync("session", cancel))!.Length);
        await cache.RemoveAsync("session", cancel);
        Assert.Null(await cache.GetAsync("session", cancel));
        Assert.Null(await cache.GetAsync("never", cancel));
    }
}

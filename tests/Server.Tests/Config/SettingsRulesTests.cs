using System.Collections;
using Hedgerow.Server.Config;

namespace Hedgerow.Server.Tests.Config;

public sealed class SettingsRulesTests
{
    [Theory]
    [InlineData("--listen=0.0.0.0:7600", "native.listen")]
    [InlineData("--listen=*:7600", "native.listen")]
    [InlineData("--listen=[::]:7600", "native.listen")]
    [InlineData("--http.listen=10.1.2.3:7680", "http.listen")]
    public void Listening_beyond_loopback_without_credentials_is_refused(string flag, string setting)
    {
        var message = Refused(NodeRole.Serve, flag);
        Assert.Contains(setting, message, StringComparison.Ordinal);
        Assert.Contains("auth.token", message, StringComparison.Ordinal);
        Assert.Contains("--insecure", message, StringComparison.Ordinal);
        Read(NodeRole.Serve, flag, "--insecure");
        Read(NodeRole.Serve, flag, "--auth.token=secret");
    }

    [Theory]
    [InlineData("--listen=127.0.0.1:0")]
    [InlineData("--listen=localhost:0")]
    [InlineData("--listen=[::1]:0")]
    [InlineData("--http.listen=off")]
    public void Listening_on_loopback_needs_no_credentials(string flag) => Read(NodeRole.Serve, flag);

    [Fact]
    public void A_router_without_a_topology_is_refused() =>
        Assert.Contains("--topology FILE", Refused(NodeRole.Router), StringComparison.Ordinal);

    [Fact]
    public void A_leaf_without_a_topology_needs_its_shards() =>
        Assert.Contains("--shards 0-3", Refused(NodeRole.Leaf), StringComparison.Ordinal);

    [Theory]
    [InlineData("etcd://127.0.0.1:2379/hedgerow")]
    [InlineData("dns://leaves.example")]
    public void A_topology_from_a_service_says_what_is_supported_today(string topology)
    {
        var message = Refused(NodeRole.Router, "--topology", topology);
        Assert.Contains(topology, message, StringComparison.Ordinal);
        Assert.Contains("the path of a topology file", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Memory_below_a_mebibyte_a_shard_replica_is_refused()
    {
        var message = Refused(NodeRole.Serve, "--memory", "100MiB", "--shards", "64");
        Assert.Contains("100MiB", message, StringComparison.Ordinal);
        Assert.Contains("at least 128MiB", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_least_hedge_delay_above_the_longest_is_refused() => Assert.Contains(
        "router.hedge.delayMax", Refused(NodeRole.Serve, "--router.hedge.delayMin=60ms"), StringComparison.Ordinal);

    [Fact]
    public void A_least_limit_above_the_most_is_refused() => Assert.Contains(
        "router.limit.max", Refused(NodeRole.Serve, "--router.limit.min=70000"), StringComparison.Ordinal);

    [Fact]
    public void Bytes_in_flight_below_a_value_are_refused() => Assert.Contains(
        "limits.value", Refused(NodeRole.Serve, "--limits.value=128MiB"), StringComparison.Ordinal);

    private static ServerSettings Read(NodeRole role, params string[] args) =>
        SettingsSources.Read(role, args, new Hashtable());

    private static string Refused(NodeRole role, params string[] args) =>
        Assert.Throws<SettingsException>(() => Read(role, args)).Message;
}

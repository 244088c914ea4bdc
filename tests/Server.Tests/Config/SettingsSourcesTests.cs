using System.Collections;
using Hedgerow.Leaf;
using Hedgerow.Server.Config;

namespace Hedgerow.Server.Tests.Config;

public sealed class SettingsSourcesTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("hedgerow-settings").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Without_sources_every_setting_has_the_default_of_its_row()
    {
        var settings = Read(NodeRole.Serve);
        Assert.Equal(4, settings.Shards);
        Assert.Equal(2, settings.Replicas);
        Assert.Equal(1L << 30, settings.MemoryBytes);
        Assert.Equal("127.0.0.1:7600", settings.NativeListen.ToString());
        Assert.Equal("127.0.0.1:7680", settings.HttpListen!.ToString());
        Assert.Equal(FsyncPolicy.Always, settings.Fsync);
        Assert.Equal(TimeSpan.FromMilliseconds(200), settings.RefreshInterval);
        Assert.Equal(0.02, settings.HedgeBudget);
        Assert.Equal("serve", settings.Name);
        Assert.Null(settings.DataDirectory);
    }

    [Fact]
    public void A_flag_wins_over_the_environment_and_the_environment_over_the_file()
    {
        var file = WriteFile("""{"router":{"hedge":{"budget":0.1}},"leaf":{"memory":"2GiB"},"cluster":{"shards":8}}""");
        var environment = new Hashtable
        {
            ["HEDGEROW__ROUTER__HEDGE__BUDGET"] = "0.2",
            ["HEDGEROW__LEAF__MEMORY"] = "3GiB",
        };
        var settings = Read(NodeRole.Serve, environment, "--config", file, "--router.hedge.budget=0.3");
        Assert.Equal(0.3, settings.HedgeBudget);
        Assert.Equal(3L << 30, settings.MemoryBytes);
        Assert.Equal(8, settings.Shards);
    }

    [Theory]
    [InlineData("--shards", "7")]
    [InlineData("--cluster.shards", "7")]
    [InlineData("--cluster.shards=7", null)]
    [InlineData("--CLUSTER.Shards=7", null)]
    public void A_flag_has_a_long_and_a_short_spelling_and_takes_its_value_either_way(string flag, string? value)
    {
        string[] args = value == null ? [flag] : [flag, value];
        Assert.Equal(7, Read(NodeRole.Serve, args).Shards);
    }

    [Fact]
    public void A_short_flag_means_what_its_verb_reads()
    {
        var settings = Read(NodeRole.Leaf, "--shards", "0-2,7", "--resp", "off", "--memcached", "off");
        Assert.Equal([0, 1, 2, 7], settings.LeafShards.Select(shard => (int)shard));
    }

    [Fact]
    public void A_switch_needs_no_value()
    {
        Assert.True(Read(NodeRole.Serve, "--insecure").Insecure);
        Assert.True(Read(NodeRole.Serve, "--insecure", "--shards", "3").Insecure);
        Assert.False(Read(NodeRole.Serve, "--router.hedge.enabled", "false").HedgeEnabled);
    }

    [Fact]
    public void A_list_in_the_file_may_be_a_JSON_array()
    {
        var file = WriteFile("""{"leaf":{"shards":[1,2,5]},"resp":{"listen":"off"},"memcached":{"listen":"off"}}""");
        Assert.Equal(3, Read(NodeRole.Leaf, "--config", file).LeafShards.Count);
    }

    [Theory]
    [InlineData("--router.hedge.budgt=0.1", "--router.hedge.budgt", "0.1", "--router.hedge.budget")]
    [InlineData("--shard=3", "--shard", "3", "--shards")]
    [InlineData("--hedge.budget=0.1", "--hedge.budget", "0.1", "--router.hedge.budget")]
    public void An_unknown_flag_is_named_with_its_value_and_what_was_probably_meant(
        string argument, string flag, string value, string meant)
    {
        var message = Refused(NodeRole.Serve, argument);
        Assert.Contains(flag, message, StringComparison.Ordinal);
        Assert.Contains($"'{value}'", message, StringComparison.Ordinal);
        Assert.Contains($"Did you mean {meant}?", message, StringComparison.Ordinal);
        Assert.Contains("Allowed there: ", message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_variable_with_our_prefix_stops_the_start()
    {
        var environment = new Hashtable { ["HEDGEROW__LEAF__MEMRY"] = "1GiB", ["OTHER__MEMRY"] = "x" };
        var message = Assert.Throws<SettingsException>(() => Read(NodeRole.Serve, environment)).Message;
        Assert.Contains("HEDGEROW__LEAF__MEMRY", message, StringComparison.Ordinal);
        Assert.Contains("Did you mean HEDGEROW__LEAF__MEMORY?", message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_member_of_the_file_stops_the_start_and_names_the_file()
    {
        var file = WriteFile("""{"leaf":{"memori":"1GiB"}}""");
        var message = Refused(NodeRole.Serve, "--config", file);
        Assert.Contains("leaf.memori in " + file, message, StringComparison.Ordinal);
        Assert.Contains("Did you mean leaf.memory?", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--memory=12parsecs", "--memory", "'12parsecs'", "1MiB to 16TiB")]
    [InlineData("--shards=0", "--shards", "'0'", "1 to 4096")]
    [InlineData("--router.hedge.budget=1.5", "--router.hedge.budget", "'1.5'", "0 to 1")]
    [InlineData("--leaf.refresh=5", "--leaf.refresh", "'5'", "1ms to 1h")]
    [InlineData("--leaf.fsync=sometimes", "--leaf.fsync", "'sometimes'", "always, interval, never")]
    [InlineData("--listen=7600", "--listen", "'7600'", "HOST:PORT")]
    [InlineData("--listen=127.0.0.1:65536", "--listen", "'127.0.0.1:65536'", "0 to 65535")]
    [InlineData("--insecure=maybe", "--insecure", "'maybe'", "true or false")]
    public void A_value_that_is_not_allowed_is_named_with_what_is(
        string argument, string flag, string value, string allowed)
    {
        var message = Refused(NodeRole.Serve, argument);
        Assert.Contains(flag, message, StringComparison.Ordinal);
        Assert.Contains(value, message, StringComparison.Ordinal);
        Assert.Contains(allowed, message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_flag_without_its_value_says_what_is_allowed() =>
        Assert.Contains("--memory needs a value. Allowed: 1MiB to 16TiB", Refused(NodeRole.Serve, "--memory"));

    [Fact]
    public void A_flag_of_another_verb_says_which_verb_reads_it() => Assert.Contains(
        "not read by hedgerow router; hedgerow serve and hedgerow leaf read it",
        Refused(NodeRole.Router, "--leaf.memory=1GiB", "--topology=t.json"));

    [Fact]
    public void A_file_shared_by_verbs_may_set_what_this_one_does_not_read()
    {
        var file = WriteFile("""{"leaf":{"memory":"1GiB"},"cluster":{"topology":"t.json"}}""");
        Assert.Equal("t.json", Read(NodeRole.Router, "--config", file).Topology);
    }

    [Theory]
    [InlineData("""{"leaf": {""")]
    [InlineData("[1]")]
    [InlineData("")]
    public void A_file_that_is_no_JSON_object_is_named(string text)
    {
        var file = WriteFile(text);
        Assert.Contains(file, Refused(NodeRole.Serve, "--config", file), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_missing_is_named() =>
        Assert.Contains("/no/such.json", Refused(NodeRole.Serve, "--config", "/no/such.json"));

    [Fact]
    public void An_argument_that_is_no_flag_is_refused() =>
        Assert.Contains("'extra' is not a flag", Refused(NodeRole.Serve, "extra"));

    [Fact]
    public void A_secret_does_not_show_in_a_message()
    {
        var secret = new string('x', 5000);
        Assert.DoesNotContain("xxx", Refused(NodeRole.Serve, "--auth.token=" + secret), StringComparison.Ordinal);
    }

    private string WriteFile(string json)
    {
        var path = Path.Combine(_directory, "hedgerow.json");
        File.WriteAllText(path, json);
        return path;
    }

    private static ServerSettings Read(NodeRole role, params string[] args) => Read(role, new Hashtable(), args);

    private static ServerSettings Read(NodeRole role, IDictionary environment, params string[] args) =>
        SettingsSources.Read(role, args, environment);

    private static string Refused(NodeRole role, params string[] args) =>
        Assert.Throws<SettingsException>(() => Read(role, args)).Message;
}

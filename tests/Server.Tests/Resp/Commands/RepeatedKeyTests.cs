namespace Hedgerow.Server.Tests.Resp.Commands;

public sealed class RepeatedKeyTests
{
    [Theory]
    [InlineData(RespNode.BareLeaf)]
    [InlineData(RespNode.Cluster)]
    [InlineData(RespNode.Router)]
    public async Task Of_a_key_that_one_MSET_sets_several_times_the_last_value_stays(string kind)
    {
        await using var node = await RespNode.StartAsync(kind);
        using var client = node.Connect();
        var large = new string('v', 300_000);
        for (var i = 0; i < 60; i++)
        {
            Assert.Equal("OK", client.Ask("mset", "a", large, "b", large, "a", large, "a", $"{i}", "b", "x"));
            Assert.Equal($"{i}", client.Ask("get", "a"));
            Assert.Equal("x", client.Ask("get", "b"));
        }
    }
}

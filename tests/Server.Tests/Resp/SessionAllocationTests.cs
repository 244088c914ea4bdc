using Hedgerow.Tests;

namespace Hedgerow.Server.Tests.Resp;

/// <summary>Commands before a bare leaf allocate nothing, whatever their depth.</summary>
public sealed class SessionAllocationTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(100)]
    public async Task Reading_and_writing_values_allocates_nothing(int depth)
    {
        await using var harness = await RespHarness.LeafAsync();
        var connection = harness.Connect();
        var pipeline = new List<byte>();
        for (var i = 0; i < depth; i++)
        {
            pipeline.AddRange(TestConnection.Encode("SET", $"key:{i}", new string('v', 100 + i)));
            pipeline.AddRange(TestConnection.Encode("GET", $"key:{i}"));
            pipeline.AddRange(TestConnection.Encode("GET", $"none:{i}"));
            pipeline.AddRange(TestConnection.Encode("INCR", $"count:{i}"));
            pipeline.AddRange(TestConnection.Encode("DEL", $"key:{i}"));
            pipeline.AddRange(TestConnection.Encode("PING"));
        }

        byte[] input = [.. pipeline];
        for (var warm = 0; warm < 200; warm++) Run();
        Assert.Equal(0, AllocatedBytes.Least(() =>
        {
            for (var round = 0; round < 100; round++) Run();
        }));

        void Run()
        {
            if (connection.Session.Consume(input) != input.Length) throw new InvalidOperationException();
            connection.Context.Output.Clear();
        }
    }

    [Fact]
    public async Task Values_of_changing_lengths_have_their_right_heads()
    {
        await using var harness = await RespHarness.LeafAsync();
        var connection = harness.Connect();
        var random = new Random(5);
        for (var i = 0; i < 2_000; i++)
        {
            var value = new string((char)('a' + (i % 26)), random.Next(4) switch
            {
                0 => random.Next(10), 1 => random.Next(100), 2 => random.Next(1000), _ => random.Next(20_000),
            });
            Assert.Equal("+OK\r\n", connection.Ask("SET", "k", value));
            Assert.Equal($"${value.Length}\r\n{value}\r\n", connection.Ask("GET", "k"));
        }

        Assert.Equal("$-1\r\n", connection.Ask("GET", "none"));
    }
}

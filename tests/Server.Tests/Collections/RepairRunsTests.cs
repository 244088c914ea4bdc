using System.Text;
using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hedgerow.Server.Tests.Collections;

/// <summary>Repairs that go on without the request that began them.</summary>
public sealed class RepairRunsTests
{
    private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly RepairRuns _runs = new(NullLogger.Instance);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_is_under_way_for_a_collection_and_can_be_stopped_and_begun_again()
    {
        await using var cluster = await HeldAsync(collections: 1);
        var run = Begin(cluster, "pond-0", "leaf-2");
        Assert.Same(run, Begin(cluster, "pond-0", "leaf-2"));
        Assert.Equal("leaf-2", Begin(cluster, "pond-0", "leaf-1").Leaf);
        await _reached.Task;
        Assert.True(run.Progress.IsRunning);
        await StopAsync(_runs.Stop("pond-0")!);
        Assert.False(run.Progress.IsRunning);
        Assert.Null(run.Progress.Filled);
        Assert.Contains("stopped", run.Progress.Problem, StringComparison.Ordinal);
        Assert.Same(run, _runs.Find("pond-0"));

        var again = Begin(cluster, "pond-0", null);
        Assert.NotSame(run, again);
        await again.Ended;
        Assert.Equal((1, null), (again.Progress.Filled, again.Progress.Problem));
        Assert.True(again.Progress.Copied > 0);
    }

    [Fact]
    public async Task So_many_are_under_way_at_a_time_and_none_is_begun_when_all_were_stopped()
    {
        await using var cluster = await HeldAsync(RepairRuns.RunningMax + 1);
        var running = Enumerable.Range(0, RepairRuns.RunningMax)
            .Select(i => Begin(cluster, $"pond-{i}", "leaf-2")).ToArray();
        var refused = Assert.Throws<ApiException>(() => Begin(cluster, $"pond-{RepairRuns.RunningMax}", "leaf-2"));
        Assert.Equal(StatusCode.Overloaded, refused.Status);
        Assert.Contains("pond-0, pond-1", refused.Message, StringComparison.Ordinal);
        await StopAsync(_runs.StopAsync());
        Assert.All(running, run => Assert.False(run.Progress.IsRunning));
        var closed = Assert.Throws<ApiException>(() => Begin(cluster, "pond-0", "leaf-2"));
        Assert.Equal(StatusCode.Unavailable, closed.Status);
    }

    [Fact]
    public async Task How_one_has_failed_is_told_and_the_oldest_of_many_that_are_over_is_forgotten()
    {
        await using var cluster = await SteppedCluster.StartAsync(shards: 1, replicas: 1);
        for (var i = 0; i <= RepairRuns.RememberedMax; i++)
        {
            var run = Begin(cluster, $"none-{i}", null);
            await run.Ended;
            Assert.Contains($"none-{i}", run.Progress.Problem, StringComparison.Ordinal);
        }

        Assert.Null(_runs.Find("none-0"));
        Assert.NotNull(_runs.Find("none-1"));
        Assert.NotNull(_runs.Find($"none-{RepairRuns.RememberedMax}"));
    }

    private RepairRun Begin(SteppedCluster cluster, string collection, string? leaf) =>
        _runs.Begin(cluster.Client.Collections, collection, leaf);

    /// <summary>What is held goes on when it was stopped.</summary>
    private async Task StopAsync(Task stopping)
    {
        _held.SetResult();
        await stopping;
    }

    /// <summary>Collections of one document, of which no page is copied until it is let go.</summary>
    private async Task<SteppedCluster> HeldAsync(int collections)
    {
        var cluster = await SteppedCluster.StartAsync(shards: 1, replicas: 2);
        for (var i = 0; i < collections; i++)
        {
            await cluster.Client.PutCollectionAsync(
                new CollectionSchema
                {
                    Name = $"pond-{i}", Fields = [new FieldSchema { Name = "t", Type = FieldType.Text }],
                },
                Cancel);
            await cluster.Client.SetAsync($"/pond-{i}/1", Encoding.UTF8.GetBytes("""{"t":"otter"}"""), cancel: Cancel);
        }

        cluster.OnSend = (_, header, _) =>
        {
            if (header.Opcode != Opcode.Scan) return default;
            _reached.TrySetResult();
            return new ValueTask(_held.Task);
        };
        return cluster;
    }
}

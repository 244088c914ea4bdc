using System.Collections.Concurrent;
using System.Text;
using Hedgerow.Protocol;
using Hedgerow.Router;

namespace Hedgerow.EndToEnd.Tests;

public sealed class DurabilityTests
{
    private const int Writers = 8;
    private const int AcknowledgedBeforeStop = 300;

    [Fact]
    public async Task Stop_signal_under_writes_loses_nothing_that_was_acknowledged_and_exits_well()
    {
        using var directory = new TempDirectory();
        var acknowledged = await WriteUntilAsync(
            directory, async process => Assert.Equal(0, await process.TerminateAsync()));
        await AssertAllThereAsync(directory, acknowledged);
    }

    [Fact]
    public async Task Kill_under_writes_loses_nothing_that_was_acknowledged()
    {
        using var directory = new TempDirectory();
        var acknowledged = await WriteUntilAsync(directory, process => process.KillAsync());
        await AssertAllThereAsync(directory, acknowledged);
    }

    private static async Task<IReadOnlyCollection<string>> WriteUntilAsync(
        TempDirectory directory, Func<HedgerowProcess, Task> stop)
    {
        var (process, server) = await StartAsync(directory);
        await using var owned = process;
        await using var client = await ConnectAsync(server);
        await client.PutCollectionAsync(
            new CollectionSchema { Name = "c", Fields = [new FieldSchema { Name = "t", Type = FieldType.Text }] },
            TestContext.Current.CancellationToken);
        var acknowledged = new ConcurrentQueue<string>();
        using var enough = new SemaphoreSlim(0);
        using var stopped = new CancellationTokenSource();
        var writing = Task.WhenAll(Enumerable.Range(0, Writers).Select(
            writer => WriteAsync(client, writer, acknowledged, enough, stopped.Token)));
        for (var i = 0; i < AcknowledgedBeforeStop; i++)
            Assert.True(await enough.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        await stop(process);
        await stopped.CancelAsync();
        await writing;
        return acknowledged;
    }

    private static async Task WriteAsync(
        HedgerowClient client, int writer, ConcurrentQueue<string> acknowledged, SemaphoreSlim enough,
        CancellationToken stopped)
    {
        for (var i = 0; !stopped.IsCancellationRequested; i++)
        {
            var path = $"/c/{writer}-{i}";
            try
            {
                var write = await client.SetAsync(
                    path, Encoding.UTF8.GetBytes($$"""{"t":"{{path}}"}"""), cancel: default);
                if (!write.Succeeded) continue;
                acknowledged.Enqueue(path);
                enough.Release();
            }
            catch (HedgerowException)
            {
                // Refused while draining, or nobody there any more: not acknowledged, so nothing was promised.
            }
        }
    }

    private static async Task AssertAllThereAsync(TempDirectory directory, IReadOnlyCollection<string> acknowledged)
    {
        var (process, server) = await StartAsync(directory);
        await using var owned = process;
        await using var client = await ConnectAsync(server);
        foreach (var path in acknowledged)
        {
            using var document = await client.GetAsync(path, TestContext.Current.CancellationToken);
            Assert.True(document.Found, $"{path} was acknowledged and is lost.");
        }
    }

    private static async Task<(HedgerowProcess Process, string Server)> StartAsync(TempDirectory directory)
    {
        var server = $"127.0.0.1:{FreePorts.Take(1)[0]}";
        var process = await HedgerowProcess.ServeAsync(
            "serve", "--listen", server, "--http", "off", "--data", directory["data"], "--shards", "2");
        return (process, server);
    }

    private static ValueTask<HedgerowClient> ConnectAsync(string server) =>
        Patience.ConnectAsync(server);
}

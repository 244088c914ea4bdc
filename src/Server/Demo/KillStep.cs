using Hedgerow.Protocol;
using Hedgerow.Router;

namespace Hedgerow.Server.Demo;

/// <summary>The step that takes a replica away while reads and searches go on, and brings it back.</summary>
internal static class KillStep
{
    private const string Victim = "leaf-2";
    private const int PhaseReads = 3_000;
    private const int PhaseSearches = 60;

    public static async Task RunAsync(DemoStage stage, DemoCluster demo, CancellationToken cancel)
    {
        stage.Step("one replica dies");
        stage.Say($"[grey]{Victim} is stopped without a warning while documents are read and searched.[/]");
        var counts = new Counts();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var traffic = TrafficAsync(demo.Cluster.Client, counts, stop.Token);
        await counts.AdvanceAsync(traffic, PhaseReads, PhaseSearches, cancel);
        stage.Show($"# {Victim} is killed");
        await demo.Cluster.KillLeafAsync(Victim);
        await counts.AdvanceAsync(traffic, PhaseReads, PhaseSearches, cancel);
        var whileDown = counts.Read();
        var down = await demo.Cluster.Client.StatusAsync(cancel);
        stage.Check(down.Single(leaf => leaf.Leaf.Id == Victim).Stats is null, $"{Victim} is down");
        await stage.RunAsync("search", [BundledCorpus.Collection, "\"flightless bird\"", "--size", "2"], cancel);
        stage.Show($"# {Victim} is started again");
        await demo.Cluster.RestartLeafAsync(Victim, cancel);
        await counts.AdvanceAsync(traffic, PhaseReads, PhaseSearches, cancel);
        await stop.CancelAsync();
        await traffic;
        Judge(stage, counts.Read(), whileDown);
        var leaves = await demo.Cluster.Client.StatusAsync(cancel);
        var documents = leaves.Single(leaf => leaf.Leaf.Id == Victim).Stats?.Shards.Sum(shard => shard.Documents) ?? 0;
        stage.Check(
            documents == BundledCorpus.Documents,
            $"{Victim} is back with all of its {documents:N0} documents");
        await stage.RunAsync("status", [], cancel);
    }

    private static void Judge(DemoStage stage, Reading all, Reading whileDown)
    {
        stage.Check(
            all.FailedReads == 0,
            $"{all.Reads:N0} reads, {all.FailedReads} failed (until the restart {whileDown.Reads:N0})");
        stage.Check(
            all.FailedSearches == 0 && all.PartialSearches == 0,
            $"{all.Searches:N0} searches, {all.FailedSearches} failed, {all.PartialSearches} without whole coverage");
        if (all.FirstError is { } error) stage.Say($"[grey]first error: {Spectre.Console.Markup.Escape(error)}[/]");
    }

    private static Task TrafficAsync(HedgerowClient client, Counts counts, CancellationToken stop) => Task.WhenAll(
        RepeatAsync(token => ReadAsync(client, counts, token), stop),
        RepeatAsync(token => SearchAsync(client, counts, token), stop));

    private static async Task RepeatAsync(Func<CancellationToken, Task> work, CancellationToken stop)
    {
        // Leaves the caller's thread: an in-process answer is often there at once, and the loop would never return.
        await Task.Yield();
        while (!stop.IsCancellationRequested) await work(stop);
    }

    private static async Task ReadAsync(HedgerowClient client, Counts counts, CancellationToken stop)
    {
        try
        {
            using var document = await client.GetAsync("/words/hedge.n.01", stop);
            counts.Read(document.Found ? null : "a document was not found");
        }
        catch (HedgerowException failure)
        {
            counts.Read(failure.Message);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The step is over; this read counts for nothing.
        }
    }

    private static async Task SearchAsync(HedgerowClient client, Counts counts, CancellationToken stop)
    {
        try
        {
            var reply = await client.SearchAsync(DataSteps.Hedges(3), stop);
            counts.Search(reply.Coverage, null);
        }
        catch (HedgerowException failure)
        {
            counts.Search(null, failure.Message);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The step is over; this search counts for nothing.
        }
    }

    private readonly record struct Reading(
        long Reads, long FailedReads, long Searches, long FailedSearches, long PartialSearches, string? FirstError);

    /// <summary>What happened to the traffic. Thread-safe.</summary>
    private sealed class Counts
    {
        private readonly Lock _gate = new();
        private Reading _reading;

        public void Read(string? error) => Change(reading => reading with
        {
            Reads = reading.Reads + 1,
            FailedReads = reading.FailedReads + (error is null ? 0 : 1),
            FirstError = reading.FirstError ?? error,
        });

        public void Search(Coverage? coverage, string? error) => Change(reading => reading with
        {
            Searches = reading.Searches + 1,
            FailedSearches = reading.FailedSearches + (error is null ? 0 : 1),
            PartialSearches = reading.PartialSearches + (coverage is { IsWhole: false } ? 1 : 0),
            FirstError = reading.FirstError ?? error,
        });

        public Reading Read()
        {
            lock (_gate) return _reading;
        }

        /// <summary>Waits until so many more reads and searches have happened.</summary>
        public async Task AdvanceAsync(Task traffic, int reads, int searches, CancellationToken cancel)
        {
            var start = Read();
            while (Read() is var now && (now.Reads < start.Reads + reads || now.Searches < start.Searches + searches))
            {
                if (traffic.IsCompleted) await traffic;
                await Task.Delay(TimeSpan.FromMilliseconds(10), cancel);
            }
        }

        private void Change(Func<Reading, Reading> change)
        {
            lock (_gate) _reading = change(_reading);
        }
    }
}

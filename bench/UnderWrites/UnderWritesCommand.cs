using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Hedgerow.Bench.Search;
using Hedgerow.LoadGen.Arrivals;
using HdrHistogram;

namespace Hedgerow.Bench.UnderWrites;

/// <summary>
/// <c>bench -- search-under-writes [SECONDS] [ROUNDS]</c>: a leaf on disk that is searched and read, without writes and
/// with documents written at half the rate that it can take. Floors: the p99 of searches at most doubles; no read is
/// delayed above a millisecond at p99.9. Writes bench/results/search-under-writes.md.
/// </summary>
internal static class UnderWritesCommand
{
    private const double GetsPerSecond = 2_000;

    /// <summary>Share of the search threads' time that searches take.</summary>
    private const double SearchLoad = 0.25;

    private const double SearchGrowthMax = 2;
    private const double GetMillisMax = 1;

    /// <summary>Runs; SECONDS a phase, 10 by custom, and ROUNDS of phases, 3.</summary>
    public static async Task<int> RunAsync(string[] arguments, TextWriter output)
    {
        var seconds = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 10;
        var rounds = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : 3;
        var work = Path.Combine(SharedFolder.Root, "artifacts", "search");
        SearchCorpus.Prepare(work, []);
        var directory = Path.Combine(work, "under-writes");
        if (Directory.Exists(directory)) Directory.Delete(directory, recursive: true);
        var queries = SearchCorpus.ReadQueries(work).Select(query => query.Text).ToArray();
        await using (var leaf = await LeafUnderLoad.OpenAsync(directory, SearchCorpus.Read(work, 1).Lines, queries))
        {
            GC.Collect();
            var report = Measure(leaf, seconds, rounds);
            output.Write(report);
        }

        Directory.Delete(directory, recursive: true);
        return 0;
    }

    private static string Measure(LeafUnderLoad leaf, int seconds, int rounds)
    {
        var rateMax = RateMax(leaf, seconds);
        var searches = SearchLoad / MeanSearchSeconds(leaf, seconds);
        var reads = new Phase("reads alone", 0, 0);
        var quiet = new Phase("searches", searches, 0);
        var busy = new Phase("searches and writes", searches, rateMax / 2);
        for (var round = 0; round < rounds; round++)
            foreach (var phase in new[] { reads, quiet, busy }) phase.Run(leaf, seconds, round);

        var growth = Latency.Millis(busy.Searches, 99) / Latency.Millis(quiet.Searches, 99);
        var delay = Latency.Millis(busy.Gets, 99.9);
        var commit = ResultFile.CommitOf(SharedFolder.Root);
        var segments = leaf.Counter("hedgerow_leaf_index_segments");
        var documents = leaf.Counter("hedgerow_leaf_documents");
        var text = new StringBuilder()
            .AppendLine("# Searches and reads under writes (bench -- search-under-writes)")
            .AppendLine()
            .AppendLine(CultureInfo.InvariantCulture, $"""
                {ResultFile.Machine}; commit {commit}; load {ResultFile.Load} (above 1: noise).

                One leaf in process, its documents on disk, every write forced. Greatest rate of writes {rateMax:N0}
                documents/s; {searches:N0} searches/s, TOP_10 of the game's queries; {GetsPerSecond:N0} reads/s, half of
                entries and half of documents. Milliseconds from when a request was due; {rounds} rounds of
                {seconds} s a phase, in turns. `gc`: the collector's pauses, all together, the longest, and its runs by
                generation; MB allocated, and kept by a collection on the mean. `q`: searches; `w`: documents written.

                | phase | w/s | q p50 | p99 | p99.9 | max | get p50 | p99 | p99.9 | max | gc | top | 0/1/2 | MB | kept |
                | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
                """);
        foreach (var phase in new[] { reads, quiet, busy }) text.AppendLine(phase.Row(seconds * rounds));
        text.AppendLine().AppendLine(
            CultureInfo.InvariantCulture,
            $"p99 of searches grows {growth:F2} times (floor: at most {SearchGrowthMax}); p99.9 of reads {delay:F3} ms "
            + $"(floor: at most {GetMillisMax} ms).");
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"Failed searches: {leaf.Searches.Failures}; failed reads: {leaf.FailedGets}; at the end {documents:N0} "
            + $"documents in {segments} segments.");
        var json = new JsonObject
        {
            ["documentsPerSecondMax"] = Math.Round(rateMax),
            ["searchesPerSecond"] = Math.Round(searches),
            ["searchP99Growth"] = Math.Round(growth, 3),
            ["readP999Millis"] = Math.Round(delay, 4),
        };
        var file = ResultFile.Write("search-under-writes", json);
        File.WriteAllText(Path.ChangeExtension(file, ".md"), text.ToString());
        return text.ToString();
    }

    /// <summary>Documents a second when writes are sent as fast as they are answered, four bulks at a time.</summary>
    private static double RateMax(LeafUnderLoad leaf, int seconds)
    {
        var random = new Random(1);
        var (start, before) = (Latency.Clock.NowNanos, leaf.Written);
        while (Latency.Clock.NowNanos - start < seconds * 1_000_000_000L) leaf.SendBulk(random);
        leaf.WaitForBulks();
        return (leaf.Written - before) * 1e9 / (Latency.Clock.NowNanos - start);
    }

    /// <summary>One search after the other.</summary>
    private static double MeanSearchSeconds(LeafUnderLoad leaf, int seconds)
    {
        var random = new Random(1);
        var start = Latency.Clock.NowNanos;
        var runs = 0;
        for (; Latency.Clock.NowNanos - start < seconds * 1_000_000_000L; runs++)
        {
            leaf.SendSearch(random, Latency.Clock.NowNanos);
            while (leaf.Searches.Waiting > 0) Thread.Yield();
        }

        return (Latency.Clock.NowNanos - start) / 1e9 / runs;
    }

    /// <summary>A mix of requests, and what was seen of it.</summary>
    private sealed class Phase(string name, double searchesPerSecond, double documentsPerSecond)
    {
        private long _written;
        private readonly PauseWatch _pauses = new();

        public LongHistogram Searches { get; } = Latency.NewHistogram();

        public LongHistogram Gets { get; } = Latency.NewHistogram();

        public void Run(LeafUnderLoad leaf, int seconds, int round)
        {
            var written = leaf.Written;
            _pauses.Begin();
            leaf.Searches.RecordInto(Searches);
            var threads = new List<PacedThread>();
            var getting = new Random(round);
            threads.Add(new PacedThread(new PoissonArrivals(GetsPerSecond, new Random(round)), due =>
            {
                leaf.Get(getting);
                Gets.RecordValue(Latency.Bounded(Latency.Clock.NowNanos - due));
                _pauses.Look();
            }));
            if (searchesPerSecond > 0)
            {
                var random = new Random(round);
                threads.Add(new PacedThread(
                    new PoissonArrivals(searchesPerSecond, new Random(round)), due => leaf.SendSearch(random, due)));
            }

            if (documentsPerSecond > 0)
            {
                var random = new Random(round);
                threads.Add(new PacedThread(
                    new ConstantArrivals(documentsPerSecond / LeafUnderLoad.BulkDocuments),
                    _ => leaf.SendBulk(random)));
            }

            Latency.Clock.WaitUntil(Latency.Clock.NowNanos + (seconds * 1_000_000_000L));
            foreach (var thread in threads) thread.Dispose();
            leaf.WaitForBulks();
            while (leaf.Searches.Waiting > 0) Thread.Yield();
            _written += leaf.Written - written;
            _pauses.End();
        }

        public string Row(double seconds)
        {
            var searches = Searches.TotalCount == 0 ? "| | |" : Latency.Cells(Searches);
            return string.Create(
                CultureInfo.InvariantCulture,
                $"| {name} | {_written / seconds:N0} | {searches} | {Latency.Cells(Gets)} "
                + $"| {_pauses.Cells()} |");
        }
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Hedgerow.Bench.Values;

/// <summary>
/// <c>bench -- values [DOCUMENTS]</c>: circles of several sizes, lists of codes and scores multiplied by a value,
/// beside Lucene.NET on the same documents in the same minute; totals are compared. Writes bench/results/values.md.
/// </summary>
internal static class ValuesCommand
{
    private const int Rounds = 5;
    private const int Circles = 100;

    /// <summary>Runs; 1 where the totals differ.</summary>
    public static int Run(string[] arguments, TextWriter output)
    {
        var count = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 200_000;
        var corpus = new ValueCorpus(count);
        var folder = Directory.CreateTempSubdirectory("hedgerow-values-").FullName;
        try
        {
            using var ours = new HedgerowValues(corpus, Path.Combine(folder, "ours"));
            using var theirs = new LuceneNetValues(corpus, Path.Combine(folder, "theirs"));
            return Compare(corpus, ours, theirs, output);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static int Compare(ValueCorpus corpus, IValueEngine ours, IValueEngine theirs, TextWriter output)
    {
        var text = new StringBuilder()
            .AppendLine("# Places, lists of values, functions of scores (bench -- values)")
            .AppendLine()
            .AppendLine(CultureInfo.InvariantCulture, $"""
                {ResultFile.Machine}; commit {ResultFile.CommitOf(SharedFolder.Root)}; load {ResultFile.Load}.

                {corpus.Rows.Length:N0} documents made from a seed, one segment each, one thread, the ten best and the
                total; the mean over the queries of the best of {Rounds} rounds. Lucene.NET 4.8 has no points: a circle
                is two numeric ranges and the distance of what is in both.

                | queries | hits a query | Hedgerow µs | Lucene.NET µs | times as fast |
                | --- | --- | --- | --- | --- |
                """);
        var isSame = true;
        foreach (var kilometres in new[] { 1, 10, 100, 1_000 })
        {
            isSame &= Row($"circles of {kilometres} km around towns", Circles, (engine, i) =>
                engine.Within(corpus.Town(i), kilometres * 1_000));
        }

        foreach (var size in new[] { 10, 1_000, 10_000 })
        {
            var lists = Enumerable.Range(0, 10).Select(_ => corpus.Codes(size)).ToArray();
            isSame &= Row($"lists of {size:N0} codes", lists.Length, (engine, i) => engine.OneOf(lists[i]));
        }

        isSame &= Row("two words", 40, (engine, i) =>
            engine.Plain(ValueCorpus.Frequent(i), ValueCorpus.Frequent(i * 7)));
        isSame &= Row("two words, times ln(1 + visits)", 40, (engine, i) =>
            engine.Boosted(ValueCorpus.Frequent(i), ValueCorpus.Frequent(i * 7)));
        isSame &= Row("two words, most visits first", 40, (engine, i) =>
            engine.Sorted(ValueCorpus.Frequent(i), ValueCorpus.Frequent(i * 7)));
        text.AppendLine().AppendLine(isSame ? "All totals are the same." : "TOTALS DIFFER.");
        output.Write(text);
        File.WriteAllText(Path.Combine(SharedFolder.Root, "bench", "results", "values.md"), text.ToString());
        return isSame ? 0 : 1;

        bool Row(string name, int queries, Func<IValueEngine, int, long> run)
        {
            var (our, ourHits) = Micros(ours, queries, run);
            var (their, theirHits) = Micros(theirs, queries, run);
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"| {name} | {ourHits / (double)queries:N0} | {our:N1} | {their:N1} | {their / our:F1} |");
            return ourHits == theirHits;
        }
    }

    private static (double Micros, long Hits) Micros(
        IValueEngine engine, int queries, Func<IValueEngine, int, long> run)
    {
        var (best, hits) = (double.MaxValue, 0L);
        for (var round = 0; round < Rounds; round++)
        {
            hits = 0;
            var clock = Stopwatch.StartNew();
            for (var i = 0; i < queries; i++) hits += run(engine, i);
            best = Math.Min(best, clock.Elapsed.TotalMicroseconds / queries);
        }

        return (best, hits);
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Bench.Pages;

/// <summary>
/// <c>bench -- pages</c>: paging by search_after, points in time, collapsing and highlighting over articles of
/// Wikipedia, the first and the third beside Lucene.NET in the same run, in turns; each query counts with its best
/// round. What is ordered by length has to be the same in both. Writes bench/results/pages.md. Exit codes: 0 well,
/// 1 where hits differ, 2 no data.
/// </summary>
internal static class PagesCommand
{
    private const int Rounds = 5;
    private const int Queries = 40;
    private const int Pages = 20;
    private const int PageSize = 20;
    private const int DeepFrom = 2_000;

    /// <summary>Runs.</summary>
    public static async Task<int> RunAsync(TextWriter output)
    {
        if (!File.Exists(PageCorpus.File))
        {
            output.WriteLine("pages: needs ../shared/data/wiki-en");
            return 2;
        }

        var articles = PageCorpus.Read();
        var queries = PageCorpus.Queries(articles, Queries);
        using var ours = new HedgerowPages(articles);
        using var theirs = new LucenePages(articles);
        await using var held = await HeldPages.FillAsync(articles);
        var text = new StringBuilder()
            .AppendLine("# Pages, groups and marks (bench -- pages)").AppendLine()
            .AppendLine(CultureInfo.InvariantCulture, $"""
                {ResultFile.Machine}; commit {ResultFile.CommitOf(SharedFolder.Root)}; load {ResultFile.Load}.

                {articles.Length:N0} articles of Wikipedia in memory, one segment each, one thread; {Queries}
                queries of any of two words; microseconds a query, the mean of the best of {Rounds} rounds of each.
                Lucene.NET 4.8's groups are a collector over its doc values; its packages for groups and marks do
                not restore. `Same`: the share of hits that both have. By length that is all of them, or the run
                fails.

                | what | Hedgerow µs | Lucene.NET µs | times as fast | same |
                | --- | ---: | ---: | ---: | ---: |
                """);
        var isSame = true;
        Row($"{Pages} pages of {PageSize}, by score", 0.8, (engine, query) => engine.ByScore(query, Pages, PageSize));
        Row($"{Pages} pages of {PageSize}, by length", 1, (engine, query) => engine.ByLength(query, Pages, PageSize));
        Row($"one page from {DeepFrom:N0}, by length", 1, (engine, query) => engine.Deep(query, DeepFrom, PageSize));
        Row("ten groups, by length", 1, (engine, query) => engine.Groups(query, 10));
        await HeldAsync(text, held, queries);
        Marks(text, ours, queries);
        output.Write(text);
        File.WriteAllText(Path.Combine(SharedFolder.Root, "bench", "results", "pages.md"), text.ToString());
        if (!isSame) output.WriteLine("HITS DIFFER.");
        return isSame ? 0 : 1;

        void Row(string name, double sameMin, Func<IPageEngine, string, List<int>> run)
        {
            var (our, their, same) = Compare(ours, theirs, queries, run);
            isSame &= same >= sameMin;
            text.AppendLine(
                CultureInfo.InvariantCulture, $"| {name} | {our:N1} | {their:N1} | {their / our:F1} | {same:P0} |");
        }
    }

    private static (double Our, double Their, double Same) Compare(
        HedgerowPages ours, LucenePages theirs, string[] queries, Func<IPageEngine, string, List<int>> run)
    {
        double our = 0, their = 0, same = 0;
        foreach (var query in queries)
        {
            double bestOur = double.MaxValue, bestTheir = double.MaxValue;
            for (var round = 0; round < Rounds; round++)
            {
                var (mine, mineMicros) = Timed(() => run(ours, query));
                var (other, otherMicros) = Timed(() => run(theirs, query));
                (bestOur, bestTheir) = (Math.Min(bestOur, mineMicros), Math.Min(bestTheir, otherMicros));
                var most = Math.Max(mine.Count, other.Count);
                if (round == 0) same += most == 0 ? 1 : (double)mine.Intersect(other).Count() / most;
            }

            our += bestOur / queries.Length;
            their += bestTheir / queries.Length;
        }

        return (our, their, same / queries.Length);
    }

    private static async Task HeldAsync(StringBuilder text, HeldPages held, string[] queries)
    {
        text.AppendLine()
            .AppendLine("The same pages by score in a cluster of four shards in the process, by its client:")
            .AppendLine().AppendLine("| what | µs | hits |").AppendLine("| --- | ---: | ---: |");
        foreach (var isHeld in new[] { false, true })
        {
            double sum = 0;
            var found = 0;
            foreach (var query in queries)
            {
                var best = double.MaxValue;
                for (var round = 0; round < Rounds; round++)
                {
                    var began = Stopwatch.GetTimestamp();
                    var hits = await held.PageAsync(query, Pages, PageSize, isHeld);
                    best = Math.Min(best, Stopwatch.GetElapsedTime(began).TotalMicroseconds);
                    if (round == 0) found += hits;
                }

                sum += best / queries.Length;
            }

            var name = isHeld ? "point in time opened, paged, closed" : "search_after alone";
            text.AppendLine(CultureInfo.InvariantCulture, $"| {name} | {sum:N1} | {found:N0} |");
        }
    }

    private static void Marks(StringBuilder text, HedgerowPages ours, string[] queries)
    {
        text.AppendLine().AppendLine("The ten best hits, marked:").AppendLine()
            .AppendLine("| marks | µs | characters |").AppendLine("| --- | ---: | ---: |");
        (string Name, HighlightField? Field)[] kinds =
        [
            ("none", null),
            ("the five best passages of 100", new HighlightField("text") { BestFirst = true }),
            ("the whole text", new HighlightField("text") { Fragments = 0 }),
        ];
        foreach (var (name, field) in kinds)
        {
            double sum = 0;
            long characters = 0;
            foreach (var query in queries)
            {
                var best = double.MaxValue;
                for (var round = 0; round < Rounds; round++)
                {
                    var (marked, micros) = Timed(() => ours.Marked(query, field));
                    best = Math.Min(best, micros);
                    if (round == 0) characters += marked;
                }

                sum += best / queries.Length;
            }

            text.AppendLine(
                CultureInfo.InvariantCulture, $"| {name} | {sum:N1} | {characters / queries.Length:N0} |");
        }
    }

    private static (T Found, double Micros) Timed<T>(Func<T> work)
    {
        var began = Stopwatch.GetTimestamp();
        var found = work();
        return (found, Stopwatch.GetElapsedTime(began).TotalMicroseconds);
    }
}

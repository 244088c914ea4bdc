using System.Globalization;
using System.Text;
using Hedgerow.Bench.Expiry;
using Hedgerow.Leaf.Search.Analysis;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Instant;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Protocol;

namespace Hedgerow.Bench.Instant;

/// <summary>
/// <c>bench -- instant [LETTERS]</c>: processor time of the engine for each letter typed, ten hits with marked words,
/// over one shard with Open English WordNet; beside Lucene.NET on the same letters. Processor time of the thread, so
/// that what else the machine does hardly counts. Exit codes: 0 well, 2 without the data.
/// </summary>
internal static class InstantCommand
{
    private const int LettersStandard = 4_000;
    private const int WarmupSeed = 1;
    private const int Seed = 2;

    /// <summary>Runs.</summary>
    public static int Run(string[] arguments, TextWriter output)
    {
        if (!File.Exists(TypedLetters.File))
        {
            output.WriteLine($"instant: needs {TypedLetters.File}");
            return 2;
        }

        var count = arguments is [var given] ? int.Parse(given, CultureInfo.InvariantCulture) : LettersStandard;
        var letters = TypedLetters.Read();
        using var directory = IndexDirectory.InMemory();
        using var index = Fill(directory, letters.Documents);
        output.WriteLine($"{letters.Documents.Count} documents in {index.SegmentCount} segments, {index.Bytes} bytes");
        output.WriteLine("| engine | letters | mean | p50 | p99 | p99.9 | longest (CPU µs) |");
        output.WriteLine("| --- | --- | --- | --- | --- | --- | --- |");
        var ours = Measure(text => Search(index, text), letters, count);
        output.WriteLine(Row("Hedgerow", ours));
        using var lucene = new LuceneTyping(letters.Documents);
        var theirs = Measure(text => lucene.Search(text), letters, count);
        output.WriteLine(Row("Lucene.NET 4.8", theirs));
        var ratio = theirs.Average(row => row.Micros) / ours.Average(row => row.Micros);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\nLucene.NET takes {ratio:F1} times as long."));
        output.WriteLine("\nour dearest letters:");
        foreach (var (text, micros) in ours.OrderByDescending(row => row.Micros).Take(8))
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{micros,9:F0} µs  {text}"));
        return 0;
    }

    private static CollectionIndex Fill(IndexDirectory directory, IReadOnlyList<byte[]> documents)
    {
        var schema = new CollectionSchema
        {
            Name = "wordnet",
            Fields =
            [
                new FieldSchema { Name = "lemmas", Type = FieldType.Text, Instant = true },
                new FieldSchema { Name = "definition", Type = FieldType.Text, Instant = true },
            ],
        };
        var index = CollectionIndex.Open(
            directory, schema, Analyzers.Get, new CollectionIndexOptions(), TimeProvider.System);
        for (var i = 0; i < documents.Count; i++)
        {
            var path = string.Create(CultureInfo.InvariantCulture, $"/wordnet/{i:D6}");
            index.Put(Encoding.UTF8.GetBytes(path), 0, documents[i], out _, out _);
        }

        index.Flush(1);
        while (index.MergeOnce(long.MaxValue, CancellationToken.None))
        {
        }

        return index;
    }

    private static void Search(CollectionIndex index, string text)
    {
        var request = new InstantRequest
        {
            Collection = "wordnet", Text = text, Fields = ["lemmas", "definition"],
            HighlightFields = ["lemmas", "definition"],
        };
        index.Read((fields, snapshot) =>
            new InstantRun(fields, snapshot, SearchBudget.Unlimited()).Search(request, out _, out _));
    }

    private static List<(string Text, double Micros)> Measure(Action<string> search, TypedLetters letters, int count)
    {
        foreach (var text in letters.Draw(count, WarmupSeed)) search(text);
        var times = new List<(string Text, double Micros)>(count);
        foreach (var text in letters.Draw(count, Seed))
        {
            var before = ThreadClock.CpuNanoseconds;
            search(text);
            times.Add((text, (ThreadClock.CpuNanoseconds - before) / 1e3));
        }

        return times;
    }

    private static string Row(string name, List<(string Text, double Micros)> times)
    {
        var sorted = times.Select(row => row.Micros).Order().ToArray();
        double At(double share) => sorted[Math.Min(sorted.Length - 1, (int)(share * sorted.Length))];
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {name} | {sorted.Length} | {sorted.Average():F0} | {At(0.5):F0} | {At(0.99):F0} | {At(0.999):F0} | "
            + $"{sorted[^1]:F0} |");
    }
}

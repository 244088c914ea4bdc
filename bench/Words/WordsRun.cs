using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using Hedgerow.Bench.Search;

namespace Hedgerow.Bench.Words;

/// <summary>
/// <c>bench -- words [KIND...]</c>: queries about words (misspelt, in two fields, unfinished phrases, likeness) over
/// articles of Wikipedia, ours beside Lucene.NET 4.8, both in memory, one segment, one thread, ten best hits. Rounds
/// take turns; each query counts with its best round. Prints the mean of each kind and the ratio. Exit codes: 0 well,
/// 2 no data.
/// </summary>
internal static class WordsRun
{
    private const int Articles = 12_000;
    private const int QueriesOfKind = 60;
    private const int Rounds = 5;
    private const int Seed = 11;

    /// <summary>Runs.</summary>
    public static int Run(string[] arguments, TextWriter output)
    {
        var file = SharedFolder.Data("wiki-en/articles.jsonl.gz");
        if (!File.Exists(file))
        {
            output.WriteLine("words: needs ../shared/data/wiki-en");
            return 2;
        }

        var articles = Read(file).Take(Articles).ToArray();
        using var ours = new HedgerowWords(articles);
        using var theirs = new LuceneWords(articles);
        output.WriteLine($"{articles.Length} articles; µs a query, mean of {QueriesOfKind}, best of {Rounds}");
        output.WriteLine("| kind | Hedgerow | Lucene.NET | ratio | hits of both |");
        output.WriteLine("| --- | ---: | ---: | ---: | ---: |");
        var kinds = arguments.Length == 0
            ? Enum.GetValues<WordKind>()
            : Array.ConvertAll(arguments, kind => Enum.Parse<WordKind>(kind, ignoreCase: true));
        foreach (var kind in kinds)
        {
            var queries = Queries(articles, kind);
            Compare(kind, queries, ours, theirs, output);
        }

        return 0;
    }

    private static void Compare(
        WordKind kind, string[] queries, HedgerowWords ours, LuceneWords theirs, TextWriter output)
    {
        var best = new double[2, queries.Length];
        var shared = 0.0;
        for (var round = 0; round < Rounds; round++)
        {
            for (var q = 0; q < queries.Length; q++)
            {
                var (mine, mineMicros) = Timed(() => ours.Search(kind, queries[q]));
                var (other, otherMicros) = Timed(() => theirs.Search(kind, queries[q]));
                best[0, q] = round == 0 ? mineMicros : Math.Min(best[0, q], mineMicros);
                best[1, q] = round == 0 ? otherMicros : Math.Min(best[1, q], otherMicros);
                var most = Math.Max(mine.Count, other.Count);
                if (round == 0) shared += most == 0 ? 1 : (double)mine.Intersect(other).Count() / most;
            }
        }

        var means = new double[2];
        for (var q = 0; q < queries.Length; q++)
            for (var side = 0; side < 2; side++) means[side] += best[side, q] / queries.Length;
        var (ratio, same) = (means[1] / means[0], shared / queries.Length);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {kind} | {means[0]:0.0} | {means[1]:0.0} | {ratio:0.00} | {same:P0} |"));
    }

    private static (IReadOnlyList<int> Hits, double Micros) Timed(Func<IReadOnlyList<int>> search)
    {
        var startedAt = Stopwatch.GetTimestamp();
        var hits = search();
        return (hits, Stopwatch.GetElapsedTime(startedAt).TotalMicroseconds);
    }

    /// <summary>Neighbouring words of articles, changed as the kind needs.</summary>
    private static string[] Queries(Article[] articles, WordKind kind)
    {
        var random = new Random(Seed + (int)kind);
        var queries = new List<string>();
        while (queries.Count < QueriesOfKind)
        {
            var words = articles[random.Next(articles.Length)].Text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length < 40) continue;
            var at = random.Next(words.Length - 3);
            var text = kind switch
            {
                WordKind.MoreLikeThis => string.Join(' ', words.Take(200)),
                WordKind.PhrasePrefix => $"{words[at]} {words[at + 1][..Math.Min(3, words[at + 1].Length)]}",
                WordKind.Fuzzy => $"{Misspelt(words[at], random)} {Misspelt(words[at + 1], random)}",
                _ => $"{words[at]} {words[at + 1]} {words[at + 2]}",
            };
            if (text.Length > 8) queries.Add(text);
        }

        return [.. queries];
    }

    /// <summary>A word with two neighbours swapped, if it is long enough.</summary>
    private static string Misspelt(string word, Random random)
    {
        if (word.Length < 5) return word;
        var at = random.Next(1, word.Length - 2);
        return $"{word[..at]}{word[at + 1]}{word[at]}{word[(at + 2)..]}";
    }

    /// <summary>The articles of a file.</summary>
    public static IEnumerable<Article> Read(string file)
    {
        using var stream = File.OpenRead(file);
        using var reader = new StreamReader(new GZipStream(stream, CompressionMode.Decompress));
        while (reader.ReadLine() is { } line)
        {
            using var json = JsonDocument.Parse(line);
            var root = json.RootElement;
            yield return new Article(
                SearchCorpus.Reduced(root.GetProperty("title").GetString()!),
                SearchCorpus.Reduced(root.GetProperty("text").GetString()!));
        }
    }
}

/// <summary>One document: lower-cased words between blanks.</summary>
internal sealed record Article(string Title, string Text);

/// <summary>What is compared.</summary>
internal enum WordKind
{
    /// <summary>Two words, each with a swap, one edit allowed behind the first letter, 50 expansions.</summary>
    Fuzzy,

    /// <summary>Three words in title and text, the best field and 0.3 of the other.</summary>
    DisMax,

    /// <summary>One word, and three letters of the next: 50 expansions.</summary>
    PhrasePrefix,

    /// <summary>The 25 most telling of 200 words.</summary>
    MoreLikeThis,
}

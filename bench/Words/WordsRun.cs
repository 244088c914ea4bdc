using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using Hedgerow.Bench.Search;

namespace Hedgerow.Bench.Words;

/// <summary>
/// <c>bench -- words [KIND...]</c>: queries about words (misspelt, in two fields, unfinished phrases, likeness,
/// synonyms, beginnings by edge n-grams) over articles of Wikipedia, ours beside Lucene.NET 4.8, both in memory, one
/// segment, one thread, ten best hits. Rounds take turns; each query counts with its best round. Prints the mean of
/// each kind and the ratio. Exit codes: 0 well, 2 no data.
/// </summary>
internal static class WordsRun
{
    /// <summary>Characters of the longest gram.</summary>
    public const int GramCharsMax = 10;

    private const int Articles = 12_000;
    private const int Meanings = 500;
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
        var meanings = MeaningsOf(articles);
        using var ours = new HedgerowWords(articles, [.. meanings.Select(texts => string.Join(", ", texts))]);
        using var theirs = new LuceneWords(articles, meanings);
        output.WriteLine($"{articles.Length} articles; µs a query, mean of {QueriesOfKind}, best of {Rounds}");
        output.WriteLine("| kind | Hedgerow | Lucene.NET | ratio | hits of both |");
        output.WriteLine("| --- | ---: | ---: | ---: | ---: |");
        var kinds = arguments.Length == 0
            ? Enum.GetValues<WordKind>()
            : Array.ConvertAll(arguments, kind => Enum.Parse<WordKind>(kind, ignoreCase: true));
        foreach (var kind in kinds)
        {
            var queries = Queries(articles, meanings, kind);
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
    private static string[] Queries(Article[] articles, string[][] meanings, WordKind kind)
    {
        var random = new Random(Seed + (int)kind);
        var queries = new List<string>();
        while (queries.Count < QueriesOfKind)
        {
            var article = articles[random.Next(articles.Length)];
            var words = Words(kind == WordKind.EdgeGrams ? article.Title : article.Text);
            if (words.Length < (kind == WordKind.EdgeGrams ? 3 : 40)) continue;
            var at = random.Next(words.Length - 2);
            var text = kind switch
            {
                WordKind.MoreLikeThis => string.Join(' ', words.Take(200)),
                WordKind.Synonyms => $"{words[at]} {random.GetItems(random.GetItems(meanings, 1)[0], 1)[0]}",
                WordKind.EdgeGrams => $"{Beginning(words[at], random)} {Beginning(words[at + 1], random)}",
                WordKind.PhrasePrefix => $"{words[at]} {words[at + 1][..Math.Min(3, words[at + 1].Length)]}",
                WordKind.Fuzzy => $"{Misspelt(words[at], random)} {Misspelt(words[at + 1], random)}",
                _ => $"{words[at]} {words[at + 1]} {words[at + 2]}",
            };
            if (text.Length > (kind == WordKind.EdgeGrams ? 4 : 8)) queries.Add(text);
        }

        return [.. queries];
    }

    /// <summary>
    /// Texts that are to mean each other: two words that stand beside each other, two others, and a word, so that most
    /// of them are several words.
    /// </summary>
    private static string[][] MeaningsOf(Article[] articles)
    {
        var random = new Random(Seed);
        var meanings = new List<string[]>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (meanings.Count < Meanings)
        {
            var texts = random.GetItems(articles, 3).Select(article => Words(article.Text)).ToArray();
            if (texts.Any(words => words.Length < 40)) continue;
            var at = Array.ConvertAll(texts, words => random.Next(words.Length - 1));
            string[] same =
            [
                $"{texts[0][at[0]]} {texts[0][at[0] + 1]}", $"{texts[1][at[1]]} {texts[1][at[1] + 1]}",
                texts[2][at[2]],
            ];
            // Each text means one thing, and none is within another: what a query means is then plain.
            var parts = same.SelectMany(Words).ToArray();
            if (parts.Any(word => word.Length < 4) || parts.Distinct().Count() < parts.Length) continue;
            if (parts.Any(seen.Contains)) continue;
            seen.UnionWith(parts);
            meanings.Add(same);
        }

        return [.. meanings];
    }

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>One to four letters of a word.</summary>
    private static string Beginning(string word, Random random) => word[..Math.Min(word.Length, random.Next(1, 5))];

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

    /// <summary>
    /// A word, and a text of one word or two that means two others, of which most are of two words. Lucene.NET 4.8
    /// makes no query of a graph of words: there the query is put together by hand, as later ones make it, and what
    /// finds the synonyms is a lookup in a dictionary.
    /// </summary>
    Synonyms,

    /// <summary>Beginnings of two words of a title, up to four letters each, over edge n-grams of 1 to 10.</summary>
    EdgeGrams,
}

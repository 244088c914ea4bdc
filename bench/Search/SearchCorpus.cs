using System.IO.Compression;
using System.Text;
using System.Text.Json;

namespace Hedgerow.Bench.Search;

/// <summary>
/// What all engines are given, as two files of a folder: <c>corpus.txt</c>, a document a line, and <c>queries.tsv</c>,
/// class and query. Documents are paragraphs of at least five words, lower-cased, every run of what is not a to z one
/// space, as the game does it.
/// </summary>
/// <param name="Lines">The documents, each once.</param>
/// <param name="Repeat">How often all of them are indexed, each time with numbers of its own.</param>
internal sealed record SearchCorpus(IReadOnlyList<string> Lines, int Repeat)
{
    /// <summary>Class of the single words that are measured beside the game's queries.</summary>
    public const string WordClass = "words";

    private const int WordsMin = 5;
    private const int SingleWords = 100;

    /// <summary>Documents that an index of it has.</summary>
    public int Documents => Lines.Count * Repeat;

    /// <summary>Reads what <see cref="Prepare"/> wrote.</summary>
    public static SearchCorpus Read(string folder, int repeat) =>
        new(File.ReadAllLines(Path.Combine(folder, "corpus.txt")), repeat);

    /// <summary>Class and text of the queries that <see cref="Prepare"/> wrote.</summary>
    public static IReadOnlyList<(string Class, string Text)> ReadQueries(string folder) =>
    [
        .. File.ReadLines(Path.Combine(folder, "queries.tsv"))
            .Select(line => line.Split('\t')).Select(parts => (parts[0], parts[1])),
    ];

    /// <summary>Writes both files, unless the corpus is there already.</summary>
    /// <param name="folder">Where; made if need be.</param>
    /// <param name="classes">Classes of queries to keep; empty for all.</param>
    public static void Prepare(string folder, IReadOnlyCollection<string> classes)
    {
        Directory.CreateDirectory(folder);
        var corpus = Path.Combine(folder, "corpus.txt");
        if (!File.Exists(corpus))
        {
            File.WriteAllLines(corpus + ".new", Paragraphs().Select(Reduced));
            File.Move(corpus + ".new", corpus);
        }

        var queries = Queries().Where(query => classes.Count == 0 || classes.Contains(query.Class));
        File.WriteAllLines(Path.Combine(folder, "queries.tsv"), queries.Select(q => q.Class + "\t" + q.Text));
    }

    private static IEnumerable<string> Paragraphs()
    {
        using var file = File.OpenRead(SharedFolder.Data("wiki-en/articles.jsonl.gz"));
        using var reader = new StreamReader(new GZipStream(file, CompressionMode.Decompress));
        while (reader.ReadLine() is { } line)
        {
            using var article = JsonDocument.Parse(line);
            foreach (var paragraph in article.RootElement.GetProperty("text").GetString()!.Split('\n'))
            {
                if (paragraph.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length >= WordsMin)
                    yield return paragraph;
            }
        }
    }

    /// <summary>Lower-cased words of a to z, one blank between them.</summary>
    public static string Reduced(string text)
    {
        var reduced = new StringBuilder(text.Length);
        var isGap = false;
        foreach (var letter in text.ToLowerInvariant())
        {
            if (letter is >= 'a' and <= 'z')
            {
                if (isGap && reduced.Length > 0) reduced.Append(' ');
                reduced.Append(letter);
                isGap = false;
            }
            else
            {
                isGap = true;
            }
        }

        return reduced.ToString();
    }

    /// <summary>The game's queries, and the first words of its unions as a class of their own.</summary>
    private static List<(string Class, string Text)> Queries()
    {
        var queries = new List<(string Class, string Text)>();
        foreach (var line in File.ReadLines(SharedFolder.Data("search-benchmark-game/queries.txt")))
        {
            using var row = JsonDocument.Parse(line);
            var tag = row.RootElement.GetProperty("tags")[0].GetString()!;
            queries.Add((tag, row.RootElement.GetProperty("query").GetString()!));
        }

        var words = queries.Where(query => query.Class == "union")
            .SelectMany(query => query.Text.Split(' ')).Distinct().Take(SingleWords).ToList();
        queries.AddRange(words.Select(word => (WordClass, word)));
        return queries;
    }
}

using Hedgerow.Bench.Words;

namespace Hedgerow.Bench.Pages;

/// <summary>Articles of Wikipedia, and queries that match many of them.</summary>
internal static class PageCorpus
{
    private const int Articles = 12_000;
    private const int Seed = 5;

    /// <summary>Where the articles are.</summary>
    public static string File => SharedFolder.Data("wiki-en/articles.jsonl.gz");

    /// <summary>The articles.</summary>
    public static Article[] Read() => [.. WordsRun.Read(File).Take(Articles)];

    /// <summary>The two letters that a title begins with: some 600 groups.</summary>
    public static string GroupOf(Article article) => article.Title[..Math.Min(2, article.Title.Length)];

    /// <summary>Two neighbouring words of an article.</summary>
    public static string[] Queries(Article[] articles, int count)
    {
        var random = new Random(Seed);
        var queries = new List<string>();
        while (queries.Count < count)
        {
            var words = articles[random.Next(articles.Length)].Text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length < 40) continue;
            var at = random.Next(words.Length - 1);
            queries.Add($"{words[at]} {words[at + 1]}");
        }

        return [.. queries];
    }
}

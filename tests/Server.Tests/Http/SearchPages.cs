namespace Hedgerow.Server.Tests.Http;

/// <summary>The pages about searching, docs/SEARCH.md and docs/search, and the examples in them.</summary>
internal static class SearchPages
{
    /// <summary>The one that others may take the collection of.</summary>
    public const string First = "SEARCH.md";

    private static string Docs => Path.Combine(Checkout.Root, "docs");

    /// <summary>All of them.</summary>
    public static IEnumerable<string> All =>
    [
        First,
        .. Directory.GetFiles(Path.Combine(Docs, "search"), "*.md").Order(StringComparer.Ordinal)
            .Select(file => "search/" + Path.GetFileName(file)),
    ];

    /// <summary>The name of a page's collection.</summary>
    public static string CollectionOf(string page) =>
        page == First ? "books" : Path.GetFileNameWithoutExtension(page).ToLowerInvariant();

    /// <summary>The fenced blocks, each with what stands behind the arrow that follows it.</summary>
    public static (string Kind, string Text, string Expected)[] Blocks(string page)
    {
        var lines = File.ReadAllLines(Path.Combine(Docs, page));
        var blocks = new List<(string Kind, string Text, string Expected)>();
        for (var at = 0; at < lines.Length; at++)
        {
            if (!lines[at].StartsWith("```", StringComparison.Ordinal)) continue;
            var end = Array.IndexOf(lines, "```", at + 1);
            var behind = end + 1 < lines.Length && lines[end + 1].StartsWith("→ ", StringComparison.Ordinal)
                ? lines[end + 1][2..]
                : "";
            blocks.Add((lines[at][3..], string.Join('\n', lines[(at + 1)..end]), behind));
            at = end;
        }

        return [.. blocks];
    }
}

namespace Hedgerow.Leaf.Tests.Search.Instant;

/// <summary>A small language whose words are near each other.</summary>
internal static class InstantWords
{
    private static readonly string[] Words =
    [
        "a", "an", "hedge", "hedges", "hedgehog", "hedgehogs", "ledger", "edge", "row", "rows", "hedgerow",
        "hedgerows", "crow", "grow", "growing", "tree", "trees", "treehouse", "house", "housekeeping", "housekeeper",
        "keep", "keeper", "green", "greenhouse", "über", "ubergrün", "grün",
    ];

    public static InstantDocument Document(Random random, string path) => new(
        path, Text(random, 4), Text(random, 8), random.Next(3) == 0 ? null : random.Next(4),
        random.Next(2) == 0 ? "x" : "y",
        [.. Enumerable.Range(0, random.Next(3)).Select(_ => (Cased(random, Text(random, 2)), random.Next(5)))
            .Where(row => row.Item1.Length > 0)]);

    public static string Text(Random random, int most) =>
        string.Join(' ', Enumerable.Range(0, random.Next(most + 1)).Select(_ => Words[random.Next(Words.Length)]));

    /// <summary>Some words of it, perhaps misspelt, the last perhaps cut off.</summary>
    public static string Typed(Random random, int most)
    {
        var words = Enumerable.Range(0, random.Next(1, most + 1))
            .Select(_ => Misspelt(random, Words[random.Next(Words.Length)])).ToArray();
        if (random.Next(2) == 0 && words[^1].Length > 1) words[^1] = words[^1][..random.Next(1, words[^1].Length)];
        return string.Join(' ', words) + (random.Next(6) == 0 ? " " : "");
    }

    public static string Misspelt(Random random, string word)
    {
        for (var errors = random.Next(4); errors > 1; errors--)
        {
            var at = random.Next(word.Length);
            word = random.Next(4) switch
            {
                0 => word.Insert(at, "e"),
                1 when word.Length > 1 => word.Remove(at, 1),
                2 when at + 1 < word.Length => word[..at] + word[at + 1] + word[at] + word[(at + 2)..],
                _ => word[..at] + "o" + word[(at + 1)..],
            };
        }

        return word;
    }

    private static string Cased(Random random, string text) =>
        random.Next(2) == 0 ? text.ToUpperInvariant() : text.Replace(" ", "  ", StringComparison.Ordinal);
}

namespace Hedgerow.Server.Tests;

/// <summary>Parts of a page under docs written from tables of the program. UPDATE_DOCS=1 writes them.</summary>
internal static class DocsPage
{
    /// <summary>Holds the part between its two marks to the text, or writes it there.</summary>
    /// <param name="page">The file's name.</param>
    /// <param name="writer">The test class, which the mark names.</param>
    /// <param name="part">The part's name.</param>
    /// <param name="text">What the tables say.</param>
    public static void Check(string page, string writer, string part, string text)
    {
        var file = Path.Combine(Checkout.Root, "docs", page);
        var stored = File.ReadAllText(file);
        var mark = $"<!-- {part}: written by {writer} -->";
        var start = stored.IndexOf(mark, StringComparison.Ordinal) + mark.Length;
        var end = stored.IndexOf($"<!-- end of {part} -->", StringComparison.Ordinal);
        Assert.InRange(start, mark.Length, end);
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1")
            File.WriteAllText(file, stored[..start] + "\n" + text + stored[end..]);
        else
            Assert.Equal(text.TrimStart('\n'), stored[start..end].TrimStart('\n'));
    }
}

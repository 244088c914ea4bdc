using System.Text.RegularExpressions;

namespace Hedgerow.Tidy.Tests;

/// <summary>Documents name real things.</summary>
public sealed partial class DocsTests
{
    private static readonly string[] Documents = ["README.md", "CHANGELOG.md", "docs"];

    [Fact]
    public void Every_document_the_house_promises_exists() => Expect.None(
        from file in new[]
        {
            "README.md", "CHANGELOG.md", "docs/ARCHITECTURE.md", "docs/PROTOCOL.md", "docs/OPERATIONS.md",
            "Dockerfile", ".ci/run", "eng/test.sh",
        }
        where !File.Exists(Path.Combine(Checkout.Root, file))
        select file + " is missing");

    [Fact]
    public void Every_path_named_in_a_document_exists() => Expect.None(
        from document in AllDocuments()
        from line in Checkout.Lines(document).Select((text, index) => (text, number: index + 1))
        from Match match in NamedPath().Matches(line.text)
        let path = match.Groups["path"].Value.TrimEnd('.', ',')
        where !File.Exists(Path.Combine(Checkout.Root, path)) && !Directory.Exists(Path.Combine(Checkout.Root, path))
        select $"{document}:{line.number} names {path}, which does not exist");

    [Fact]
    public void Every_relative_link_in_a_document_leads_somewhere() => Expect.None(
        from document in AllDocuments()
        from line in Checkout.Lines(document).Select((text, index) => (text, number: index + 1))
        from Match match in Link().Matches(line.text)
        let target = match.Groups["target"].Value.Split('#')[0]
        where target.Length > 0 && !target.Contains("://", StringComparison.Ordinal)
        let path = Path.Combine(Checkout.Root, Path.GetDirectoryName(document) ?? "", target)
        where !File.Exists(path) && !Directory.Exists(path)
        select $"{document}:{line.number} links to {target}, which does not exist");

    [Fact]
    public void The_architecture_page_stays_readable() =>
        Assert.InRange(Checkout.Lines("docs/ARCHITECTURE.md").Length, 1, 200);

    private static IEnumerable<string> AllDocuments() =>
        Documents.SelectMany(d => d.EndsWith(".md", StringComparison.Ordinal)
            ? File.Exists(Path.Combine(Checkout.Root, d)) ? [d] : []
            : Checkout.Files("*.md", d));

    [GeneratedRegex(@"`(?<path>(src|tests|docs|eng|bench|loadgen|\.ci)/[\w./-]+)`")]
    private static partial Regex NamedPath();

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();
}

namespace Hedgerow.Tidy.Tests;

/// <summary>The tracked files of the checkout the tests were built from.</summary>
internal static class Checkout
{
    private static readonly string[] SkippedDirectories =
        ["bin", "obj", ".git", "artifacts", "TestResults", "node_modules"];

    public static string Root { get; } = FindRoot();

    public static IEnumerable<string> Files(string pattern, params string[] directories)
    {
        foreach (var directory in directories.Length == 0 ? ["."] : directories)
        {
            var start = Path.GetFullPath(Path.Combine(Root, directory));
            if (!Directory.Exists(start)) continue;
            foreach (var file in Directory.EnumerateFiles(start, pattern, SearchOption.AllDirectories))
            {
                var relative = Path.GetRelativePath(Root, file).Replace('\\', '/');
                if (!relative.Split('/').Intersect(SkippedDirectories).Any()) yield return relative;
            }
        }
    }

    public static IEnumerable<string> SourceFiles() =>
        Files("*.cs", "src", "loadgen", "bench", "tests").Where(f => !f.EndsWith(".g.cs", StringComparison.Ordinal));

    public static string[] Lines(string relative) => File.ReadAllLines(Path.Combine(Root, relative));

    private static string FindRoot()
    {
        for (var d = new DirectoryInfo(AppContext.BaseDirectory); d is not null; d = d.Parent)
            if (File.Exists(Path.Combine(d.FullName, "Cache.sln"))) return d.FullName;
        throw new InvalidOperationException("No Cache.sln above " + AppContext.BaseDirectory);
    }
}

namespace Hedgerow.Leaf.Tests.Search.Analysis;

/// <summary>Data beside the checkout: <c>../shared</c> of the directory with Cache.sln.</summary>
internal static class SharedFiles
{
    /// <summary>The full path of a file or folder under <c>../shared</c>, or the test is skipped.</summary>
    public static string Require(string relative)
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (!File.Exists(Path.Combine(at.FullName, "Cache.sln"))) continue;
            var path = Path.GetFullPath(Path.Combine(at.FullName, "..", "shared", relative));
            if (Path.Exists(path)) return path;
            break;
        }

        Assert.Skip($"needs ../shared/{relative}");
        throw new InvalidOperationException("unreachable: Assert.Skip throws");
    }
}

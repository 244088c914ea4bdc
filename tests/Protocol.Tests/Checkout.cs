namespace Hedgerow.Protocol.Tests;

/// <summary>Where the tests find what lies in the checkout, and beside it.</summary>
internal static class Checkout
{
    public static string Root { get; } = FindRoot();

    /// <summary>The path of a shared file, or the test is skipped where the shared data are not at hand.</summary>
    public static string Shared(string name)
    {
        var path = Path.Combine(Root, "..", "shared", name);
        if (!File.Exists(path)) Assert.Skip($"needs ../shared/{name}");
        return path;
    }

    private static string FindRoot()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Cache.sln"))) return at.FullName;
        }

        throw new InvalidOperationException($"No Cache.sln above {AppContext.BaseDirectory}.");
    }
}

namespace Hedgerow.Server.Tests;

/// <summary>The checkout the tests were built in.</summary>
internal static class Checkout
{
    /// <summary>The directory of Cache.sln.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory != null && !File.Exists(Path.Combine(directory.FullName, "Cache.sln")))
            directory = directory.Parent;
        return directory?.FullName ?? throw new InvalidOperationException("There is no Cache.sln above the tests.");
    }
}

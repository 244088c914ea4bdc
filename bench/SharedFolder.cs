namespace Hedgerow.Bench;

/// <summary>The folder of data sets beside the checkout, and the checkout itself.</summary>
internal static class SharedFolder
{
    /// <summary>The directory that holds the solution.</summary>
    public static string Root { get; } = Find();

    /// <summary>A path under the shared data folder; it need not exist.</summary>
    public static string Data(string relative) =>
        Path.GetFullPath(Path.Combine(Root, "..", "shared", "data", relative));

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Cache.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException("no Cache.sln above the program");
    }
}

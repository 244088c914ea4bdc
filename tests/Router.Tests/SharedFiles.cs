using System.Text.Json;

namespace Hedgerow.Router.Tests;

/// <summary>The shared data folder beside the checkout; tests that need it skip where it is missing.</summary>
internal static class SharedFiles
{
    public static JsonElement Json(string relative)
    {
        for (var d = new DirectoryInfo(AppContext.BaseDirectory); d is not null; d = d.Parent)
        {
            if (!File.Exists(Path.Combine(d.FullName, "Cache.sln"))) continue;
            var file = Path.Combine(d.FullName, "..", "shared", "data", relative);
            if (!File.Exists(file)) break;
            using var document = JsonDocument.Parse(File.ReadAllBytes(file));
            return document.RootElement.Clone();
        }

        Assert.Skip($"needs ../shared/data/{relative}");
        return default;
    }
}

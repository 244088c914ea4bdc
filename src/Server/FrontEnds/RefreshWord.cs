using Hedgerow.Router;

namespace Hedgerow.Server.FrontEnds;

/// <summary>
/// What a write asks for of a refresh, as OpenSearch has it: <c>true</c> makes what was written searchable before the
/// answer, <c>wait_for</c> answers when the leaves' own refresh has done so, <c>false</c> (and nothing) does not wait.
/// </summary>
internal static class RefreshWord
{
    /// <summary>The words there are.</summary>
    public const string Allowed = "true, wait_for and false";

    /// <summary>Whether a word is one of them, or none.</summary>
    public static bool IsKnown(string word) => word is "" or "true" or "false" or "wait_for";

    /// <summary>Does what a write under a collection's name asks for.</summary>
    public static ValueTask ApplyAsync(
        string word, HedgerowClient client, string collection, CancellationToken cancel) => word switch
        {
            "true" => client.RefreshAsync(collection, cancel),
            "wait_for" => client.WaitForRefreshAsync(collection, cancel),
            _ => default,
        };

    /// <summary>The same for writes to paths; an entry's is seen at once and asks for nothing.</summary>
    public static async ValueTask ApplyToPathsAsync(
        string word, HedgerowClient client, IReadOnlyList<string> paths, CancellationToken cancel)
    {
        if (word is not ("true" or "wait_for")) return;
        var schemas = (await client.ListCollectionsAsync(cancel)).Select(status => status.Schema).ToArray();
        var written = paths
            .Select(path => schemas
                .Where(schema => path.StartsWith(schema.PathPrefix, StringComparison.Ordinal))
                .MaxBy(schema => schema.PathPrefix.Length)?.Name)
            .OfType<string>().Distinct();
        foreach (var collection in written) await ApplyAsync(word, client, collection, cancel);
    }
}

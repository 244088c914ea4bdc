using Hedgerow.Router;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>
/// <c>?refresh=</c> of a write, as OpenSearch has it: <c>true</c> makes what was written searchable before the answer,
/// <c>wait_for</c> answers when the leaves' own refresh has done so, <c>false</c> (and nothing) does not wait.
/// </summary>
internal static class RefreshChoice
{
    /// <summary>Whether the request has one that asks for something.</summary>
    /// <exception cref="ApiException">It is another word.</exception>
    public static bool IsAsked(HttpRequest request) => Read(request) is "true" or "wait_for";

    /// <summary>Does what a write under a collection's name asks for.</summary>
    public static ValueTask ApplyAsync(HttpRequest request, HedgerowClient client, string collection) =>
        Read(request) switch
        {
            "true" => client.RefreshAsync(collection, request.HttpContext.RequestAborted),
            "wait_for" => client.WaitForRefreshAsync(collection, request.HttpContext.RequestAborted),
            _ => default,
        };

    /// <summary>The same for a write to a path; an entry's is seen at once and asks for nothing.</summary>
    public static async ValueTask ApplyAsync(HttpRequest request, HedgerowClient client, byte[] path)
    {
        if (!IsAsked(request)) return;
        var written = System.Text.Encoding.UTF8.GetString(path);
        var collections = await client.ListCollectionsAsync(request.HttpContext.RequestAborted);
        var collection = collections.Select(status => status.Schema)
            .Where(schema => written.StartsWith(schema.PathPrefix, StringComparison.Ordinal))
            .MaxBy(schema => schema.PathPrefix.Length);
        if (collection is not null) await ApplyAsync(request, client, collection.Name);
    }

    private static string Read(HttpRequest request)
    {
        var word = request.Query["refresh"].ToString();
        return word is "" or "true" or "false" or "wait_for"
            ? word
            : throw ApiException.BadRequest($"refresh is '{word}'; allowed are true, wait_for and false.");
    }
}

using System.Text;
using Hedgerow.Router;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary><c>?refresh=</c> of a write (see <see cref="RefreshWord"/>).</summary>
internal static class RefreshChoice
{
    /// <summary>Refuses a word that is none, before anything is written.</summary>
    /// <exception cref="ApiException">It is none.</exception>
    public static void Check(HttpRequest request) => Read(request);

    /// <summary>Does what a write under a collection's name asks for.</summary>
    public static ValueTask ApplyAsync(HttpRequest request, HedgerowClient client, string collection) =>
        RefreshWord.ApplyAsync(Read(request), client, collection, request.HttpContext.RequestAborted);

    /// <summary>The same for a write to a path.</summary>
    public static ValueTask ApplyAsync(HttpRequest request, HedgerowClient client, byte[] path) =>
        RefreshWord.ApplyToPathsAsync(
            Read(request), client, [Encoding.UTF8.GetString(path)], request.HttpContext.RequestAborted);

    private static string Read(HttpRequest request)
    {
        var word = request.Query["refresh"].ToString();
        return RefreshWord.IsKnown(word)
            ? word
            : throw ApiException.BadRequest($"refresh is '{word}'; allowed are {RefreshWord.Allowed}.");
    }
}

using System.Text;
using System.Text.Json;

namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>One member of a JSON document as text: strings without quotes, everything else as its JSON.</summary>
internal static class JsonMember
{
    /// <summary>The first value of a member; null where there is none.</summary>
    /// <param name="json">An object.</param>
    /// <param name="path">The member's name; dots lead into objects within.</param>
    public static byte[]? Find(ReadOnlyMemory<byte> json, string path)
    {
        path = path.StartsWith("$.", StringComparison.Ordinal) ? path[2..] : path;
        using var document = JsonDocument.Parse(json);
        var at = document.RootElement;
        foreach (var name in path.Split('.'))
            if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(name, out at)) return null;
        return at.ValueKind switch
        {
            JsonValueKind.Null => null,
            JsonValueKind.String => Encoding.UTF8.GetBytes(at.GetString()!),
            _ => Encoding.UTF8.GetBytes(at.GetRawText()),
        };
    }
}

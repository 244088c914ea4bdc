using System.Globalization;
using System.Text;

namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>
/// Names of indexes, which may have any characters, as names of collections, which may not: what is not allowed there
/// is <c>__</c> and two hexadecimal digits for each byte of its UTF-8. Both ways exact; usual names stay as they are.
/// </summary>
internal static class IndexName
{
    private const string Escape = "__";

    /// <summary>The collection of an index.</summary>
    public static string ToCollection(string index)
    {
        var name = new StringBuilder(index.Length);
        var bytes = Encoding.UTF8.GetBytes(index);
        for (var i = 0; i < bytes.Length; i++)
        {
            var isAlone = bytes[i] == '_' && (i == 0 || IsPlain(bytes[i - 1]))
                && i + 1 < bytes.Length && IsPlain(bytes[i + 1]);
            if (isAlone || IsPlain(bytes[i])) name.Append((char)bytes[i]);
            else name.Append(CultureInfo.InvariantCulture, $"{Escape}{bytes[i]:x2}");
        }

        return name.ToString();
    }

    /// <summary>The index of a collection.</summary>
    public static string OfCollection(string collection)
    {
        var bytes = new List<byte>(collection.Length);
        for (var i = 0; i < collection.Length; i++)
        {
            if (string.CompareOrdinal(collection, i, Escape, 0, 2) == 0 && i + 4 <= collection.Length
                && byte.TryParse(collection.AsSpan(i + 2, 2), NumberStyles.AllowHexSpecifier, null, out var one))
            {
                bytes.Add(one);
                i += 3;
            }
            else
            {
                bytes.Add((byte)collection[i]);
            }
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }

    private static bool IsPlain(byte c) => (char)c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-';
}

using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>
/// What the text of a JSON body has to be before anybody looks at its members: well formed, its texts Unicode (an
/// escaped half of a surrogate pair is none, and would fail wherever it is read first), and no member there twice, of
/// which one would be ignored.
/// </summary>
internal static class JsonBody
{
    /// <summary>Objects and lists within each other.</summary>
    public const int DepthMax = 256;

    private static readonly JsonReaderOptions Options = new() { MaxDepth = DepthMax };

    /// <summary>What is wrong with a body and where; null when nothing is.</summary>
    /// <param name="utf8">The body.</param>
    /// <param name="spellings">Members of the outermost object that are others by another name.</param>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static string? Problem(ReadOnlySpan<byte> utf8, IReadOnlyDictionary<string, string> spellings)
    {
        var reader = new Utf8JsonReader(utf8, Options);
        var place = new List<Frame>();
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject or JsonTokenType.StartArray:
                    Next(place);
                    place.Add(new Frame(reader.TokenType == JsonTokenType.StartArray));
                    break;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    place.RemoveAt(place.Count - 1);
                    break;
                case JsonTokenType.PropertyName:
                    if (TextProblem(reader.ValueSpan, reader.ValueIsEscaped) is { } unreadable)
                        return $"a name in {Where(place, place.Count - 1)} {unreadable}";
                    var name = reader.GetString()!;
                    place[^1].Name = name;
                    var known = place.Count == 1 ? spellings.GetValueOrDefault(name, name) : name;
                    if (place[^1].Names.Add(known)) break;
                    return known == name
                        ? $"{Where(place, place.Count)} is there twice; once is allowed"
                        : $"{Where(place, place.Count)} and '{known}' are one; one of both is allowed";
                case JsonTokenType.String:
                    Next(place);
                    if (TextProblem(reader.ValueSpan, reader.ValueIsEscaped) is { } problem)
                        return $"the text at {Where(place, place.Count)} {problem}";
                    break;
                default:
                    Next(place);
                    break;
            }
        }

        return null;
    }

    /// <summary>
    /// What is wrong with the texts of a line that is parsed elsewhere; null when nothing is. Cheap where it has no
    /// escaped characters.
    /// </summary>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static string? ProblemOfTexts(ReadOnlySpan<byte> utf8)
    {
        if (!Utf8.IsValid(utf8)) return "its bytes are no UTF-8";
        if (!utf8.Contains((byte)'\\')) return null;
        var reader = new Utf8JsonReader(utf8, Options);
        while (reader.Read())
        {
            if (reader.TokenType is not (JsonTokenType.PropertyName or JsonTokenType.String)) continue;
            if (TextProblem(reader.ValueSpan, reader.ValueIsEscaped) is { } problem)
                return $"the text at byte {reader.TokenStartIndex} {problem}";
        }

        return null;
    }

    private static string? TextProblem(ReadOnlySpan<byte> text, bool isEscaped)
    {
        if (!Utf8.IsValid(text)) return "is no UTF-8";
        if (!isEscaped || JsonText.LoneSurrogateAt(text) is not (>= 0 and var at)) return null;
        var half = Encoding.ASCII.GetString(text.Slice(at, JsonText.EscapeLength)).ToLowerInvariant();
        return $"has {half}, half of a surrogate pair without the other one";
    }

    private static void Next(List<Frame> place)
    {
        if (place.Count > 0) place[^1].Index++;
    }

    private static string Where(List<Frame> place, int depth)
    {
        var where = new StringBuilder("$");
        for (var i = 0; i < depth; i++)
        {
            if (place[i].IsList) where.Append('[').Append(place[i].Index).Append(']');
            else where.Append('.').Append(place[i].Name);
        }

        return where.ToString();
    }

    /// <summary>One object or list that the reader is within.</summary>
    private sealed class Frame(bool isList)
    {
        private HashSet<string>? _names;

        public bool IsList => isList;

        public int Index { get; set; } = -1;

        public string Name { get; set; } = "";

        public HashSet<string> Names => _names ??= new HashSet<string>(StringComparer.Ordinal);
    }
}

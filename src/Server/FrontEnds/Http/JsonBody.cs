using System.Text;
using System.Text.Json;
using System.Text.Unicode;

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

    private const int EscapeLength = 6;

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
        if (!isEscaped) return null;
        for (var i = 0; i + 1 < text.Length; i++)
        {
            if (text[i] != '\\') continue;
            if (text[++i] != 'u' || !TryUnit(text[(i - 1)..], out var unit) || !char.IsSurrogate(unit)) continue;
            if (char.IsHighSurrogate(unit) && TryUnit(text[Math.Min(text.Length, i - 1 + EscapeLength)..], out var low)
                && char.IsLowSurrogate(low))
            {
                i += (2 * EscapeLength) - 2;
                continue;
            }

            return $"has \\u{(int)unit:x4}, half of a surrogate pair without the other one";
        }

        return null;
    }

    /// <summary>Reads an escape such as <c>\ud83d</c>.</summary>
    private static bool TryUnit(ReadOnlySpan<byte> text, out char unit)
    {
        unit = default;
        if (text.Length < EscapeLength || text[0] != '\\' || text[1] != 'u') return false;
        var value = 0;
        foreach (var digit in text[2..EscapeLength])
        {
            if (!char.IsAsciiHexDigit((char)digit)) return false;
            value = (value << 4) | (digit <= '9' ? digit - '0' : (digit & 7) + 9);
        }

        unit = (char)value;
        return true;
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

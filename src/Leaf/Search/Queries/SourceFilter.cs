using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// Parts of documents that hits return: members by name, with dots for members within and stars for any characters.
/// What is named comes with all that lies within; what is excluded does not, also within what is named. Objects and
/// arrays in which nothing is named are left out. One search.
/// </summary>
internal sealed class SourceFilter
{
    /// <summary>Letters of all languages as they are.</summary>
    public static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly TermAutomaton[] _includes;
    private readonly TermAutomaton[] _excludes;
    private readonly ArrayBufferWriter<byte> _output = new();
    private readonly StringBuilder _path = new();

    private SourceFilter(TermAutomaton[] includes, TermAutomaton[] excludes)
    {
        _includes = includes;
        _excludes = excludes;
    }

    /// <summary>A filter by patterns of names; null where everything is wanted.</summary>
    /// <param name="includes">What is wanted; empty for all.</param>
    /// <param name="excludes">What is not.</param>
    /// <param name="problem">Why there is none: a pattern that goes over a limit.</param>
    public static SourceFilter? For(
        IReadOnlyList<string> includes, IReadOnlyList<string> excludes, out string? problem)
    {
        problem = null;
        if (includes.Count + excludes.Count == 0) return null;
        var kept = Automata(includes, ref problem);
        return new SourceFilter(kept, Automata(excludes, ref problem));
    }

    /// <summary>What is left of a document: an object, perhaps empty.</summary>
    public byte[] Filter(ReadOnlySpan<byte> json)
    {
        _output.ResetWrittenCount();
        var reader = new Utf8JsonReader(json);
        reader.Read();
        using var writer = new Utf8JsonWriter(_output, Relaxed);
        using var document = JsonDocument.ParseValue(ref reader);
        writer.WriteStartObject();
        _path.Clear();
        WriteMembers(writer, document.RootElement, _includes.Length == 0);
        writer.WriteEndObject();
        writer.Flush();
        return _output.WrittenSpan.ToArray();
    }

    private void WriteMembers(Utf8JsonWriter writer, JsonElement value, bool isWanted)
    {
        foreach (var member in value.EnumerateObject())
        {
            var length = _path.Length;
            if (length > 0) _path.Append('.');
            _path.Append(member.Name);
            var (wanted, any) = Judge(member.Value, isWanted);
            if (any)
            {
                writer.WritePropertyName(member.Name);
                Write(writer, member.Value, wanted);
            }

            _path.Length = length;
        }
    }

    private void Write(Utf8JsonWriter writer, JsonElement value, bool isWanted)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object when !isWanted || _excludes.Length > 0:
                writer.WriteStartObject();
                WriteMembers(writer, value, isWanted);
                writer.WriteEndObject();
                break;
            case JsonValueKind.Array when !isWanted || _excludes.Length > 0:
                writer.WriteStartArray();
                foreach (var item in value.EnumerateArray())
                    if (HasAny(item, isWanted)) Write(writer, item, isWanted);
                writer.WriteEndArray();
                break;
            default:
                value.WriteTo(writer);
                break;
        }
    }

    /// <summary>Whether the member at the path is wanted as a whole, and whether anything of it is.</summary>
    private (bool Wanted, bool Any) Judge(JsonElement value, bool isWanted)
    {
        var path = Encoding.UTF8.GetBytes(_path.ToString());
        if (Matches(_excludes, path)) return (false, false);
        isWanted |= Matches(_includes, path);
        return (isWanted, HasAny(value, isWanted));
    }

    private bool HasAny(JsonElement value, bool isWanted)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object when !isWanted:
                var length = _path.Length;
                foreach (var member in value.EnumerateObject())
                {
                    if (length > 0) _path.Append('.');
                    _path.Append(member.Name);
                    var any = Judge(member.Value, isWanted).Any;
                    _path.Length = length;
                    if (any) return true;
                }

                return false;
            case JsonValueKind.Array when !isWanted:
                foreach (var item in value.EnumerateArray())
                    if (HasAny(item, isWanted)) return true;
                return false;
            default:
                return isWanted;
        }
    }

    private static bool Matches(TermAutomaton[] patterns, byte[] path)
    {
        foreach (var pattern in patterns)
            if (pattern.Matches(path)) return true;
        return false;
    }

    private static TermAutomaton[] Automata(IReadOnlyList<string> patterns, ref string? problem)
    {
        var automata = new TermAutomaton[patterns.Count];
        for (var i = 0; i < automata.Length; i++)
        {
            automata[i] = WildcardPattern.Automaton(WildcardPattern.Parts(patterns[i]), out var wrong);
            if (wrong is not null) problem ??= $"the source pattern '{patterns[i]}' {wrong}";
        }

        return automata;
    }
}

using System.Globalization;
using System.Text.Json;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>The members of one JSON object of a query, each taken by name; one that is not known is an error.</summary>
internal readonly struct QueryMembers
{
    private readonly JsonElement _json;
    private readonly string? _shorthand;

    /// <summary>Checks the object's members.</summary>
    /// <exception cref="ApiException">BadQuery: no object, or a member not <paramref name="known"/>.</exception>
    public QueryMembers(JsonElement json, string where, params ReadOnlySpan<string> known)
    {
        _json = json;
        Where = where;
        if (json.ValueKind != JsonValueKind.Object) throw Bad($"{where} is {Kind(json)}; it must be an object.");
        foreach (var member in json.EnumerateObject())
            if (!known.Contains(member.Name))
                throw Bad($"{where} has '{member.Name}'; known there are {string.Join(", ", known.ToArray())}.");
    }

    private QueryMembers(JsonElement json, string where, string shorthand)
    {
        _json = json;
        Where = where;
        _shorthand = shorthand;
    }

    /// <summary>Where in the query it stands.</summary>
    public string Where { get; }

    /// <summary>An object, or a plain value that stands for its member <paramref name="shorthand"/>.</summary>
    public static QueryMembers OfValue(
        JsonElement json, string where, string shorthand, params ReadOnlySpan<string> known) =>
        json.ValueKind == JsonValueKind.Object
            ? new QueryMembers(json, where, known)
            : new QueryMembers(json, where, shorthand);

    /// <summary>A member, if it is there.</summary>
    public bool TryGet(string name, out JsonElement value)
    {
        if (_shorthand == null) return _json.TryGetProperty(name, out value);
        value = _json;
        return name == _shorthand;
    }

    /// <summary>A text, number or truth value as text; must be there.</summary>
    public string Text(string name) =>
        TryGet(name, out var value) ? Scalar(name, value) : throw Bad($"{Where} has no '{name}'.");

    /// <summary>A list of texts, empty if it is not there.</summary>
    public IReadOnlyList<string> Texts(string name)
    {
        if (!TryGet(name, out var value)) return [];
        if (value.ValueKind != JsonValueKind.Array) throw Bad($"{Where}.{name} is {Kind(value)}; it must be a list.");
        var texts = new List<string>();
        foreach (var item in value.EnumerateArray()) texts.Add(Scalar(name, item));
        return texts;
    }

    /// <summary>A whole number.</summary>
    public int Int(string name, int standard)
    {
        if (!TryGet(name, out var value)) return standard;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number)
            ? number
            : throw Bad($"{Where}.{name} is {Kind(value)}; it must be a whole number.");
    }

    /// <summary>One of two words; the first where it is not there.</summary>
    public string Choice(string name, string first, string second)
    {
        if (!TryGet(name, out var value)) return first;
        var word = Scalar(name, value).ToLowerInvariant();
        return word == first || word == second
            ? word
            : throw Bad($"{Where}.{name} is '{word}'; allowed are {first} and {second}.");
    }

    /// <summary>One of some words, as its place among them; the first where it is not there.</summary>
    public int OneOf(string name, params ReadOnlySpan<string> words)
    {
        if (!TryGet(name, out var value)) return 0;
        var word = Scalar(name, value).ToLowerInvariant();
        var at = words.IndexOf(word);
        return at >= 0
            ? at
            : throw Bad($"{Where}.{name} is '{word}'; allowed are {string.Join(", ", words.ToArray())}.");
    }

    /// <summary>True or false.</summary>
    public bool Flag(string name, bool standard)
    {
        if (!TryGet(name, out var value)) return standard;
        return value.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? value.GetBoolean()
            : throw Bad($"{Where}.{name} is {Kind(value)}; it must be true or false.");
    }

    /// <summary>A number of single precision.</summary>
    public float Number(string name, float standard)
    {
        if (!TryGet(name, out var value)) return standard;
        return value.ValueKind == JsonValueKind.Number && value.TryGetSingle(out var number) && float.IsFinite(number)
            ? number
            : throw Bad($"{Where}.{name} is {Kind(value)}; it must be a number.");
    }

    /// <summary>A number, also as text; must be there.</summary>
    public double Double(string name) => DoubleOrNull(name) ?? throw Bad($"{Where} has no '{name}'.");

    /// <summary>A number, also as text; null where it is not there.</summary>
    public double? DoubleOrNull(string name)
    {
        if (!TryGet(name, out var value)) return null;
        var text = Scalar(name, value);
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && double.IsFinite(number)
            ? number
            : throw Bad($"{Where}.{name} is '{text}'; it must be a number.");
    }

    /// <summary>A text, number or truth value as text; null where it is not there.</summary>
    public string? TextOrNull(string name) => TryGet(name, out var value) ? Scalar(name, value) : null;

    /// <summary>One of two bounds and whether it was the including one; null where neither is there.</summary>
    public (string? Bound, bool Includes) Either(string including, string excluding)
    {
        var hasIncluding = TryGet(including, out var bound);
        var hasExcluding = TryGet(excluding, out var other);
        if (hasIncluding && hasExcluding) throw Bad($"{Where} has both {including} and {excluding}; one is allowed.");
        if (!hasIncluding && !hasExcluding) return (null, true);
        return hasIncluding ? (Scalar(including, bound), true) : (Scalar(excluding, other), false);
    }

    /// <summary>The factor on the score; 1 where it is not there.</summary>
    public float Boost()
    {
        if (_shorthand != null || !TryGet("boost", out var value)) return 1;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetSingle(out var boost) && boost > 0
            && float.IsFinite(boost))
            return boost;
        throw Bad($"{Where}.boost is {value.GetRawText()}; it must be a number above 0.");
    }

    private string Scalar(string name, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
        _ => throw Bad($"{Where}.{name} is {Kind(value)}; it must be text, a number, true or false."),
    };

    private static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "text",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null => "null",
        _ => value.GetRawText(),
    };

    private static ApiException Bad(string message) => new(StatusCode.BadQuery, message);
}

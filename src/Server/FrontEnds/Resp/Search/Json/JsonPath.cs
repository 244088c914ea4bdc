using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>
/// A path into JSON: <c>$.a.b</c>, <c>$['a']</c>, <c>$.a[0]</c>, <c>$.a[-1]</c>, <c>$.a[*]</c>, <c>$.*</c>,
/// <c>$..a</c>, and the old form without the dollar. Immutable, thread-safe.
/// </summary>
internal sealed class JsonPath
{
    /// <summary>Steps of one path.</summary>
    public const int StepsMax = 32;

    /// <summary>Values that one path may lead to.</summary>
    public const int ValuesMax = 100_000;

    private readonly Step[] _steps;

    /// <summary>Elements that an index passes at the cost of one place.</summary>
    private const int PassedAtOnce = 16;

    private JsonPath(Step[] steps, bool isOld)
    {
        _steps = steps;
        IsOld = isOld;
    }

    private enum StepKind
    {
        Member,
        Index,
        All,
        Descend,
    }

    /// <summary>Whether it has no dollar: then the first value is meant.</summary>
    public bool IsOld { get; }

    /// <summary>Whether it is all of the document.</summary>
    public bool IsRoot => _steps.Length == 0;

    /// <summary>
    /// The member that an index calls so, with dots between names; null where the path has an index, any member, or
    /// members at any depth in it.
    /// </summary>
    public string? Member
    {
        get
        {
            var names = new List<string>();
            foreach (var step in _steps)
            {
                if (step.Kind == StepKind.Member && !step.Name.Contains('.', StringComparison.Ordinal))
                    names.Add(step.Name);
                // Of an array an index takes each.
                else if (step.Kind != StepKind.All || names.Count == 0) return null;
            }

            return names.Count == 0 ? null : string.Join('.', names);
        }
    }

    /// <summary>Whether it leads to one place at most: by names and numbers alone, and not to the root.</summary>
    public bool IsDefinite => !IsRoot && _steps.All(step => step.Kind is StepKind.Member or StepKind.Index);

    /// <summary>What is said of a path that may lead to several places, where one is changed.</summary>
    public static string OnlyOnePlace(string text) =>
        $"ERR Path '{text}' may lead to several places or is the root; one of .name ['name'] [0] is changed here";

    /// <summary>What is said of a path that leads to too many values.</summary>
    public static string TooMany(string text) =>
        $"ERR Path '{text}' leads, with those before it, to more than {ValuesMax} values, past "
        + $"{JsonAllowance.VisitsMax} places, or to more than {JsonAllowance.BytesMax >> 20} MiB";

    /// <summary>The place in a value that it leads to.</summary>
    /// <param name="root">The value; the path has to be <see cref="IsDefinite"/>.</param>
    public JsonPlace PlaceIn(JsonNode root)
    {
        JsonNode? at = root;
        for (var i = 0; i < _steps.Length - 1; i++) at = PlaceOf(at, _steps[i]).Node;
        return PlaceOf(at, _steps[^1]);
    }

    /// <summary>Reads a path.</summary>
    /// <param name="text">All of it.</param>
    /// <param name="path">What was read.</param>
    /// <param name="error">What is wrong, and what is allowed.</param>
    public static bool TryParse(
        string text, [NotNullWhen(true)] out JsonPath? path, [NotNullWhen(false)] out string? error)
    {
        var steps = new List<Step>();
        var at = text.StartsWith('$') ? 1 : 0;
        var isOld = at == 0;
        var isRead = true;
        if (isOld && text is not ("" or ".") && text[0] is not ('.' or '['))
        {
            isRead = TryName(text, ref at, out var name);
            steps.Add(new Step(StepKind.Member, name));
        }
        else if (text == ".")
        {
            at = 1;
        }

        while (isRead && at < text.Length && steps.Count <= StepsMax) isRead = TryStep(text, ref at, steps);
        isRead &= steps.Count <= StepsMax;
        path = isRead ? new JsonPath([.. steps], isOld) : null;
        error = isRead
            ? null
            : $"Invalid JSONPath '{Cut(text)}' at offset {at}: at most {StepsMax} of .name ['name'] [0] [-1] [*] .* "
                + "..name are supported";
        return isRead;
    }

    /// <summary>The path of a member as an index names it, with dots between names.</summary>
    public static JsonPath OfMember(string member) =>
        new([.. member.Split('.').Select(name => new Step(StepKind.Member, name))], isOld: true);

    /// <summary>The path of one member of the document, whatever its name.</summary>
    public static JsonPath OfName(string name) => new([new Step(StepKind.Member, name)], isOld: true);

    /// <summary>The values that it leads to, in the order of the document.</summary>
    /// <param name="root">The document.</param>
    /// <param name="values">Takes them.</param>
    /// <param name="left">What the command's paths may still look at and give.</param>
    /// <returns>
    /// False where they are more than <see cref="ValuesMax"/>, or what is left of the allowance is not enough.
    /// </returns>
    public bool TryFind(JsonElement root, List<JsonElement> values, JsonAllowance left) =>
        TryFollow(root, 0, values, throughArrays: false, left);

    /// <summary>
    /// As <see cref="TryFind"/>, as an index takes values: where there is an array, each of its elements.
    /// </summary>
    public bool TryFindIndexed(JsonElement root, List<JsonElement> values, JsonAllowance left) =>
        TryFollow(root, 0, values, throughArrays: true, left);

    private static JsonPlace PlaceOf(JsonNode? at, Step step) => (at, step.Kind) switch
    {
        (JsonObject, StepKind.Member) => new JsonPlace(at, step.Name, 0),
        (JsonArray array, StepKind.Index) =>
            new JsonPlace(at, "", step.Index < 0 ? array.Count + step.Index : step.Index),
        _ => new JsonPlace(null, "", 0),
    };

    private static string Cut(string text) => text.Length <= 128 ? text : text[..128];

    private static bool TryStep(string text, ref int at, List<Step> steps)
    {
        if (text[at] == '[') return TryBracket(text, ref at, steps);
        if (text[at] != '.') return false;
        at++;
        if (at < text.Length && text[at] == '.')
        {
            at++;
            steps.Add(new Step(StepKind.Descend));
            if (at < text.Length && text[at] == '[') return TryBracket(text, ref at, steps);
        }

        // The old form may have a dot before a bracket.
        if (at < text.Length && text[at] == '[') return TryBracket(text, ref at, steps);
        if (at < text.Length && text[at] == '*')
        {
            at++;
            steps.Add(new Step(StepKind.All));
            return true;
        }

        if (!TryName(text, ref at, out var name)) return false;
        steps.Add(new Step(StepKind.Member, name));
        return true;
    }

    private static bool TryName(string text, ref int at, out string name)
    {
        var begin = at;
        while (at < text.Length && text[at] is not ('.' or '[' or ']' or '*' or '(' or ')' or '?' or '\'' or '"')) at++;
        name = text[begin..at];
        return name != "";
    }

    private static bool TryBracket(string text, ref int at, List<Step> steps)
    {
        var begin = at++;
        if (at >= text.Length) return false;
        if (text[at] is '\'' or '"')
        {
            if (!TryQuoted(text, ref at, out var name)) return false;
            steps.Add(new Step(StepKind.Member, name));
        }
        else
        {
            var end = text.IndexOf(']', at);
            if (end < 0) return false;
            var inner = text.AsSpan(at, end - at).Trim();
            if (inner is "*") steps.Add(new Step(StepKind.All));
            else if (int.TryParse(inner, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var index))
                steps.Add(new Step(StepKind.Index, "", index));
            else
            {
                at = begin;
                return false;
            }

            at = end;
        }

        if (at >= text.Length || text[at] != ']') return false;
        at++;
        return true;
    }

    private static bool TryQuoted(string text, ref int at, out string name)
    {
        var quote = text[at++];
        var read = new StringBuilder();
        while (at < text.Length && text[at] != quote)
        {
            if (text[at] == '\\' && at + 1 < text.Length) at++;
            read.Append(text[at++]);
        }

        name = read.ToString();
        return at++ < text.Length;
    }

    private bool TryFollow(JsonElement from, int at, List<JsonElement> values, bool throughArrays, JsonAllowance left)
    {
        if (!left.TryVisit()) return false;
        var takesEach = at == _steps.Length || _steps[at].Kind == StepKind.Member;
        if (throughArrays && takesEach && from.ValueKind == JsonValueKind.Array)
        {
            foreach (var element in from.EnumerateArray())
                if (!TryFollow(element, at, values, at < _steps.Length, left)) return false;
            return true;
        }

        if (at == _steps.Length)
        {
            values.Add(from);
            return values.Count <= ValuesMax && left.TryTake(from);
        }

        var step = _steps[at];
        switch (step.Kind)
        {
            case StepKind.Member when from.ValueKind == JsonValueKind.Object:
                return TryMember(from, at, values, throughArrays, left);
            case StepKind.Index when from.ValueKind == JsonValueKind.Array:
                var index = step.Index < 0 ? from.GetArrayLength() + step.Index : step.Index;
                var isThere = index >= 0 && index < from.GetArrayLength();
                if (!isThere) return true;
                return left.TryVisit(index / PassedAtOnce)
                    && TryFollow(from[index], at + 1, values, throughArrays, left);
            case StepKind.All:
                return TryEach(from, at + 1, values, throughArrays, left);
            case StepKind.Descend:
                return TryFollow(from, at + 1, values, throughArrays, left)
                    && TryEach(from, at, values, throughArrays, left);
            default:
                return true;
        }
    }

    // Of a name that stands twice in an object an index takes both.
    private bool TryMember(JsonElement from, int at, List<JsonElement> values, bool throughArrays, JsonAllowance left)
    {
        foreach (var member in from.EnumerateObject())
        {
            if (!left.TryVisit()) return false;
            if (!member.NameEquals(_steps[at].Name)) continue;
            if (!TryFollow(member.Value, at + 1, values, throughArrays, left)) return false;
        }

        return true;
    }

    private bool TryEach(JsonElement from, int at, List<JsonElement> values, bool throughArrays, JsonAllowance left)
    {
        if (from.ValueKind == JsonValueKind.Array)
        {
            foreach (var element in from.EnumerateArray())
                if (!TryFollow(element, at, values, throughArrays, left)) return false;
        }
        else if (from.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in from.EnumerateObject())
                if (!TryFollow(member.Value, at, values, throughArrays, left)) return false;
        }

        return true;
    }

    private readonly record struct Step(StepKind Kind, string Name = "", int Index = 0);
}

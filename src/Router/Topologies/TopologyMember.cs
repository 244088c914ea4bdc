using System.Text.Json;

namespace Hedgerow.Router;

/// <summary>One value of a topology file together with its place, so that every error can name it.</summary>
internal readonly struct TopologyMember
{
    private const int ShownMax = 80;
    private readonly JsonElement _value;
    private readonly string _place;
    private readonly string _source;

    public TopologyMember(JsonElement value, string place, string source)
    {
        _value = value;
        _place = place;
        _source = source;
    }

    public void AllowOnly(params ReadOnlySpan<string> names)
    {
        if (_value.ValueKind != JsonValueKind.Object) throw Broken($"an object of {string.Join(", ", names)}");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in _value.EnumerateObject())
        {
            if (!names.Contains(member.Name))
                throw new TopologyException(
                    $"{_source}: {Child(member.Name)} is unknown; allowed: {string.Join(", ", names)}.");
            if (!seen.Add(member.Name))
                throw new TopologyException($"{_source}: {Child(member.Name)} is there twice; allowed: once.");
        }
    }

    public TopologyMember Required(string name) =>
        Optional(name) ?? throw new TopologyException($"{_source}: {Child(name)} is missing.");

    public TopologyMember? Optional(string name) =>
        _value.TryGetProperty(name, out var value) ? new TopologyMember(value, Child(name), _source) : null;

    public uint AsNumber(uint least, uint most) =>
        _value.ValueKind == JsonValueKind.Number && _value.TryGetUInt32(out var number)
            && number >= least && number <= most
            ? number
            : throw Broken($"a whole number from {least} to {most}");

    public string AsText() =>
        _value.ValueKind == JsonValueKind.String ? _value.GetString()! : throw Broken("a text");

    public PlacementKind AsPlacement() => _value.ValueKind != JsonValueKind.String
        ? throw Broken("\"jump\" or \"ring\"")
        : _value.GetString() switch
        {
            "jump" => PlacementKind.Jump,
            "ring" => PlacementKind.Ring,
            _ => throw Broken("\"jump\" or \"ring\""),
        };

    public T[] AsList<T>(int most, Func<TopologyMember, T> read)
    {
        if (_value.ValueKind != JsonValueKind.Array) throw Broken("a list");
        var count = _value.GetArrayLength();
        if (count < 1 || count > most) throw TopologyRules.BrokenCount(_source, _place, count, most);
        var list = new T[count];
        var i = 0;
        foreach (var item in _value.EnumerateArray())
        {
            list[i] = read(new TopologyMember(item, $"{_place}[{i}]", _source));
            i++;
        }

        return list;
    }

    private string Child(string name) => _place.Length == 0 ? name : $"{_place}.{name}";

    private TopologyException Broken(string allowed)
    {
        var text = _value.GetRawText();
        if (text.Length > ShownMax) text = text[..ShownMax] + "…";
        return TopologyRules.Broken(_source, _place.Length == 0 ? "the file" : _place, text, allowed);
    }
}

using System.Globalization;

namespace Hedgerow.Protocol;

/// <summary>Distances as people write them: <c>12km</c>, <c>3.5 mi</c>; a bare number is metres.</summary>
public static class GeoUnits
{
    private static readonly (string[] Names, double Metres)[] Units =
    [
        (["m", "meters"], 1),
        (["km", "kilometers"], 1_000),
        (["cm", "centimeters"], 0.01),
        (["mm", "millimeters"], 0.001),
        (["mi", "miles"], 1_609.344),
        (["yd", "yards"], 0.9144),
        (["ft", "feet"], 0.3048),
        (["in", "inch"], 0.0254),
        (["nmi", "NM", "nauticalmiles"], 1_852),
    ];

    /// <summary>The units' short names, for messages.</summary>
    public static string Names { get; } = string.Join(", ", Units.Select(unit => unit.Names[0]));

    /// <summary>How many metres one of a unit is.</summary>
    public static bool TryUnit(string name, out double metres)
    {
        foreach (var unit in Units)
        {
            metres = unit.Metres;
            if (unit.Names.Contains(name)) return true;
        }

        metres = 0;
        return false;
    }

    /// <summary>Reads a distance, which is finite and not below 0.</summary>
    public static bool TryParse(string text, out double metres)
    {
        var number = text.AsSpan().Trim();
        var unit = number.Length;
        while (unit > 0 && char.IsAsciiLetter(number[unit - 1])) unit--;
        var each = 1.0;
        metres = 0;
        if (unit < number.Length && !TryUnit(number[unit..].ToString(), out each)) return false;
        if (!double.TryParse(number[..unit].Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
            return false;
        metres = value * each;
        return metres >= 0 && double.IsFinite(metres);
    }
}

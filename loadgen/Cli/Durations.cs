using System.Globalization;

namespace Hedgerow.LoadGen.Cli;

/// <summary>Durations as people write them: 500us, 200ms, 10s, 5m, 1h.</summary>
internal static class Durations
{
    private static readonly (string Suffix, double Seconds)[] Units =
        [("us", 1e-6), ("ms", 1e-3), ("s", 1), ("m", 60), ("h", 3600)];

    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        foreach (var (suffix, seconds) in Units)
        {
            if (!text.EndsWith(suffix, StringComparison.Ordinal)) continue;
            var isNumber = double.TryParse(
                text[..^suffix.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number);
            if (!isNumber) continue;
            duration = TimeSpan.FromSeconds(number * seconds);
            return true;
        }

        return false;
    }
}

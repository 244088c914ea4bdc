using System.Globalization;

namespace Hedgerow.Server.Cli;

/// <summary>Numbers as people read them: rounded, with the unit that suits. For settings, which must be exact, see
/// <see cref="Config.Quantities"/>.</summary>
internal static class Sizes
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB"];

    /// <summary>Bytes in the largest unit that leaves at least one whole.</summary>
    public static string Bytes(double bytes)
    {
        var unit = 0;
        while (bytes >= 1_024 && unit < Units.Length - 1)
        {
            bytes /= 1_024;
            unit++;
        }

        var format = unit == 0 ? "0" : "0.0";
        return $"{bytes.ToString(format, CultureInfo.InvariantCulture)} {Units[unit]}";
    }

    /// <summary>A count with thousands separated.</summary>
    public static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A time in the unit that leaves few digits.</summary>
    public static string Time(TimeSpan time) => time.TotalSeconds switch
    {
        < 0.001 => $"{time.TotalMicroseconds:0} µs",
        < 1 => $"{time.TotalMilliseconds:0.0} ms",
        < 120 => $"{time.TotalSeconds:0.00} s",
        _ => $"{time.TotalMinutes:0.0} min",
    };
}

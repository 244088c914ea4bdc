using System.Globalization;

namespace Hedgerow.LoadGen.Plots;

/// <summary>From values to places on an axis, with the marks of the axis.</summary>
/// <param name="Low">Value at the beginning.</param>
/// <param name="High">Value at the end.</param>
/// <param name="IsLog">Whether equal factors have equal distances.</param>
/// <param name="Marks">Values with their labels.</param>
internal sealed record Scale(double Low, double High, bool IsLog, IReadOnlyList<(double Value, string Label)> Marks)
{
    /// <summary>Place of a value, 0 to 1; values beyond the ends are at them.</summary>
    public double At(double value)
    {
        var place = IsLog
            ? Math.Log(Math.Max(value, Low) / Low) / Math.Log(High / Low)
            : (value - Low) / (High - Low);
        return Math.Clamp(place, 0, 1);
    }

    /// <summary>Times in microseconds, by factors of ten.</summary>
    public static Scale Latency(IEnumerable<double> micros)
    {
        var values = micros.Where(v => v > 0).DefaultIfEmpty(1).ToArray();
        var low = Math.Pow(10, Math.Floor(Math.Log10(values.Min())));
        var high = Math.Pow(10, Math.Ceiling(Math.Log10(values.Max() * 1.0001)));
        if (high <= low) high = low * 10;
        var marks = new List<(double, string)>();
        for (var mark = low; mark <= high * 1.001; mark *= 10) marks.Add((mark, Micros(mark)));
        return new Scale(low, high, IsLog: true, marks);
    }

    /// <summary>Numbers from 0, by round steps.</summary>
    public static Scale Linear(double high, string unit = "")
    {
        if (!(high > 0)) high = 1;
        var step = Math.Pow(10, Math.Floor(Math.Log10(high)));
        while (high / step < 4) step /= 2;
        while (high / step > 8) step *= 2;
        var marks = new List<(double, string)>();
        for (var mark = 0.0; mark <= high + (step / 2); mark += step) marks.Add((mark, Number(mark) + unit));
        return new Scale(0, marks[^1].Item1, IsLog: false, marks);
    }

    /// <summary>
    /// Percentiles up to a number of nines: each nine takes as much room as the one before. The value is the
    /// percentile's
    /// distance from 100 %, as a number of nines.
    /// </summary>
    public static Scale Percentiles(int nines)
    {
        (double, string)[] marks =
        [
            (0, "0 %"), (Nines(50), "50 %"), (1, "90 %"), (2, "99 %"), (3, "99.9 %"), (4, "99.99 %"), (5, "99.999 %"),
            (6, "99.9999 %"),
        ];
        return new Scale(0, nines, IsLog: false, [.. marks.Where(mark => mark.Item1 <= nines)]);
    }

    /// <summary>Nines of a percentile: 1 of 90 %, 2 of 99 %.</summary>
    public static double Nines(double percentile) => -Math.Log10(Math.Max(1e-9, 1 - (percentile / 100)));

    private static string Micros(double micros) => micros switch
    {
        < 1_000 => $"{Number(micros)} µs",
        < 1_000_000 => $"{Number(micros / 1e3)} ms",
        _ => $"{Number(micros / 1e6)} s",
    };

    private static string Number(double number) => number >= 10_000
        ? number.ToString("N0", CultureInfo.InvariantCulture)
        : number.ToString("0.###", CultureInfo.InvariantCulture);
}

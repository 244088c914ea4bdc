using System.Globalization;

namespace Hedgerow.LoadGen.Wire;

/// <summary>User and system time of other processes, from /proc (Linux).</summary>
internal static class ProcessorTime
{
    // USER_HZ: what the kernel counts in for programs, 100 on every Linux architecture that .NET runs on.
    private const double MicrosPerTick = 10_000;
    private const int UserField = 11;
    private const int SystemField = 12;

    /// <summary>Microseconds since they started, summed.</summary>
    /// <exception cref="IOException">A process is gone.</exception>
    public static double OfAll(IReadOnlyList<int> processes) => processes.Sum(Of);

    /// <summary>Reads a line of /proc/PID/stat.</summary>
    internal static double Parse(string stat)
    {
        // The name stands in brackets and may have blanks and brackets of its own.
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (Number(fields[UserField]) + Number(fields[SystemField])) * MicrosPerTick;
    }

    private static double Of(int process) => Parse(File.ReadAllText($"/proc/{process}/stat"));

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}

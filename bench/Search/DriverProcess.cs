using System.Diagnostics;
using System.Globalization;

namespace Hedgerow.Bench.Search;

/// <summary>A driver as a process: gives it orders and reads its answers. See <see cref="SearchDriver"/>.</summary>
internal sealed class DriverProcess : IDisposable
{
    private readonly Process _process;

    /// <summary>Starts it.</summary>
    /// <param name="name">Of the engine.</param>
    /// <param name="command">Program and arguments.</param>
    public DriverProcess(string name, IReadOnlyList<string> command)
    {
        Name = name;
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        _process = Process.Start(start) ?? throw new InvalidOperationException($"'{command[0]}' did not start");
    }

    /// <summary>The engine.</summary>
    public string Name { get; }

    /// <summary>Gives an order and waits for the whole answer.</summary>
    public List<string> Ask(string order)
    {
        _process.StandardInput.WriteLine(order);
        _process.StandardInput.Flush();
        var lines = new List<string>();
        while (_process.StandardOutput.ReadLine() is { } line)
        {
            if (line == ".") return lines;
            lines.Add(line);
        }

        throw new InvalidOperationException($"{Name} ended at '{order}'");
    }

    /// <summary>What an index order was answered with.</summary>
    public static IndexFigures Figures(string line)
    {
        var row = line.Split('\t');
        return new IndexFigures(row[0], Number(row[1]), Number(row[2]), Whole(row[3]), Whole(row[4]), Whole(row[5]));
    }

    /// <summary>Best nanoseconds and answer of each query.</summary>
    public (long Nanoseconds, long Answer)[] Times(string command) =>
    [
        .. Ask("times " + command).Select(line => line.Split('\t')).Select(row => (Whole(row[0]), Whole(row[1]))),
    ];

    /// <summary>The best ten of each query.</summary>
    public (int Document, float Score)[][] Hits() =>
    [
        .. Ask("hits").Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(hit => hit.Split(':')).Select(hit => ((int)Whole(hit[0]), (float)Number(hit[1]))).ToArray()),
    ];

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static long Whole(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}

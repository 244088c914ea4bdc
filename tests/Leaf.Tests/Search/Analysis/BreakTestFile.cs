using System.Globalization;
using System.Text;

namespace Hedgerow.Leaf.Tests.Search.Analysis;

/// <summary>A line of Unicode's test files for boundaries: a text, and the segments it is to be cut into.</summary>
internal sealed record BreakTestLine(string Written, string Text, IReadOnlyList<(int Start, int End)> Segments);

/// <summary>The test files of UAX #29.</summary>
internal static class BreakTestFile
{
    /// <summary>The lines of one of them.</summary>
    public static IEnumerable<BreakTestLine> Read(string name)
    {
        foreach (var row in File.ReadLines(SharedFiles.Require($"data/unicode-break-tests/{name}")))
        {
            var line = row.Split('#')[0].Trim();
            if (line.Length > 0) yield return ReadLine(line);
        }
    }

    private static BreakTestLine ReadLine(string line)
    {
        var text = new StringBuilder();
        var breaks = new List<int>();
        foreach (var part in line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == "÷") breaks.Add(text.Length);
            else if (part != "×") text.Append(char.ConvertFromUtf32(int.Parse(part, NumberStyles.HexNumber)));
        }

        return new BreakTestLine(line, text.ToString(), [.. breaks.Zip(breaks.Skip(1))]);
    }
}

using System.Globalization;

namespace Hedgerow.LoadGen.Keys;

/// <summary>A key distribution as the command line spells it.</summary>
internal static class KeyDistribution
{
    public const string Allowed = "uniform, sequence, zipf:EXPONENT (0.1 to 5, such as zipf:0.99), latest:EXPONENT "
        + "(newest inserts most often), hot:KEY_SHARE:REQUEST_SHARE (such as hot:0.1:0.9), or trace:FILE (a key a "
        + "line, text or number)";

    private const int TraceKeysMax = 50_000_000;

    /// <summary>Makes the chooser, or says what was wrong.</summary>
    public static bool TryMake(string text, long keys, Random random, out IKeyChooser? chooser, out string? error) =>
        TryMake(text, new KeySpace(keys, 0, 1), random, out chooser, out error);

    /// <summary>Makes the chooser over a key space that grows, or says what was wrong.</summary>
    public static bool TryMake(
        string text, KeySpace space, Random random, out IKeyChooser? chooser, out string? error)
    {
        var keys = space.Loaded;
        var parts = text.Split(':', 2);
        chooser = parts switch
        {
            ["uniform"] => new UniformKeys(keys, random),
            ["sequence"] => new SequentialKeys(keys),
            ["zipf", var exponent] when Number(exponent, 0.1, 5) is { } e => new ZipfKeys(keys, e, random),
            ["latest", var exponent] when Number(exponent, 0.1, 5) is { } e => new LatestKeys(space, e, random),
            ["hot", var shares] when Shares(shares) is var (hot, asked) => new HotSetKeys(keys, hot, asked, random),
            ["trace", var file] when File.Exists(file) => ReadTrace(file),
            _ => null,
        };
        error = chooser is not null ? null
            : parts is ["trace", var missing] && !File.Exists(missing)
                ? $"--keys-by {text}: there is no file '{missing}'."
            : $"--keys-by {text}: allowed are {Allowed}.";
        return chooser is not null;
    }

    private static double? Number(string text, double min, double max) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var n) && n >= min && n <= max
            ? n
            : null;

    private static (double, double)? Shares(string text) =>
        text.Split(':') is [var a, var b] && Number(a, 0, 1) is { } keys && Number(b, 0, 1) is { } requests
            ? (keys, requests)
            : null;

    /// <summary>Each distinct line is one key; its number is the order of its first appearance.</summary>
    private static TraceKeys? ReadTrace(string file)
    {
        var numbers = new Dictionary<string, long>();
        var trace = new List<long>();
        foreach (var line in File.ReadLines(file))
        {
            var key = line.Trim();
            if (key.Length == 0) continue;
            if (!numbers.TryGetValue(key, out var number)) numbers[key] = number = numbers.Count;
            trace.Add(number);
            if (trace.Count == TraceKeysMax) break;
        }

        return trace.Count == 0 ? null : new TraceKeys([.. trace]);
    }
}

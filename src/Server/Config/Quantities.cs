using System.Globalization;

namespace Hedgerow.Server.Config;

/// <summary>Sizes, times and shard lists as people write them: 512MiB, 200ms, 0-3,7. Exact both ways.</summary>
internal static class Quantities
{
    private const int ShardIdMax = Router.Topology.ShardsMax - 1;

    private static readonly (string Unit, long Bytes)[] ByteUnits =
    [
        ("TiB", 1L << 40), ("GiB", 1L << 30), ("MiB", 1L << 20), ("KiB", 1L << 10),
        ("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1_000), ("B", 1),
    ];

    private static readonly (string Unit, long Ticks)[] TimeUnits =
    [
        ("ms", TimeSpan.TicksPerMillisecond), ("us", TimeSpan.TicksPerMicrosecond), ("d", TimeSpan.TicksPerDay),
        ("h", TimeSpan.TicksPerHour), ("m", TimeSpan.TicksPerMinute), ("s", TimeSpan.TicksPerSecond),
    ];

    /// <summary>Reads bytes: a number and a unit (B, KB, KiB … TiB); a bare number is bytes.</summary>
    public static bool TryParseBytes(string text, out long bytes)
    {
        foreach (var (unit, factor) in ByteUnits)
            if (text.EndsWith(unit, StringComparison.OrdinalIgnoreCase))
                return TryScale(text.AsSpan(0, text.Length - unit.Length), factor, out bytes);
        return TryScale(text, 1, out bytes);
    }

    /// <summary>Writes bytes in the largest binary unit that is exact.</summary>
    public static string FormatBytes(long bytes)
    {
        foreach (var (unit, factor) in ByteUnits.AsSpan(0, 4))
            if (bytes >= factor && bytes % factor == 0) return Invariant(bytes / factor) + unit;
        return Invariant(bytes) + "B";
    }

    /// <summary>Reads a time: a number and a unit (us, ms, s, m, h, d). A bare number but 0 is refused.</summary>
    public static bool TryParseDuration(string text, out TimeSpan duration)
    {
        duration = default;
        if (text == "0") return true;
        foreach (var (unit, factor) in TimeUnits)
        {
            if (!text.EndsWith(unit, StringComparison.OrdinalIgnoreCase)) continue;
            if (!TryScale(text.AsSpan(0, text.Length - unit.Length), factor, out var ticks)) return false;
            duration = TimeSpan.FromTicks(ticks);
            return true;
        }

        return false;
    }

    /// <summary>Writes a time in the largest unit that is exact.</summary>
    public static string FormatDuration(TimeSpan duration)
    {
        if (duration == TimeSpan.Zero) return "0s";
        foreach (var unit in (ReadOnlySpan<string>)["d", "h", "m", "s", "ms"])
        {
            var factor = Array.Find(TimeUnits, u => u.Unit == unit).Ticks;
            if (duration.Ticks % factor == 0) return Invariant(duration.Ticks / factor) + unit;
        }

        return Invariant(duration.Ticks / TimeSpan.TicksPerMicrosecond) + "us";
    }

    /// <summary>Reads shard ids and ranges; they come back sorted, each once.</summary>
    public static bool TryParseShards(string text, out IReadOnlyList<ushort> shards)
    {
        var found = new SortedSet<ushort>();
        shards = [];
        foreach (var part in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var dash = part.IndexOf('-', StringComparison.Ordinal);
            var first = dash < 0 ? part : part[..dash];
            var last = dash < 0 ? part : part[(dash + 1)..];
            if (!TryParseShard(first, out var from) || !TryParseShard(last, out var to) || from > to) return false;
            for (var shard = from; shard <= to; shard++) found.Add((ushort)shard);
        }

        shards = [.. found];
        return true;
    }

    private static bool TryParseShard(string text, out int shard) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out shard) && shard <= ShardIdMax;

    private static bool TryScale(ReadOnlySpan<char> number, long factor, out long scaled)
    {
        scaled = 0;
        const NumberStyles Plain = NumberStyles.AllowDecimalPoint;
        if (!decimal.TryParse(number.Trim(), Plain, CultureInfo.InvariantCulture, out var value)) return false;
        // Decimal holds 28 digits: compare before multiplying, so that it can't overflow.
        if (value > (decimal)long.MaxValue / factor) return false;
        scaled = (long)(value * factor);
        return true;
    }

    private static string Invariant(long value) => value.ToString(CultureInfo.InvariantCulture);
}

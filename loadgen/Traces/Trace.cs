using System.Runtime.InteropServices;

namespace Hedgerow.LoadGen.Traces;

/// <summary>A trace in memory, its ids numbered by first appearance, so that they are keys as others are.</summary>
internal sealed class Trace
{
    private const long Second = 1_000_000_000;

    private Trace(TraceRecord[] records, long[] offsets, int keys, bool hasTimes)
    {
        Records = records;
        OffsetNanos = offsets;
        Keys = keys;
        HasTimes = hasTimes;
    }

    /// <summary>Requests in their order, their keys being numbers below <see cref="Keys"/>.</summary>
    public IReadOnlyList<TraceRecord> Records { get; }

    /// <summary>When each came, from the first one on. Requests of one second are spread over it evenly.</summary>
    public IReadOnlyList<long> OffsetNanos { get; }

    /// <summary>Different keys.</summary>
    public int Keys { get; }

    /// <summary>Whether the trace says when each request came.</summary>
    public bool HasTimes { get; }

    /// <summary>Bytes of the largest value.</summary>
    public int ValueBytesMax => Records.Max(record => record.ValueBytes);

    /// <summary>Reads all of a file.</summary>
    /// <exception cref="IOException">It can't be read, or has no request.</exception>
    /// <exception cref="InvalidDataException">It is not of that format.</exception>
    public static Trace Read(string file, string format, int valueBytesMax)
    {
        var numbers = new Dictionary<long, long>();
        var records = new List<TraceRecord>();
        foreach (var record in TraceFile.Read(file, format))
        {
            ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(numbers, record.Key, out var isKnown);
            if (!isKnown) number = numbers.Count - 1;
            records.Add(record with { Key = number, ValueBytes = Math.Min(record.ValueBytes, valueBytesMax) });
        }

        if (records.Count == 0) throw new InvalidDataException($"{file}: there is no request in it.");
        return new Trace(
            [.. records], Spread([.. records.Select(r => r.Second)]), numbers.Count, TraceFile.HasTimes(format));
    }

    /// <summary>Times within whole seconds: the requests of a second at equal distances.</summary>
    internal static long[] Spread(long[] seconds)
    {
        var offsets = new long[seconds.Length];
        for (var from = 0; from < seconds.Length;)
        {
            var to = from;
            while (to < seconds.Length && seconds[to] == seconds[from]) to++;
            for (var i = from; i < to; i++)
                offsets[i] = ((seconds[from] - seconds[0]) * Second) + ((i - from) * Second / (to - from));
            from = to;
        }

        // A clock that went back sends at once what it can't send earlier.
        for (var i = 1; i < offsets.Length; i++) offsets[i] = Math.Max(offsets[i], offsets[i - 1]);
        return offsets;
    }
}

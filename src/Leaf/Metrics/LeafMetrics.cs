using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Metrics;

/// <summary>What a leaf counts on its hot path: replies by opcode and status, and how long they took.</summary>
internal sealed class LeafMetrics
{
    private const int Opcodes = 0x40;
    private const int Statuses = 0x20;

    private static readonly string[] Classes =
        ["other", "get", "write", "get_many", "bulk", "search", "term_statistics", "scan", "instant", "suggest"];

    private static readonly byte[] ClassOfOpcode = MapOpcodes();

    private readonly StripedCounters _replies = new(Opcodes * Statuses);
    private readonly LatencyHistogram[] _service = [.. Classes.Select(_ => new LatencyHistogram())];
    private readonly LatencyHistogram[] _queue = [.. Classes.Select(_ => new LatencyHistogram())];

    /// <summary>Counts one reply.</summary>
    public void OnReply(Opcode opcode, StatusCode status, long queueNanos, long serviceNanos)
    {
        CountReply(opcode, status);
        var ofClass = ClassOfOpcode[(int)opcode & (Opcodes - 1)];
        _service[ofClass].Record(serviceNanos);
        if (queueNanos > 0) _queue[ofClass].Record(queueNanos);
    }

    /// <summary>Counts one reply whose time is not taken.</summary>
    public void CountReply(Opcode opcode, StatusCode status)
    {
        var row = (int)opcode & (Opcodes - 1);
        _replies.Add((row * Statuses) + ((int)status & (Statuses - 1)), 1);
    }

    /// <summary>The service time of one operation that stands for so many.</summary>
    public void RecordService(Opcode opcode, long nanos, int weight) =>
        _service[ClassOfOpcode[(int)opcode & (Opcodes - 1)]].Record(nanos, weight);

    /// <summary>Replies so far, those that occurred.</summary>
    public IEnumerable<(Opcode Opcode, StatusCode Status, long Count)> Replies()
    {
        for (var i = 0; i < Opcodes * Statuses; i++)
        {
            var count = _replies.Read(i);
            if (count > 0) yield return ((Opcode)(i / Statuses), (StatusCode)(i % Statuses), count);
        }
    }

    /// <summary>Service time of every class, and queue time of those that wait.</summary>
    public IReadOnlyList<LeafLatency> Latencies()
    {
        var readings = new List<LeafLatency>(2 * Classes.Length);
        for (var i = 0; i < Classes.Length; i++)
        {
            readings.Add(_service[i].Read(Classes[i], "service"));
            readings.Add(_queue[i].Read(Classes[i], "queue"));
        }

        return readings;
    }

    /// <summary><c>CompareAndSet</c> as <c>compare_and_set</c>.</summary>
    public static string Label<T>(T value)
        where T : struct, Enum => Label(value.ToString());

    /// <summary><c>DateHistogram</c> as <c>date_histogram</c>.</summary>
    public static string Label(string name)
    {
        var label = new StringBuilder();
        foreach (var c in name)
        {
            if (char.IsUpper(c) && label.Length > 0) label.Append('_');
            label.Append(char.ToLowerInvariant(c));
        }

        return label.ToString();
    }

    private static byte[] MapOpcodes()
    {
        var map = new byte[Opcodes];
        foreach (var opcode in Enum.GetValues<Opcode>())
        {
            map[(int)opcode] = (byte)Array.IndexOf(Classes, opcode switch
            {
                Opcode.Get or Opcode.Head or Opcode.FieldGet => "get",
                Opcode.GetMany => "get_many",
                Opcode.Bulk => "bulk",
                Opcode.Search => "search",
                Opcode.TermStatistics => "term_statistics",
                Opcode.Scan or Opcode.EntryScan => "scan",
                Opcode.Instant => "instant",
                Opcode.Suggest or Opcode.Spelling => "suggest",
                _ => CacheCommand.Carries(opcode) ? "write" : "other",
            });
        }

        return map;
    }
}

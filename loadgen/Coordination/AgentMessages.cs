using System.Text.Json.Serialization;
using Hedgerow.LoadGen.Measuring;
using Hedgerow.LoadGen.Reporting;
using Hedgerow.LoadGen.Workload;

namespace Hedgerow.LoadGen.Coordination;

/// <summary>What the leader tells an agent.</summary>
internal sealed record AgentOrder
{
    /// <summary>Take up a workload and connect. Answered by Ready.</summary>
    public PrepareOrder? Prepare { get; init; }

    /// <summary>Write this agent's share of all paths. Answered by Ready.</summary>
    public bool Fill { get; init; }

    /// <summary>Answered by Ready at once: how far away the agent is.</summary>
    public bool Ping { get; init; }

    /// <summary>Run. Answered by an interval each, and an outcome.</summary>
    public RunOrder? Run { get; init; }

    /// <summary>The warm-up of the run under way is over. Not answered.</summary>
    public bool Count { get; init; }

    /// <summary>The run under way is to end. Not answered but by its outcome.</summary>
    public bool Stop { get; init; }
}

/// <summary>Take up a workload.</summary>
/// <param name="Arguments">As on the command line.</param>
/// <param name="Index">Which of the agents this is.</param>
/// <param name="Of">How many there are.</param>
/// <param name="Token">What the agent asks for.</param>
internal sealed record PrepareOrder(IReadOnlyList<string> Arguments, int Index, int Of, string Token);

/// <summary>A run of one agent.</summary>
internal sealed record RunOrder
{
    /// <summary>Microseconds from when the order comes to when the run begins.</summary>
    public required long StartInMicros { get; init; }

    public required double Rate { get; init; }

    public required long WarmupNanos { get; init; }

    public required long DurationNanos { get; init; }

    public required long OperationsMax { get; init; }

    public required int InFlightMax { get; init; }

    public required long IntervalNanos { get; init; }

    public required long WarmupNanosMax { get; init; }

    /// <summary>Whether the leader says when counting begins.</summary>
    public required bool IsLed { get; init; }
}

/// <summary>What an agent answers.</summary>
internal sealed record AgentAnswer
{
    public bool Ready { get; init; }

    /// <summary>What went wrong; null when nothing did.</summary>
    public string? Error { get; init; }

    public IntervalMessage? Interval { get; init; }

    public OutcomeMessage? Outcome { get; init; }
}

/// <summary>A stretch of time of one agent.</summary>
internal sealed record IntervalMessage(
    long StartNanos, long EndNanos, bool IsWarmup, long Answers, long Failed,
    IReadOnlyDictionary<OperationKind, string> Response)
{
    private const int Digits = 3;

    public static IntervalMessage Of(Interval interval) => new(
        interval.StartNanos, interval.EndNanos, interval.IsWarmup, interval.Answers, interval.Failed,
        Enum.GetValues<OperationKind>().Where(kind => interval.Response(kind) is not null)
            .ToDictionary(kind => kind, kind => HistogramText.Encode(interval.Response(kind)!)));

    public Interval Read()
    {
        var interval = new Interval(StartNanos, IsWarmup, Digits)
        {
            EndNanos = EndNanos, Answers = Answers, Failed = Failed,
        };
        foreach (var (kind, text) in Response) interval.Add(kind, HistogramText.Decode(text));
        return interval;
    }
}

/// <summary>What one kind of operation came to.</summary>
internal sealed record RecordMessage(
    OperationKind Kind, IReadOnlyList<long> Outcomes, IReadOnlyDictionary<string, long> Errors, string Response,
    string Service);

/// <summary>All that one agent found out, but for the stretches of time, which it told as they ended.</summary>
internal sealed record OutcomeMessage(
    double Seconds, double RateAsked, long Counted, IReadOnlyList<RecordMessage> Records, string Lateness,
    RouterWork Router, double? ServerCpuMicros, double WarmupSeconds, bool IsUnsteady)
{
    public static OutcomeMessage Of(RunOutcome run) => new(
        run.Seconds, run.RateAsked, run.Counted,
        [.. run.Records.Where(r => !r.IsEmpty).Select(r => new RecordMessage(
            r.Kind, [.. Enum.GetValues<Outcome>().Select(r.Count)], r.Errors, HistogramText.Encode(r.Response),
            HistogramText.Encode(r.Service)))],
        HistogramText.Encode(run.Lateness), run.Router, run.ServerCpuMicros, run.WarmupSeconds, run.IsUnsteady);

    public RunOutcome Read(IReadOnlyList<Interval> intervals)
    {
        var records = Enum.GetValues<OperationKind>().Select(kind => new OperationRecord(kind)).ToArray();
        foreach (var message in Records)
        {
            var record = records[(int)message.Kind];
            record.AddCounts(message.Outcomes, message.Errors);
            record.Response.Add(HistogramText.Decode(message.Response));
            record.Service.Add(HistogramText.Decode(message.Service));
        }

        return new RunOutcome
        {
            Seconds = Seconds,
            RateAsked = RateAsked,
            Counted = Counted,
            Records = records,
            Lateness = HistogramText.Decode(Lateness),
            Intervals = intervals,
            Router = Router,
            ServerCpuMicros = ServerCpuMicros,
            WarmupSeconds = WarmupSeconds,
            IsUnsteady = IsUnsteady,
        };
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AgentOrder))]
[JsonSerializable(typeof(AgentAnswer))]
internal sealed partial class AgentJson : JsonSerializerContext;

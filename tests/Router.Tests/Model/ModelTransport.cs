using Hedgerow.Protocol;

namespace Hedgerow.Router.Tests;

/// <summary>One request as a leaf saw it.</summary>
internal sealed record SeenCall(string Leaf, RequestHeader Header, byte[] Body)
{
    public bool WasCancelled { get; set; }

    /// <summary>Whether work on it began, if it was tied.</summary>
    public bool HasBegun { get; set; }

    /// <summary>Runs when it is cancelled, before anybody is told.</summary>
    public Action? OnCancel { get; set; }
}

/// <summary>
/// What a leaf does with one request: null lets it answer at once, else a delay, and perhaps an answer.
/// </summary>
/// <param name="Delay">Null never answers.</param>
/// <param name="Status">Null lets the leaf answer.</param>
/// <param name="Report">The queue length of this header goes into the answer's.</param>
/// <param name="Queue">How long a tied request waits before work on it begins; null tells nothing of that.</param>
internal sealed record Behaviour(
    TimeSpan? Delay, StatusCode? Status = null, ReplyHeader Report = default, TimeSpan? Queue = null)
{
    public static Behaviour Never { get; } = new((TimeSpan?)null);

    public static Behaviour After(double ms) => new(TimeSpan.FromMilliseconds(ms));

    /// <summary>Waits in a queue, then works.</summary>
    public static Behaviour Queued(double ms, double workMs) =>
        After(ms + workMs) with { Queue = TimeSpan.FromMilliseconds(ms) };

    public static Behaviour Fails(StatusCode status, double ms = 0) => new(TimeSpan.FromMilliseconds(ms), status);
}

/// <summary>
/// Carries requests to model leaves; each may be slow, silent or broken. Delays are on the injected time.
/// </summary>
internal sealed class ModelTransport : ILeafTransport
{
    private readonly TimeProvider _time;

    public ModelTransport(TimeProvider time)
    {
        _time = time;
    }

    public Dictionary<string, ModelLeaf> Leaves { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, Func<SeenCall, Behaviour?>> Rules { get; } = new(StringComparer.Ordinal);

    public List<SeenCall> Calls { get; } = [];

    /// <summary>Links of the testing thread, by leaf.</summary>
    public Dictionary<string, IDirectLink> Links { get; } = new(StringComparer.Ordinal);

    public Action<ulong>? Begun { get; set; }

    public IEnumerable<SeenCall> Of(Opcode opcode) => Calls.Where(c => c.Header.Opcode == opcode);

    public ValueTask<Reply> SendAsync(
        LeafEndpoint leaf, RequestHeader header, ReadOnlyMemory<byte> body, CancellationToken cancel)
    {
        var call = new SeenCall(leaf.Id, header, body.ToArray());
        Calls.Add(call);
        var behaviour = Rules.GetValueOrDefault(leaf.Id)?.Invoke(call);
        if (behaviour is null) return new ValueTask<Reply>(Leaves[leaf.Id].Handle(header, body));
        return behaviour.Delay == TimeSpan.Zero
            ? new ValueTask<Reply>(Answer(call, behaviour))
            : new ValueTask<Reply>(WaitAsync(call, behaviour, cancel));
    }

    public IDirectLink? LinkTo(LeafEndpoint leaf) => Links.GetValueOrDefault(leaf.Id);

    public ValueTask DisposeAsync() => default;

    private async Task<Reply> WaitAsync(SeenCall call, Behaviour behaviour, CancellationToken cancel)
    {
        // Inline continuations: what the answer causes has happened when Advance returns.
        var done = new TaskCompletionSource();
        using var timer = behaviour.Delay is { } delay
            ? _time.CreateTimer(_ => done.TrySetResult(), null, delay, Timeout.InfiniteTimeSpan)
            : null;
        using var begin = behaviour.Queue is { } queue && call.Header.Flags.HasFlag(FrameFlags.Tied)
            ? _time.CreateTimer(_ => Begin(call, done.Task), null, queue, Timeout.InfiniteTimeSpan)
            : null;
        using var registration = cancel.UnsafeRegister(
            _ =>
            {
                call.WasCancelled = true;
                call.OnCancel?.Invoke();
                done.TrySetCanceled();
            },
            null);
        await done.Task;
        return Answer(call, behaviour);
    }

    private void Begin(SeenCall call, Task done)
    {
        if (done.IsCompleted) return;
        call.HasBegun = true;
        Begun?.Invoke(call.Header.PathHash);
    }

    private Reply Answer(SeenCall call, Behaviour behaviour)
    {
        if (behaviour.Status is { } status) return ModelLeaf.Text(status, $"{call.Leaf} says {status}.");
        var reply = Leaves[call.Leaf].Handle(call.Header, call.Body);
        using (reply)
        {
            var header = reply.Header with { QueueLength = behaviour.Report.QueueLength };
            return Reply.Copy(header, reply.Body.Span);
        }
    }
}

using System.Threading.Tasks.Sources;
using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.FrontEnds.Commands;

namespace Hedgerow.Server.FrontEnds.Memcached;

/// <summary>
/// One cache operation that is sent, and awaited by the command that it is a step of. Where the calling loop has links
/// to the leaves, its answer is read, and the command goes on, in the loop's receive buffer: see <see
/// cref="DirectCalls"/>. Used again when its outcome was taken; allocates nothing then.
/// </summary>
internal sealed class AwaitedEntry : DirectCall, IValueTaskSource<CommandOutcome>
{
    private const int KeptPerThread = 256;

    [ThreadStatic]
    private static Stack<AwaitedEntry>? _free;

    private readonly ReplyBuffer _body = new();
    private readonly Action _onRouted;
    private ManualResetValueTaskSourceCore<CommandOutcome> _core;
    private ValueTask<Reply> _routed;
    private RequestHeader _asked;
    private ReplyBuffer _value = null!;

    private AwaitedEntry()
    {
        _onRouted = FinishRouted;
    }

    /// <inheritdoc/>
    protected override Memory<byte> Body => _body.Written;

    /// <summary>Sends one.</summary>
    /// <param name="executor">Over what.</param>
    /// <param name="command">Copied before this returns.</param>
    /// <param name="flags">The frame's.</param>
    /// <param name="value">Gets the value of a read or the entry asked for; the text of an error.</param>
    public static ValueTask<CommandOutcome> SendAsync(
        ICommandExecutor executor, in CacheCommand command, FrameFlags flags, ReplyBuffer value)
    {
        var entry = _free is { Count: > 0 } free ? free.Pop() : new AwaitedEntry();
        entry._value = value;
        entry._asked = new RequestHeader { Opcode = command.Opcode, Flags = flags };
        command.WriteTo(entry._body.GetSpan(command.Length));
        entry._body.Advance(command.Length);
        if (!executor.TryBegin(entry._asked, command, entry))
            entry.OnRouted(executor.ExecuteAsync(entry._asked, entry._body.Written, CancellationToken.None));
        return new ValueTask<CommandOutcome>(entry, entry._core.Version);
    }

    CommandOutcome IValueTaskSource<CommandOutcome>.GetResult(short token)
    {
        // One that failed is left to the collector.
        var outcome = _core.GetResult(token);
        _core.Reset();
        _body.Clear();
        _routed = default;
        _value = null!;
        _free ??= new Stack<AwaitedEntry>();
        if (_free.Count < KeptPerThread) _free.Push(this);
        return outcome;
    }

    ValueTaskSourceStatus IValueTaskSource<CommandOutcome>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<CommandOutcome>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    /// <inheritdoc/>
    protected override void OnAnswer(in ReplyHeader header, ReadOnlySpan<byte> body) =>
        _core.SetResult(Read(header, body));

    /// <inheritdoc/>
    protected override void OnRouted(ValueTask<Reply> answer)
    {
        _routed = answer;
        var awaiter = _routed.GetAwaiter();
        if (awaiter.IsCompleted) FinishRouted();
        else awaiter.UnsafeOnCompleted(_onRouted);
    }

    private void FinishRouted()
    {
        CommandOutcome outcome;
        try
        {
            using var reply = _routed.GetAwaiter().GetResult();
            outcome = Read(reply.Header, reply.Body.Span);
        }
        catch (Exception defect) when (defect is not OutOfMemoryException)
        {
            _core.SetException(defect);
            return;
        }

        _core.SetResult(outcome);
    }

    private CommandOutcome Read(in ReplyHeader header, ReadOnlySpan<byte> body)
    {
        var outcome = new CommandOutcome { Status = header.Status, Version = header.Version };
        if (header.Status != StatusCode.Ok)
        {
            _value.Write(body);
            return outcome;
        }

        var hasEntry = _asked.Opcode == Opcode.Get || (_asked.Flags & FrameFlags.ReturnEntry) != 0;
        if (!hasEntry) return outcome;
        if (!EntryBody.TryRead(body, out var entry)) return new CommandOutcome { Status = StatusCode.Internal };
        _value.Write(entry.Value);
        return new CommandOutcome
        {
            Status = StatusCode.Ok,
            Version = header.Version,
            EntryFlags = entry.EntryFlags,
            ExpiresAtMs = entry.ExpiresAtMs,
            Kind = entry.Kind,
            Mark = entry.Mark,
        };
    }
}

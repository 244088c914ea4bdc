using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics;
using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.FrontEnds.Commands;
using Hedgerow.Server.FrontEnds.Sockets;
using Hedgerow.Server.Metrics;

namespace Hedgerow.Server.FrontEnds.Native;

/// <summary>
/// Puts the native protocol before a router: every frame is forwarded as it came. Reads and plain writes of entries go
/// over the loop's own links to leaves; where the leaves are of this process, reads are served at once. Thread-safe.
/// What is in flight is bounded by the limits of each connection and the number of connections.
/// </summary>
/// <remarks>
/// A cancel can't overtake its request, because one thread reads a connection; so a request is entered into the table
/// of those in flight only when the router did not answer at once.
/// </remarks>
internal sealed partial class NativeFrontEnd : IRequestHandler, IEntriesAtOnce
{
    private readonly IRequestExecutor _executor;
    private readonly ILogger _log;
    private readonly ICommandExecutor? _commands;
    private readonly OfLoops<DirectForwards> _direct;
    private readonly ForwardedRequest.Pool _requests = new();
    private readonly ConcurrentDictionary<IReplySink, ConcurrentDictionary<uint, ForwardedRequest>> _inFlight = new();

    /// <param name="executor">The router.</param>
    /// <param name="log">For defects.</param>
    /// <param name="commands">The short ways; null has none.</param>
    public NativeFrontEnd(IRequestExecutor executor, ILogger log, ICommandExecutor? commands = null)
    {
        _executor = executor;
        _log = log;
        _commands = commands;
        _direct = new OfLoops<DirectForwards>(_ => new DirectForwards(commands!, _requests, Watch));
    }

    /// <summary>Whether the leaves are of this process: reads need no link then.</summary>
    public bool ServesAtOnce => _commands is { IsRemote: false };

    /// <summary>Unix milliseconds.</summary>
    public long UtcNowMs => _commands?.UtcNowMs ?? 0;

    /// <inheritdoc/>
    public int Waiting => 0;

    /// <summary>Its leaves' places are behind a choice of replica that is not made yet.</summary>
    public ulong Prefetch(ushort shard, ReadOnlySpan<byte> path) => 0;

    /// <inheritdoc cref="Prefetch"/>
    public void PrefetchEntry(ushort shard, ulong place)
    {
        // Nothing was asked for.
    }

    /// <summary>Reads alone, from leaves of this process: a write tells how many replicas have it.</summary>
    public bool TryExecute(
        in RequestHeader header, in CacheCommand command, long nowMs, IBufferWriter<byte> output,
        out CommandOutcome outcome)
    {
        outcome = default;
        if (header.Opcode != Opcode.Get || !ServesAtOnce) return false;
        var startedAt = Stopwatch.GetTimestamp();
        if (!_commands!.TryExecute(command, 0, output, out outcome)) return false;
        // What ended otherwise goes the other way, and is counted there.
        if (outcome.Status is StatusCode.Ok or StatusCode.NotFound)
            ServerMeter.NativeRequest(header.Opcode, outcome.Status, startedAt);
        return true;
    }

    /// <inheritdoc/>
    public void OnRequest(in RequestHeader header, ReadOnlySpan<byte> body, IReplySink replies)
    {
        var startedAt = Stopwatch.GetTimestamp();
        if (TryDirectly(header, body, replies, startedAt)) return;
        var request = _requests.Rent(header, body, replies);
        var answer = _executor.ExecuteAsync(header, request.Body, request.Cancel);
        if (answer.IsCompletedSuccessfully)
        {
            using var reply = answer.Result;
            ServerMeter.NativeRequest(header.Opcode, reply.Status, startedAt);
            replies.Reply(reply.Header with { RequestId = header.RequestId }, reply.Body.Span);
            _requests.Return(request);
            return;
        }

        Watch(request, answer, startedAt);
    }

    /// <inheritdoc/>
    public void OnCancel(uint requestId, IReplySink replies)
    {
        if (_inFlight.TryGetValue(replies, out var ofConnection)
            && ofConnection.TryRemove(requestId, out var request))
        {
            request.Stop();
        }
        else if (_direct.Current is { } direct && direct.TryCancel(requestId, replies, out var opcode))
        {
            var refusal = new ReplyHeader { Opcode = opcode, RequestId = requestId, Status = StatusCode.Cancelled };
            replies.Reply(refusal, "The client cancelled."u8);
        }
    }

    /// <inheritdoc/>
    public void OnClosed(IReplySink replies)
    {
        _direct.Current?.Leave(replies);
        if (!_inFlight.TryRemove(replies, out var ofConnection)) return;
        foreach (var id in ofConnection.Keys)
            if (ofConnection.TryRemove(id, out var request)) request.Stop();
    }

    private bool TryDirectly(
        in RequestHeader header, ReadOnlySpan<byte> body, IReplySink replies, long startedAt) =>
        _commands is { IsRemote: true } && CacheCommand.Carries(header.Opcode) && _direct.Current is { } direct
        && direct.TryBegin(header, body, replies, startedAt);

    // Also what went directly, and then not well or not soon.
    private void Watch(ForwardedRequest request, ValueTask<Reply> answer, long startedAt)
    {
        var ofConnection = _inFlight.GetOrAdd(request.Replies, static _ => new());
        ofConnection[request.Header.RequestId] = request;
        _ = FinishAsync(request, answer, startedAt, ofConnection);
    }

    private async Task FinishAsync(
        ForwardedRequest request, ValueTask<Reply> answer, long startedAt,
        ConcurrentDictionary<uint, ForwardedRequest> ofConnection)
    {
        var header = request.Header;
        var replies = request.Replies;
        try
        {
            using var reply = await answer;
            ServerMeter.NativeRequest(header.Opcode, reply.Status, startedAt);
            Forget(request, ofConnection);
            replies.Reply(reply.Header with { RequestId = header.RequestId }, reply.Body.Span);
        }
        catch (OperationCanceledException)
        {
            Refuse(StatusCode.Cancelled, "The client cancelled.");
        }
        catch (Exception defect)
        {
            // The executor promises not to throw: what comes here is a defect, and the peer still gets its one answer.
            LogDefect(_log, header.Opcode, defect);
            Refuse(StatusCode.Internal, "The router failed; its log says how.");
        }

        void Refuse(StatusCode status, string message)
        {
            ServerMeter.NativeRequest(header.Opcode, status, startedAt);
            Forget(request, ofConnection);
            var refusal = new ReplyHeader { Opcode = header.Opcode, RequestId = header.RequestId, Status = status };
            replies.Reply(refusal, System.Text.Encoding.UTF8.GetBytes(message));
        }
    }

    // Before the reply is sent: after it the peer may use the id again.
    private void Forget(ForwardedRequest request, ConcurrentDictionary<uint, ForwardedRequest> ofConnection)
    {
        // Whoever takes it out of the table owns it: a cancel that was quicker is using it still.
        if (ofConnection.TryRemove(KeyValuePair.Create(request.Header.RequestId, request))) _requests.Return(request);
        else request.ReturnBuffer();
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A {Opcode} forwarded by the native front end met a defect.")]
    private static partial void LogDefect(ILogger logger, Opcode opcode, Exception defect);
}

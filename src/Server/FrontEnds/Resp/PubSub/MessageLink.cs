using System.Buffers;
using Hedgerow.Leaf;
using Hedgerow.Protocol;
using Hedgerow.Router;

namespace Hedgerow.Server.FrontEnds.Resp;

/// <summary>
/// One router's link to one leaf: a Listen that always waits there, and what is published, in batches of what came
/// while the last one was under way. Thread-safe.
/// </summary>
internal sealed partial class MessageLink : IThreadPoolWorkItem, IAsyncDisposable
{
    /// <summary>Bytes of messages that wait to go out; what finds no room is lost.</summary>
    public const int BytesMax = 16 * 1024 * 1024;

    private const uint WaitMs = 5_000;
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(WaitMs + 5_000);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(100);

    private readonly ulong _number;
    private readonly ILeafTransport _transport;
    private readonly IMessageListener _listener;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private readonly Task _listening;
    private ArrayBufferWriter<byte> _rows = new();
    private int _rowCount;
    private bool _isSending;
    private long _lost;
    private volatile bool _isUp;

    /// <param name="leaf">Where it goes.</param>
    /// <param name="number">This router's, as a sender and as a listener.</param>
    /// <param name="transport">Reaches the leaf.</param>
    /// <param name="listener">Hears what comes.</param>
    /// <param name="time">For retries.</param>
    /// <param name="log">Says when the leaf can't be reached.</param>
    public MessageLink(
        LeafEndpoint leaf, ulong number, ILeafTransport transport, IMessageListener listener, TimeProvider time,
        ILogger log)
    {
        Leaf = leaf;
        _number = number;
        _transport = transport;
        _listener = listener;
        _time = time;
        _log = log;
        _listening = ListenAsync();
    }

    /// <summary>Where it goes.</summary>
    public LeafEndpoint Leaf { get; }

    /// <summary>Whether the leaf answered last time.</summary>
    public bool IsUp => _isUp;

    /// <summary>Messages that were lost on it, in either direction.</summary>
    public long Lost => Volatile.Read(ref _lost);

    /// <summary>Takes a message to publish.</summary>
    public void Put(MessageKind kind, ReadOnlySpan<byte> channel, ReadOnlySpan<byte> message)
    {
        lock (_gate)
        {
            if (_rows.WrittenCount + channel.Length + message.Length > BytesMax)
            {
                Interlocked.Increment(ref _lost);
                return;
            }

            if (_rows.WrittenCount == 0) MessageCodec.WriteHead(_rows, _number);
            MessageCodec.WriteRow(_rows, kind, channel, message);
            _rowCount++;
            if (_isSending) return;
            _isSending = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>Sends what is there.</summary>
    public void Execute() => _ = SendAllAsync();

    /// <summary>Ends it without waiting.</summary>
    public void Stop() => _stop.Cancel();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Stop();
        await _listening;
        _stop.Dispose();
    }

    private async Task SendAllAsync()
    {
        while (TryTake(out var body, out var count))
        {
            var reply = await AskAsync(Opcode.Publish, body);
            if (reply != StatusCode.Ok) Interlocked.Add(ref _lost, count);
        }
    }

    private bool TryTake(out ReadOnlyMemory<byte> body, out int count)
    {
        lock (_gate)
        {
            (body, count) = (_rows.WrittenMemory, _rowCount);
            _isSending = count > 0;
            if (count == 0) return false;
            _rows = new ArrayBufferWriter<byte>();
            _rowCount = 0;
            return true;
        }
    }

    private async Task ListenAsync()
    {
        // The first is answered at once: then the leaf knows this listener, and this link that the leaf is there.
        var (first, next) = (ListenBody(0), ListenBody(WaitMs));
        while (!_stop.IsCancellationRequested)
        {
            var status = await AskAsync(Opcode.Listen, _isUp ? next : first);
            if (_isUp && status != StatusCode.Ok && !_stop.IsCancellationRequested) LogDown(_log, Leaf.Id, status);
            _isUp = status == StatusCode.Ok;
            if (!_isUp) await WaitAsync();
        }
    }

    private ReadOnlyMemory<byte> ListenBody(uint waitMs)
    {
        var body = new ArrayBufferWriter<byte>();
        MessageCodec.WriteListen(body, _number, waitMs);
        return body.WrittenMemory;
    }

    private async Task WaitAsync()
    {
        try
        {
            await Task.Delay(RetryAfter, _time, _stop.Token);
        }
        catch (OperationCanceledException)
        {
            // It ends, and so does the waiting.
        }
    }

    private async Task<StatusCode> AskAsync(Opcode opcode, ReadOnlyMemory<byte> body)
    {
        try
        {
            using var patience = new CancellationTokenSource(Patience, _time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, _stop.Token);
            var header = new RequestHeader { Opcode = opcode };
            using var reply = await _transport.SendAsync(Leaf, header, body, both.Token);
            if (reply.Status == StatusCode.Ok && opcode == Opcode.Listen) Hear(reply.Body.Span);
            return reply.Status;
        }
        catch (OperationCanceledException)
        {
            return StatusCode.DeadlineExceeded;
        }
    }

    private void Hear(ReadOnlySpan<byte> body)
    {
        if (!MessageCodec.TryRead(body, out var lost, out var messages, out _)) return;
        if (lost > 0) Interlocked.Add(ref _lost, (long)Math.Min(lost, long.MaxValue));
        while (messages.MoveNext()) _listener.Hear(messages.Kind, messages.Channel, messages.Message);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "Messages of channels no longer come from {Leaf} ({Status}); it is tried again.")]
    private static partial void LogDown(ILogger logger, string leaf, StatusCode status);
}

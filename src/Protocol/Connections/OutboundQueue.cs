using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;

namespace Hedgerow.Protocol;

/// <summary>
/// The frames one connection has yet to send. Any thread appends; one flusher at a time sends.
/// </summary>
/// <remarks>
/// <code>
///   any thread, under the gate                      the flusher, outside the gate
///   small frame ──copy──> [ filling ]  ──swap──>  [ sending ] ──copy──> PipeWriter ──FlushAsync──> peer
///   large body ──copy──> waiting ──> open ──────> one chunk ──copy──────────^
/// </code>
/// While the flusher awaits, others go on appending, so that the slower the peer the larger the batches: no timer and
/// no tuning. Each round sends all small frames, then at most one chunk of a large message; the open large messages
/// take turns. So a small frame waits for one chunk at most, however many megabytes are queued before it.
/// Open messages (begun, not ended) never exceed the bytes that the peer takes for them; the others wait their turn.
/// <para>
/// Nothing here bounds the bytes queued: the server stops reading and the client stops sending by
/// <see cref="QueuedBytes"/>. The flusher is one task for the connection's life, woken inline by whoever flushes: its
/// thread makes the transport's system call, as long as the peer takes the bytes. It may be any thread of an
/// application that embeds this, hence <c>ConfigureAwait(false)</c> here and in the pumps.
/// </para>
/// </remarks>
internal sealed class OutboundQueue
{
    /// <summary>First buffer: a few dozen small frames.</summary>
    private const int BufferBytesMin = 4 * 1024;

    /// <summary>A buffer that a burst made larger is given back to the pool when it was sent.</summary>
    private const int BufferBytesKept = 64 * 1024;

    /// <summary>A batch that has grown to this is sent before its end; the peer can begin to work.</summary>
    private const int EarlyFlushBytes = 128 * 1024;

    private readonly Lock _gate = new();
    private readonly WakeSignal _wake = new(wakeInline: true);
    private readonly PipeWriter _writer;
    private readonly Action _onProgress;
    private readonly Queue<OutboundMessage> _open = new();
    private readonly Queue<OutboundMessage> _waiting = new();
    private int _chunkBytesMax;
    private long _openBytesMax;
    private byte[] _filling = [];
    private int _filled;
    private byte[] _sending = [];
    private OutboundMessage? _inHand;
    private long _openBytes;
    private long _queuedBytes;
    private bool _isActive;
    private bool _isCompleted;
    private bool _isClosed;

    /// <param name="writer">Used by the flusher alone.</param>
    /// <param name="limits">Of both ends, the smaller.</param>
    /// <param name="onProgress">Called without the gate after bytes have left, and when the queue has closed.</param>
    public OutboundQueue(PipeWriter writer, ProtocolLimits limits, Action onProgress)
    {
        _writer = writer;
        _onProgress = onProgress;
        Limit(limits);
    }

    /// <summary>Whether nothing is taken or sent any more.</summary>
    public bool IsClosed => Volatile.Read(ref _isClosed);

    /// <summary>Bytes appended and not yet taken by the transport.</summary>
    public long QueuedBytes => Volatile.Read(ref _queuedBytes);

    /// <summary>The limits that hold from now on: the hello has brought the peer's.</summary>
    public void Limit(ProtocolLimits limits)
    {
        _chunkBytesMax = limits.ChunkBytesMax;
        _openBytesMax = limits.BytesInFlightMax;
    }

    /// <summary>
    /// Copies a message in; it is sent by the next flush. The header's length is filled in here.
    /// Returns false, and does nothing, when the queue is closed.
    /// </summary>
    public bool Append(Span<byte> header, ReadOnlySpan<byte> body)
    {
        if (body.Length > _chunkBytesMax)
        {
            var copy = ArrayPool<byte>.Shared.Rent(body.Length);
            body.CopyTo(copy);
            return AppendPooled(header, copy, body.Length);
        }

        BinaryPrimitives.WriteInt32LittleEndian(header, body.Length);
        lock (_gate)
        {
            if (_isClosed || _isCompleted) return false;
            AppendFrame(header, body);
        }

        return true;
    }

    /// <summary>As <see cref="Append"/>, and takes over the body's buffer, whatever it returns.</summary>
    public bool AppendPooled(Span<byte> header, byte[] pooledBody, int length)
    {
        if (length <= _chunkBytesMax)
        {
            var appended = Append(header, pooledBody.AsSpan(0, length));
            ArrayPool<byte>.Shared.Return(pooledBody);
            return appended;
        }

        var message = new OutboundMessage(header, pooledBody, length);
        lock (_gate)
        {
            if (!_isClosed && !_isCompleted)
            {
                _waiting.Enqueue(message);
                _queuedBytes += length;
                return true;
            }
        }

        message.ReturnBuffer();
        return false;
    }

    /// <summary>
    /// Takes a large message back: what has not been sent of it never will be. If a part of it was,
    /// <paramref name="cancelFrame"/> follows that part. Returns whether the peer has seen nothing of it.
    /// </summary>
    /// <remarks>A message that is not queued, or no longer, is taken for sent.</remarks>
    public bool Withdraw(uint requestId, Span<byte> cancelFrame)
    {
        lock (_gate)
        {
            if (_isClosed) return false;
            var message = Remove(_waiting, requestId) ?? Remove(_open, requestId);
            if (message is null && _inHand?.RequestId == requestId) message = _inHand;
            var isUnseen = message is { Taken: 0 };
            if (message is not null) Withdraw(message);
            if (!isUnseen && !_isCompleted) AppendFrame(cancelFrame, []);
            return isUnseen;
        }
    }

    /// <summary>Sends what was appended: at once, or at the end of the batch that this thread is handling.</summary>
    public void Flush()
    {
        if (Volatile.Read(ref _filled) >= EarlyFlushBytes || !FlushScope.TryDefer(this)) FlushNow();
    }

    /// <summary>Wakes the flusher unless it is at work already, and will see what was appended.</summary>
    public void FlushNow()
    {
        lock (_gate)
        {
            if (_isActive) return;
            if (_queuedBytes == 0 && !_isCompleted && !_isClosed) return;
            _isActive = true;
        }

        _wake.Set();
    }

    /// <summary>Takes no more; <see cref="RunAsync"/> ends when all is sent.</summary>
    public void Complete()
    {
        lock (_gate) _isCompleted = true;
        FlushNow();
    }

    /// <summary>Drops what is queued; <see cref="RunAsync"/> ends.</summary>
    public void Abort()
    {
        Close();
        _writer.CancelPendingFlush();
        FlushNow();
    }

    /// <summary>The flusher. Ends when the queue is completed and empty, or closed. Never throws.</summary>
    /// <returns>What the transport threw, or null.</returns>
    public async Task<Exception?> RunAsync()
    {
        try
        {
            while (true)
            {
                await _wake.WaitAsync().ConfigureAwait(false);
                while (TryTake(out var smallBytes, out var chunk))
                {
                    if (smallBytes > 0) _writer.Write(_sending.AsSpan(0, smallBytes));
                    chunk.WriteTo(_writer);
                    var result = await _writer.FlushAsync().ConfigureAwait(false);
                    Release(smallBytes, chunk);
                    if (result.IsCompleted || result.IsCanceled) Close();
                    _onProgress();

                    // The thread that woke us has frames to read: it must not send a large message to its end.
                    if (chunk.Message is not null)
                        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
                }

                if (IsClosed || IsFinished()) return null;
            }
        }
        catch (Exception exception)
        {
            // Whatever the transport threw, the connection can't send: the caller gets it as the reason of its end.
            return exception;
        }
        finally
        {
            Close();
            ReturnBuffers();
            _onProgress();
        }
    }

    private bool TryTake(out int smallBytes, out OutboundMessage.Chunk chunk)
    {
        lock (_gate)
        {
            smallBytes = 0;
            chunk = default;
            if (!_isClosed)
            {
                smallBytes = _filled;
                _filled = 0;
                if (smallBytes > 0) (_filling, _sending) = (_sending, _filling);
                chunk = TakeChunk();
            }

            if (smallBytes > 0 || chunk.Message is not null) return true;
            _isActive = false;
            return false;
        }
    }

    private OutboundMessage.Chunk TakeChunk()
    {
        while (_waiting.TryPeek(out var next) && (_open.Count == 0 || _openBytes + next.Length <= _openBytesMax))
        {
            _open.Enqueue(_waiting.Dequeue());
            next.IsOpen = true;
            _openBytes += next.Length;
        }

        if (!_open.TryDequeue(out _inHand)) return default;
        var chunk = _inHand.TakeChunk(_chunkBytesMax);
        if (!_inHand.IsWhollyTaken) _open.Enqueue(_inHand);
        return chunk;
    }

    private void Release(int smallBytes, OutboundMessage.Chunk chunk)
    {
        lock (_gate)
        {
            if (!_isClosed) _queuedBytes -= smallBytes + chunk.Length;
            if (_inHand is { } message)
            {
                if (message.IsWithdrawn || message.IsWhollyTaken) message.ReturnBuffer();
                if (message.IsWhollyTaken && !message.IsWithdrawn) _openBytes -= message.Length;
                _inHand = null;
            }

            if (_sending.Length <= BufferBytesKept) return;
            ArrayPool<byte>.Shared.Return(_sending);
            _sending = [];
        }
    }

    private void Withdraw(OutboundMessage message)
    {
        _queuedBytes -= message.Length - message.Taken;
        if (message.IsOpen) _openBytes -= message.Length;
        message.IsWithdrawn = true;
        if (!ReferenceEquals(message, _inHand)) message.ReturnBuffer();
    }

    private static OutboundMessage? Remove(Queue<OutboundMessage> queue, uint requestId)
    {
        OutboundMessage? found = null;
        for (var left = queue.Count; left > 0; left--)
        {
            var message = queue.Dequeue();
            if (message.RequestId == requestId) found = message;
            else queue.Enqueue(message);
        }

        return found;
    }

    private void AppendFrame(ReadOnlySpan<byte> header, ReadOnlySpan<byte> body)
    {
        var needed = _filled + RequestHeader.Size + body.Length;
        if (needed > _filling.Length) Grow(needed);
        header.CopyTo(_filling.AsSpan(_filled));
        body.CopyTo(_filling.AsSpan(_filled + RequestHeader.Size));
        _filled = needed;
        _queuedBytes += RequestHeader.Size + body.Length;
    }

    private void Grow(int needed)
    {
        var grown = ArrayPool<byte>.Shared.Rent(Math.Max(BufferBytesMin, (int)Math.Min(2L * needed, Array.MaxLength)));
        _filling.AsSpan(0, _filled).CopyTo(grown);
        if (_filling.Length > 0) ArrayPool<byte>.Shared.Return(_filling);
        _filling = grown;
    }

    private bool IsFinished()
    {
        lock (_gate) return _isCompleted && _queuedBytes == 0;
    }

    private void Close()
    {
        lock (_gate)
        {
            if (_isClosed) return;
            _isClosed = true;
            while (_waiting.TryDequeue(out var message)) message.ReturnBuffer();
            while (_open.TryDequeue(out var message))
            {
                if (!ReferenceEquals(message, _inHand)) message.ReturnBuffer();
                else message.IsWithdrawn = true;
            }

            _queuedBytes = 0;
            _filled = 0;
        }
    }

    private void ReturnBuffers()
    {
        lock (_gate)
        {
            if (_filling.Length > 0) ArrayPool<byte>.Shared.Return(_filling);
            if (_sending.Length > 0) ArrayPool<byte>.Shared.Return(_sending);
            _filling = [];
            _sending = [];
        }
    }
}

using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// Encodes a client's calls, executes them, decodes the answers: all that a typed method shares with the next.
/// </summary>
internal sealed class ClientCalls
{
    private readonly HedgerowClientOptions _options;
    private readonly ushort _session;

    public ClientCalls(IRequestExecutor executor, HedgerowClientOptions options, TimeProvider time)
    {
        Executor = executor;
        _options = options;
        _session = RequestHeader.SessionOf(options.Session);
        Time = time;
    }

    public IRequestExecutor Executor { get; }

    public TimeProvider Time { get; }

    public HedgerowClientOptions Options => _options;

    public TimeSpan BulkTimeout => _options.BulkTimeout;

    public static HedgerowException Unreadable(string? error) =>
        new(StatusCode.Internal, $"The answer does not parse: {error}");

    public static void ThrowUnlessOk(in Reply reply)
    {
        if (reply.Status != StatusCode.Ok) throw new HedgerowException(reply.Status, RouterReply.Text(reply));
    }

    public static CollectionList ReadCollections(in Reply reply)
    {
        ThrowUnlessOk(reply);
        return CollectionCodec.TryRead(reply.Body, out CollectionList? list, out var error)
            ? list
            : throw Unreadable(error);
    }

    /// <summary>
    /// Executes under this client's deadline, and leaves the thread that reads the socket unless told not to.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Reply> SendAsync(RequestHeader header, ReadOnlyMemory<byte> body, CancellationToken cancel)
    {
        var timeout = _options.TimeoutOf(header.Opcode);
        var complete = header with
        {
            DeadlineMicros = (uint)Math.Min(timeout.TotalMicroseconds, uint.MaxValue), Session = _session,
        };
        var pending = Executor.ExecuteAsync(complete, body, cancel);
        if (pending.IsCompleted || _options.InlineContinuations) return await pending.ConfigureAwait(false);
        var reply = await pending.ConfigureAwait(false);
        // What the caller does next may block or run long; the reading thread must not.
        await Task.Yield();
        return reply;
    }

    /// <summary>Sends a message by its codec; the answer is Ok.</summary>
    public async ValueTask<Reply> MessageAsync<T>(
        Opcode opcode, T message, Action<IBufferWriter<byte>, T> write, CancellationToken cancel)
    {
        var body = new ArrayBufferWriter<byte>();
        write(body, message);
        var reply = await SendAsync(new RequestHeader { Opcode = opcode }, body.WrittenMemory, cancel)
            .ConfigureAwait(false);
        if (reply.Status == StatusCode.Ok) return reply;
        using (reply) throw new HedgerowException(reply.Status, RouterReply.Text(reply));
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<EntryResult> GetAsync(EntryPath path, ulong versionMin, CancellationToken cancel)
    {
        var command = new CacheCommand { Opcode = Opcode.Get, Path = Checked(path), Version = versionMin };
        var reply = await ExecuteAsync(Opcode.Get, Encode(command, out var length), length, cancel)
            .ConfigureAwait(false);
        if (reply.Status is StatusCode.Ok or StatusCode.NotFound) return new EntryResult(reply);
        using (reply) throw new HedgerowException(reply.Status, RouterReply.Text(reply));
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<WriteResult> StoreAsync(
        Opcode opcode, EntryPath path, ReadOnlyMemory<byte> value, WriteOptions options, ulong compareVersion,
        CancellationToken cancel)
    {
        var command = new CacheCommand
        {
            Opcode = opcode,
            Path = Checked(path),
            Value = CheckedValue(value),
            EntryFlags = options.EntryFlags,
            ExpiresAtMs = ExpiryOf(options.TimeToLive),
            CompareVersion = compareVersion,
        };
        using var reply = await ExecuteAsync(opcode, Encode(command, out var length), length, cancel)
            .ConfigureAwait(false);
        return ResultOf(reply);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<WriteResult> DeleteAsync(EntryPath path, ulong expectedVersion, CancellationToken cancel)
    {
        var command = new CacheCommand
        {
            Opcode = Opcode.Delete, Path = Checked(path), CompareVersion = expectedVersion,
        };
        using var reply = await ExecuteAsync(Opcode.Delete, Encode(command, out var length), length, cancel)
            .ConfigureAwait(false);
        return ResultOf(reply);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<WriteResult> TouchAsync(EntryPath path, TimeSpan? timeToLive, CancellationToken cancel)
    {
        var command = new CacheCommand
        {
            Opcode = Opcode.Touch, Path = Checked(path), ExpiresAtMs = ExpiryOf(timeToLive),
        };
        using var reply = await ExecuteAsync(Opcode.Touch, Encode(command, out var length), length, cancel)
            .ConfigureAwait(false);
        return ResultOf(reply);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<(WriteResult Write, long Value)> IncrementAsync(
        EntryPath path, long delta, long? initial, WriteOptions options, CancellationToken cancel)
    {
        var command = new CacheCommand
        {
            Opcode = Opcode.Increment,
            Path = Checked(path),
            ExpiresAtMs = ExpiryOf(options.TimeToLive),
            Delta = delta,
            Initial = initial ?? 0,
            HasInitial = initial.HasValue,
        };
        using var reply = await ExecuteAsync(Opcode.Increment, Encode(command, out var length), length, cancel)
            .ConfigureAwait(false);
        var isThere = reply.Status == StatusCode.Ok && reply.Body.Length >= sizeof(long);
        var value = isThere ? BinaryPrimitives.ReadInt64LittleEndian(reply.Body.Span) : 0;
        return (ResultOf(reply), value);
    }

    /// <summary>The path's bytes.</summary>
    /// <exception cref="HedgerowException">Empty, or too long.</exception>
    public static ReadOnlySpan<byte> Checked(in EntryPath path) => path.Bytes.Length switch
    {
        0 => throw new HedgerowException(StatusCode.BadRequest, "The path is empty."),
        > ProtocolLimits.PathBytesMax =>
            throw new HedgerowException(StatusCode.TooLarge, CacheCommand.TooLongPath(path.Bytes.Length)),
        _ => path.Bytes.Span,
    };

    private static ReadOnlySpan<byte> CheckedValue(ReadOnlyMemory<byte> value)
    {
        var most = ProtocolLimits.Default.MessageBytesMax - ProtocolLimits.PathBytesMax - 64;
        return value.Length <= most
            ? value.Span
            : throw new HedgerowException(
                StatusCode.TooLarge, $"The value has {value.Length} bytes; at most {most} are allowed.");
    }

    /// <summary>Executes one operation.</summary>
    public ValueTask<Reply> ExecuteAsync(in CacheCommand command, CancellationToken cancel) =>
        ExecuteAsync(command.Opcode, Encode(command, out var length), length, cancel);

    private static byte[] Encode(in CacheCommand command, out int length)
    {
        length = command.Length;
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        command.WriteTo(buffer);
        return buffer;
    }

    public static WriteResult ResultOf(in Reply reply)
    {
        var body = reply.Body.Span;
        switch (reply.Status)
        {
            case StatusCode.Ok:
                var replicas = body.Length >= sizeof(ushort)
                    ? BinaryPrimitives.ReadUInt16LittleEndian(body[^sizeof(ushort)..])
                    : 1;
                return new WriteResult(StatusCode.Ok, reply.Header.Version, replicas);
            case StatusCode.NotFound or StatusCode.Exists or StatusCode.VersionMismatch or StatusCode.NotANumber
                or StatusCode.WrongKind:
                return new WriteResult(reply.Status, reply.Header.Version, 0);
            default:
                throw new HedgerowException(reply.Status, RouterReply.Text(reply));
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Reply> ExecuteAsync(Opcode opcode, byte[] buffer, int length, CancellationToken cancel)
    {
        try
        {
            return await SendAsync(new RequestHeader { Opcode = opcode }, buffer.AsMemory(0, length), cancel)
                .ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The instant at which a time to live from now ends; 0 for never.</summary>
    public long ExpiryOf(TimeSpan? timeToLive)
    {
        if (timeToLive is not { } span) return 0;
        ArgumentOutOfRangeException.ThrowIfLessThan(span, TimeSpan.FromMilliseconds(1), nameof(timeToLive));
        return Time.GetUtcNow().ToUnixTimeMilliseconds() + (long)span.TotalMilliseconds;
    }
}

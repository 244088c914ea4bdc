using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Hedgerow.LoadGen.Coordination;

/// <summary>
/// JSON messages over a connection, each behind its length (u32, little-endian). Several may send; one receives.
/// </summary>
internal sealed class MessageStream(Stream stream) : IDisposable
{
    /// <summary>Bytes of a message: an outcome has some histograms of at most 300 kB each.</summary>
    public const int BytesMax = 64 << 20;

    private readonly SemaphoreSlim _sending = new(1);

    /// <summary>A stream over a connected socket, which it owns.</summary>
    public static MessageStream Over(Socket socket)
    {
        socket.NoDelay = true;
        return new MessageStream(new NetworkStream(socket, ownsSocket: true));
    }

    public async Task SendAsync<T>(T message, JsonTypeInfo<T> type, CancellationToken stop)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(message, type);
        var frame = new byte[sizeof(uint) + body.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(frame, (uint)body.Length);
        body.CopyTo(frame, sizeof(uint));
        await _sending.WaitAsync(stop);
        try
        {
            await stream.WriteAsync(frame, stop);
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>The next message; null when the other side closed.</summary>
    /// <exception cref="InvalidDataException">What came is no message.</exception>
    /// <exception cref="IOException">The connection was lost.</exception>
    public async Task<T?> ReceiveAsync<T>(JsonTypeInfo<T> type, CancellationToken stop)
        where T : class
    {
        var prefix = new byte[sizeof(uint)];
        var got = await stream.ReadAtLeastAsync(prefix, prefix.Length, throwOnEndOfStream: false, stop);
        if (got == 0) return null;
        var length = BinaryPrimitives.ReadUInt32LittleEndian(prefix);
        if (got < prefix.Length || length > BytesMax)
            throw new InvalidDataException($"a message of {length} bytes; at most {BytesMax} are allowed");
        var body = new byte[length];
        await stream.ReadExactlyAsync(body, stop);
        try
        {
            return JsonSerializer.Deserialize(body, type) ?? throw new InvalidDataException("an empty message");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"what came is no message: {e.Message}", e);
        }
    }

    public void Dispose()
    {
        stream.Dispose();
        _sending.Dispose();
    }
}
